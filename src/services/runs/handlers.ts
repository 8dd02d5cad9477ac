import type { Card, Notice } from '../../chat/card.ts';
import type { SurfaceName } from '../../chat/port.ts';
import type { Clock } from '../../clock.ts';
import type { Document } from '../../core/document.ts';
import { isOver, type RunStatus } from '../../core/run.ts';
import { CrewsmithError } from '../../errors.ts';
import type { Queue } from '../../queue/port.ts';
import type { Gate, StoredDocument } from '../../store/gates.ts';
import { documentOf } from '../../store/gates.ts';
import { findChannel } from '../../store/people.ts';
import type { Tx } from '../../store/port.ts';
import type { Run } from '../../store/runs.ts';
import { deliveryCard, parentCard, type RunFacts, stepCard } from '../cards.ts';
import type { DeciderCheck } from '../deciders.ts';
import { differenceCard, gateCard } from '../gate-card.ts';
import { gateStep } from '../gate-shows.ts';
import type { GateTold } from '../gate-told.ts';
import type { Decided, GateParts, Gates } from '../gates.ts';
import type { Outbox } from '../outbox.ts';
import type { Settings } from '../settings.ts';
import { besideGate, stepBlocks } from '../step-shows.ts';
import { redoneByRetry } from './by-people.ts';
import type { InFlight } from './in-flight.ts';
import type { Loaded, Runs } from './load.ts';
import { type LikelyCosts, likelyOf } from './price.ts';
import type { Pulse } from './pulse.ts';
import { stepJob } from './step-job.ts';
import type { EffectHandlers, Working } from './working.ts';

export interface HandlerParts {
  readonly clock: Clock;
  readonly runs: Runs;
  readonly queue: Queue;
  readonly outbox: Outbox;
  readonly settings: Settings;
  readonly deciders: DeciderCheck;
  readonly inFlight: InFlight;
  /** Known after the gates are made, which need these handlers. */
  readonly gates: () => Gates;
  /** The same. */
  readonly told: () => GateTold;
  readonly likely: LikelyCosts;
  readonly pulse: () => Pick<Pulse, 'reads'>;
  /** What a redo of these steps may cost (rule M3). */
  readonly worstOf: GateParts['worstOf'];
  /** Told after each commit that changed the run. */
  readonly changed: (run: string, status: RunStatus) => void;
}

export interface RunCards {
  readonly handlers: EffectHandlers;
  /** The parent card as the run is now: drawn when it is sent. */
  parent(tx: Tx, workspace: string, run: string): Promise<Card>;
  /** Has it drawn and sent anew though nothing has changed but the time. */
  again(tx: Tx, workspace: string, run: string): Promise<void>;
  /** The card of a gate as it is now, without calling anybody. */
  gate(tx: Tx, loaded: Loaded, gate: Gate): Promise<Card>;
  /** The card of a gate that was decided, expired or canceled. */
  gateClosed(tx: Tx, loaded: Loaded, gate: Gate, decided: Decided | null): Promise<void>;
  gateReminder(tx: Tx, loaded: Loaded, gate: Gate): Promise<void>;
}

/** First in the card: it may be cut on a lock screen. */
const calling = (card: Card, notice: Notice | null): Card =>
  notice === null ? card : { ...card, body: [notice, ...card.body] };

const channelsMax = 1_000;

/** What the effects of a run do: rows in outbox and queue, gates opened and closed. */
export function createRunCards(parts: HandlerParts): RunCards {
  const { clock, runs, outbox, queue } = parts;
  const natives = new Map<string, string>();

  async function factsOf(
    tx: Tx,
    loaded: Loaded,
    prices: Pick<RunFacts, 'retryNano' | 'likelyNano'> = { retryNano: null, likelyNano: null },
  ): Promise<RunFacts> {
    const { row } = loaded;
    return {
      row,
      crew: loaded.crew,
      input: loaded.input,
      steps: loaded.state.steps,
      records: loaded.records,
      attempts: loaded.attempts,
      sources: loaded.sources.length,
      reads: parts.pulse().reads(row.id),
      asker: (await parts.deciders.name(tx, row.workspace_id, row.asked_by)) ?? 'somebody',
      ...prices,
      zone: (await parts.settings.get(tx, row.workspace_id)).zone,
      now: clock.now(),
    };
  }

  /** A channel's own name on its surface never changes, so it is asked for once. */
  async function nativeChannel(tx: Tx, row: Run): Promise<string> {
    const known = natives.get(row.channel_id);
    if (known !== undefined) return known;
    const native = (await findChannel(tx, row.workspace_id, row.channel_id))?.native ?? '';
    if (natives.size >= channelsMax) natives.clear();
    natives.set(row.channel_id, native);
    return native;
  }

  /** Where a delivery goes, as a sentence ends with it: `in #sales`, `here`. */
  async function placeOf(tx: Tx, { workspace_id: workspace, channel_id: id, surface }: Run): Promise<string> {
    const channel = await findChannel(tx, workspace, id);
    const isNamed = channel !== undefined && channel.direct === 0 && surface !== 'terminal';
    return isNamed ? `in #${channel.name}` : 'here';
  }

  async function put(
    tx: Tx,
    loaded: Loaded,
    message: string,
    kind: 'post' | 'edit',
    card: Card | null,
    inThread = true,
  ): Promise<void> {
    const { row } = loaded;
    await outbox.put(tx, {
      workspace: row.workspace_id,
      surface: row.surface as SurfaceName,
      run: row.id,
      order: row.version,
      place: { channel: await nativeChannel(tx, row), thread: inThread ? row.thread : null },
      message,
      kind,
      card,
      dedupe: `${row.id}:${message}`,
    });
  }

  async function drawGate(
    tx: Tx,
    loaded: Loaded,
    gate: Gate,
    document: StoredDocument,
    decided: Decided | null,
  ): Promise<Card> {
    const people = {
      deciders: await parts.deciders.say(tx, loaded, gate),
      closedBy: await parts.deciders.name(tx, gate.workspace_id, gate.closed_by),
      decided,
      place: await placeOf(tx, loaded.row),
      beside: besideOf(loaded, gate),
    };
    const body = JSON.parse(document.body) as Document;
    return gateCard(await factsOf(tx, loaded), gate, body, document.sha256, people);
  }

  function besideOf({ crew, state, sources }: Loaded, gate: Gate) {
    const { shows } = gateStep(crew, gate.step);
    const output = state.steps.find(({ id }) => id === shows.step)?.output ?? null;
    return besideGate(gateStep(crew, gate.step), { crew, step: shows.step, output, sources });
  }

  // A gate opened anew is a new message: the old one is closed and far up.
  const gateMessage = (gate: Gate) => `gate:${gate.id}:${gate.openings}`;

  const handlers: EffectHandlers = {
    async ask(tx, work, step, again) {
      const { gate, document } = await parts.gates().open(tx, work, step, again);
      const loaded = { ...work.loaded, state: work.state };
      const card = await drawGate(tx, loaded, gate, document, null);
      const notice = await parts.told().notice(tx, loaded, gate);
      await put(tx, loaded, gateMessage(gate), 'post', calling(card, notice));
      if (notice !== null) await parts.told().opened(tx, gate);
    },
    async close(tx, work, step) {
      const gate = await parts.gates().cancel(tx, work, step);
      if (gate !== null) await closed(tx, work.loaded, gate, null);
    },
    async deliver(tx, work, step) {
      const { loaded } = work;
      const definition = loaded.crew.steps.find((s) => s.id === step);
      if (definition?.kind !== 'deliver') return;
      const document = await parts.gates().approved(tx, loaded, definition.approved);
      const card = deliveryCard(JSON.parse(document.body) as Document, document.sha256, loaded.row.id);
      await put(tx, loaded, `delivery:${step}:${document.draft}`, 'post', card, false);
    },
    async withdraw(tx, { loaded }, step) {
      await outbox.withdraw(tx, loaded.row.workspace_id, loaded.row.id, step);
    },
    async show(tx, work, step) {
      await showStep(tx, work, step);
    },
    async note(tx, work, name, card) {
      await put(tx, work.loaded, `note:${name}`, 'post', card);
    },
    async refresh(tx, work) {
      tx.onCommit(() => parts.changed(work.loaded.row.id, work.state.status));
      const { loaded } = work;
      // A run that is over is forgotten soon; of the others the edit is drawn when it is sent, and shows what came meanwhile.
      const now = work.isNew || isOver(work.state.status);
      const card = now ? await drawParent(tx, loaded) : null;
      await put(tx, loaded, 'parent', work.isNew ? 'post' : 'edit', card);
    },
    async enqueueCall(tx, work, step) {
      await queue.enqueue(tx, stepJob(work, step, clock.now()));
    },
    abortCalls: (run) => {
      parts.inFlight.abort(run);
    },
  };

  async function showStep(tx: Tx, work: Working, step: string): Promise<void> {
    const { loaded } = work;
    const state = work.state.steps.find((s) => s.id === step);
    const definition = loaded.crew.steps.find((s) => s.id === step);
    if (state === undefined || definition?.kind !== 'prompt') return;
    const facts = await factsOf(tx, loaded);
    const { crew, sources } = loaded;
    // A gate that opens with this step's end; one that opens later does not show what happens until then.
    const isAskedAbout = crew.steps.some(
      (gate) =>
        gate.kind === 'gate' &&
        gate.shows.step === step &&
        work.state.steps.some(({ id, status }) => id === gate.id && status === 'waiting'),
    );
    const shown = stepBlocks({ crew, step, output: state.output, sources }, isAskedAbout);
    await put(tx, loaded, `step:${step}:${state.round}`, 'post', stepCard(facts, state, shown));
  }

  async function closed(tx: Tx, loaded: Loaded, gate: Gate, decided: Decided | null): Promise<void> {
    const document = await documentOf(tx, gate.workspace_id, gate.id, gate.draft);
    if (document === undefined) return;
    const card = await drawGate(tx, loaded, gate, document, decided);
    await put(tx, loaded, gateMessage(gate), 'edit', card);
    if (decided !== null && decided.edited !== null && decided.edited.difference.lines.length > 0) {
      const by = await parts.deciders.name(tx, gate.workspace_id, gate.closed_by);
      const difference = differenceCard(await factsOf(tx, loaded), gate, by, decided.edited);
      await put(tx, loaded, `difference:${gate.id}:${gate.draft}`, 'post', difference);
    }
    await parts.told().closed(tx, loaded, gate, card);
  }

  async function drawParent(tx: Tx, loaded: Loaded): Promise<Card> {
    const { row } = loaded;
    const isOver = row.ended_at !== null;
    const redone =
      isOver && row.status !== 'completed' ? redoneByRetry(parts, loaded, false) : new Set<string>();
    const retryNano = redone.size === 0 ? null : await parts.worstOf(tx, loaded, redone);
    const costs =
      isOver || row.sandbox === 1 ? [] : await parts.likely.of(tx, row.workspace_id, row.crew_name);
    return parentCard(await factsOf(tx, loaded, { retryNano, likelyNano: likelyOf(costs) }));
  }

  return {
    handlers,
    async parent(tx, workspace, run) {
      const loaded = await runs.read(tx, workspace, run);
      return await drawParent(tx, loaded);
    },
    async again(tx, workspace, run) {
      const loaded = await runs.read(tx, workspace, run);
      if (!isOver(loaded.state.status)) await put(tx, loaded, 'parent', 'edit', null);
    },
    async gate(tx, loaded, gate) {
      const document = await documentOf(tx, gate.workspace_id, gate.id, gate.draft);
      if (document === undefined)
        throw new CrewsmithError('internal.impossible', { what: `gate ${gate.id} has no draft` });
      return await drawGate(tx, loaded, gate, document, null);
    },
    gateClosed: closed,
    async gateReminder(tx, loaded, gate) {
      const text = `Still waiting for a decision: ${await parts.deciders.say(tx, loaded, gate)}.`;
      const card: Card = {
        v: 1,
        title: 'A reminder',
        tone: 'waiting',
        status: '',
        body: [{ type: 'text', text }],
        actions: [],
        foot: `${gate.id} · draft ${gate.draft}`,
      };
      const notice = await parts.told().notice(tx, loaded, gate);
      await put(tx, loaded, `reminder:${gate.id}:${gate.openings}`, 'post', calling(card, notice));
    },
  };
}
