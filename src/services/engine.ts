import type { Surface, SurfaceName } from '../chat/port.ts';
import type { Clock } from '../clock.ts';
import type { Provider, ProviderName } from '../providers/port.ts';
import type { Prices } from '../providers/prices-when-needed.ts';
import type { Queue } from '../queue/port.ts';
import type { Store } from '../store/port.ts';
import type { Tool } from '../tools/port.ts';
import type { Aliases } from './aliases.ts';
import type { Audit } from './audit.ts';
import { type Budgets, createBudgets } from './budgets.ts';
import type { Cut } from './cut.ts';
import { createDeciderCheck } from './deciders.ts';
import { createGateTold } from './gate-told.ts';
import { createGates, type GateParts, type Gates } from './gates.ts';
import type { Ids } from './ids.ts';
import type { Keys } from './keys.ts';
import { createLedger } from './ledger.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { type ControlParts, recover } from './runs/control.ts';
import { createRunCards } from './runs/handlers.ts';
import { createInFlight, type InFlight } from './runs/in-flight.ts';
import type { RunService } from './runs/index.ts';
import { createFreezer, createRuns } from './runs/load.ts';
import { createRunNotes } from './runs/notes.ts';
import { createLikelyCosts } from './runs/price.ts';
import { createPulse } from './runs/pulse.ts';
import {
  applyDelivery,
  createRunService,
  createWatchers,
  failDelivery,
  type ServiceParts,
  stepHandler,
  worstAgain,
} from './runs/service.ts';
import type { Settings } from './settings.ts';
import type { Standing } from './standing.ts';

/** What the engine is given: ports and the services that know nothing of runs. */
export interface EngineParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Boot id of this process: owns its attempts (rule M5). */
  readonly owner: string;
  readonly queue: Queue;
  readonly surfaces: ReadonlyMap<SurfaceName, Surface>;
  readonly providers: ReadonlyMap<ProviderName, Provider>;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly prices: Prices;
  readonly aliases: Aliases;
  readonly settings: Settings;
  readonly standing: Standing;
  readonly audit: Audit;
  readonly keys: Keys;
  readonly cut: Cut;
  readonly log: { warn(detail: object, says: string): void };
}

export interface Engine {
  readonly runs: RunService;
  readonly gates: Gates;
  readonly budgets: Budgets;
  readonly outbox: Outbox;
  readonly inFlight: InFlight;
  /** Takes up what is not over, then works. `only`: that run alone (rule Q4); again for each further one. */
  start(only: string | null): Promise<{ lapsed: number; runs: number }>;
  /** Resolves when nothing is being worked on, sent or due. */
  idle(): Promise<void>;
  /** Aborts calls in flight, waits until they are booked, sends what can be sent. */
  stop(): Promise<void>;
}

/** Wires the services of runs, gates, money and cards to each other. */
export function createEngine(parts: EngineParts): Engine {
  const { store, clock, ids, owner, queue, aliases, prices, settings, audit } = parts;
  const runs = createRuns({ clock });
  const inFlight = createInFlight();
  const watchers = createWatchers();
  const likely = createLikelyCosts({ clock });
  const deciders = createDeciderCheck(clock);
  const notes = createRunNotes({ settings, audit });
  const budgets = createBudgets({ clock, ids, settings, standing: parts.standing });
  const ledger = createLedger({ clock, ids, budgets });

  const outbox: Outbox = createOutbox({
    gatherMs: 40,
    store,
    clock,
    ids,
    surfaces: parts.surfaces,
    // Of any other message without its words nothing is left to show: it was erased (rule Q7).
    render: (tx, row) =>
      row.run_id === null || row.message !== 'parent'
        ? Promise.resolve(null)
        : cards.parent(tx, row.workspace_id, row.run_id),
    onDelivered: async (tx, row, address) => {
      if (row.run_id !== null)
        await applyDelivery(tx, delivery, row.workspace_id, row.run_id, row.message, address);
    },
    onFailed: async (tx, row, says) => {
      const { workspace_id: workspace, run_id: run, message, kind } = row;
      if (run === null) return;
      await failDelivery(tx, delivery, workspace, run, message, says);
      if (kind === 'post') await told.lost(tx, { workspace_id: workspace, run_id: run, message });
    },
    log: parts.log,
  });
  const worstOf: GateParts['worstOf'] = (tx, loaded, steps) =>
    worstAgain(tx, { aliases, prices, likely, clock }, loaded, steps);
  const cards = createRunCards({
    likely,
    worstOf,
    clock,
    runs,
    queue,
    outbox,
    settings,
    deciders,
    inFlight,
    gates: () => gates,
    told: () => told,
    changed: (run, status) => watchers.changed(run, status),
    pulse: () => pulse,
  });
  const pulse = createPulse({
    clock,
    async tell(workspace, run) {
      try {
        await store.transact((tx) => cards.again(tx, workspace, run));
      } catch (error) {
        parts.log.warn({ err: error, run }, 'a card could not be drawn anew');
      }
    },
  });
  const told = createGateTold({
    ...{ store, clock, queue, outbox, runs, settings, deciders, surfaces: parts.surfaces },
    draw: cards.gate,
  });
  const { handlers } = cards;
  const delivery = { runs, handlers };
  const gates: Gates = createGates({
    store,
    clock,
    ids,
    queue,
    runs,
    audit,
    deciders,
    handlers,
    worstOf,
    told: { closed: cards.gateClosed, reminder: cards.gateReminder },
  });
  const service: ServiceParts = {
    ...parts,
    owner,
    runs,
    inFlight,
    pulse,
    watchers,
    notes,
    deciders,
    budgets,
    ledger,
    outbox,
    handlers,
    cards,
    likely,
    frozen: createFreezer(),
  };
  const control: ControlParts = service;

  /** The runs that this process carries on; null among them: all. */
  const carried = new Set<string | null>();
  let working = false;

  return {
    runs: createRunService(service),
    gates,
    budgets,
    outbox,
    inFlight,
    async start(only) {
      // A second worker on a step would read its pages twice.
      if (working && (carried.has(null) || carried.has(only))) return { lapsed: 0, runs: 0 };
      carried.add(only);
      const recovered = await recover(control, only);
      if (working) return recovered;
      working = true;
      const onStep = stepHandler(service);
      await outbox.start();
      await queue.start({
        step: async (job) => {
          if (carried.has(null) || carried.has(job.run)) await onStep(job);
        },
        gate: async (job) => {
          const { gate, draft } = job.payload as { gate: string; draft: number };
          await gates.wake(job.workspace, gate, draft);
        },
        tell: async (job) => {
          const { gate, opening, lost } = job.payload as { gate: string; opening: number; lost?: boolean };
          // One that an older version stored says nothing of it.
          await told.tell(job.workspace, { gate, opening, lost: lost === true });
        },
      });
      return recovered;
    },
    async idle() {
      // A delivery may enqueue jobs, so both are at rest only when a second look at the queue agrees.
      await queue.idle();
      await outbox.idle();
      await queue.idle();
      await outbox.idle();
    },
    async stop() {
      const stopped = queue.stop();
      inFlight.close();
      await stopped;
      await pulse.stop();
      await outbox.stop();
    },
  };
}
