import { isOver } from '../core/run.ts';
import { CrewsmithError } from '../errors.ts';
import { findGate, type Gate, openGates } from '../store/gates.ts';
import type { Tx } from '../store/port.ts';
import type { DeciderCheck } from './deciders.ts';
import { titleOf } from './gate-shows.ts';
import type { Decide, GateParts } from './gates.ts';
import type { Loaded } from './runs/load.ts';
import { apply, redoneIn, working } from './runs/working.ts';

/** A gate that waits for somebody. */
export interface WaitingGate {
  readonly run: string;
  readonly gate: string;
  readonly draft: number;
  readonly title: string;
  /** Id of the run's channel. */
  readonly channel: string;
  readonly expiresAt: number;
}

/** What can be known of a gate before anybody decides; nothing is changed. */
export interface GateLook {
  /**
   * Whether this could be decided now, before a form for it is opened: throws what `decide` would. `steps` would be done anew
   * and may cost `nano` more (rule M3).
   */
  look(press: Look): Promise<{ readonly run: string; readonly steps: number; readonly nano: bigint }>;
  /** The open gates on which this member may decide now, the oldest first. */
  waitingFor(workspace: string, member: string): Promise<readonly WaitingGate[]>;
  /** The run of a gate. Throws `gate.unknown`. */
  runOf(workspace: string, gate: string): Promise<string>;
}

type Look = Pick<Decide, 'workspace' | 'gate' | 'draft' | 'member'> & {
  readonly do: Decide['decision']['do'];
};

/** Refuses a press that can decide nothing (rule G4). Throws `gate.closed`, `gate.stale`, `gate.forbidden`. */
export async function mustBeOpenTo(
  tx: Tx,
  deciders: DeciderCheck,
  loaded: Loaded,
  gate: Gate,
  press: Pick<Look, 'draft' | 'member' | 'do'>,
): Promise<void> {
  if (gate.status !== 'open') {
    const by = await deciders.name(tx, gate.workspace_id, gate.closed_by);
    throw new CrewsmithError('gate.closed', { status: gate.status, by });
  }
  if (gate.draft !== press.draft) throw new CrewsmithError('gate.stale', { draft: gate.draft });
  const may = await deciders.check(tx, loaded, gate, press.member, press.do);
  if (!may.ok) throw new CrewsmithError('gate.forbidden', { says: may.says });
}

/** So many open gates are looked through for one person. */
const lookedAt = 50;

export function createGateLook(parts: Pick<GateParts, 'store' | 'runs' | 'deciders' | 'worstOf'>): GateLook {
  const { store, runs, deciders } = parts;

  async function mustFind(tx: Tx, workspace: string, id: string) {
    const gate = await findGate(tx, workspace, id);
    if (gate === undefined) throw new CrewsmithError('gate.unknown', { gate: id });
    return gate;
  }

  return {
    look: (press) =>
      store.read(async (tx) => {
        const gate = await mustFind(tx, press.workspace, press.gate);
        const loaded = await runs.read(tx, press.workspace, gate.run_id);
        await mustBeOpenTo(tx, deciders, loaded, gate, press);
        const work = working(loaded);
        if (press.do === 'changes') apply(runs, work, { type: 'changes', step: gate.step, comment: '' });
        const redone = redoneIn(work);
        const nano = redone.size === 0 ? 0n : await parts.worstOf(tx, loaded, redone);
        return { run: gate.run_id, steps: redone.size, nano };
      }),

    waitingFor: (workspace, member) =>
      store.read(async (tx) => {
        const waiting: WaitingGate[] = [];
        for (const gate of await openGates(tx, workspace, lookedAt)) {
          const loaded = await runs.read(tx, workspace, gate.run_id);
          if (isOver(loaded.state.status)) continue;
          const may = await deciders.check(tx, loaded, gate, member, 'approve');
          if (!may.ok) continue;
          const { run_id: run, id, draft, expires_at: expiresAt } = gate;
          waiting.push({
            run,
            gate: id,
            draft,
            title: titleOf(loaded),
            channel: loaded.row.channel_id,
            expiresAt,
          });
        }
        return waiting;
      }),

    runOf: (workspace, gate) => store.read(async (tx) => (await mustFind(tx, workspace, gate)).run_id),
  };
}
