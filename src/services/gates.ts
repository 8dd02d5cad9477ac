import type { SurfaceName } from '../chat/port.ts';
import type { Clock } from '../clock.ts';
import { type Document, documentBytes, documentHash, renderDocument } from '../core/document.ts';
import { applyEdits, type Edit } from '../core/document-edit.ts';
import type { Json } from '../core/json.ts';
import { refuseKeys } from '../core/pasted-key.ts';
import type { Shape } from '../core/shape.ts';
import type { Difference } from '../core/text-difference.ts';
import { CrewsmithError } from '../errors.ts';
import type { Queue } from '../queue/port.ts';
import {
  documentOf,
  findGate,
  type Gate,
  gatesOfRun,
  insertDecision,
  insertDocument,
  insertGate,
  type StoredDocument,
  updateGate,
} from '../store/gates.ts';
import type { Store, Tx } from '../store/port.ts';
import type { Audit } from './audit.ts';
import type { DeciderCheck } from './deciders.ts';
import { createGateLook, type GateLook, mustBeOpenTo } from './gate-look.ts';
import { gateStep, sandboxLabel, shapeShown, titleOf, valueShown, wordsChanged } from './gate-shows.ts';
import type { Ids } from './ids.ts';
import type { Loaded, Runs } from './runs/load.ts';
import { apply, type EffectHandlers, finish, redoneIn, type Working, working } from './runs/working.ts';

/** A press on a gate's card. `draft` is the one that the person saw. */
export interface Decide {
  readonly workspace: string;
  readonly gate: string;
  readonly draft: number;
  readonly member: string;
  readonly surface: SurfaceName;
  readonly decision:
    | { readonly do: 'approve' | 'reject' }
    | { readonly do: 'changes'; readonly comment: string }
    | { readonly do: 'edit'; readonly edits: readonly Edit[] };
}

export interface Gates extends GateLook {
  /** Opens the next draft of a gate, or the same one anew, within the transaction that made it due. */
  open(
    tx: Tx,
    work: Working,
    step: string,
    again: boolean,
  ): Promise<{ gate: Gate; document: StoredDocument }>;
  /** Closes an open gate without a decision. */
  cancel(tx: Tx, work: Working, step: string): Promise<Gate | null>;
  /** The approved document that a delivery sends; throws when its gate was not approved, whatever the run believes. */
  approved(tx: Tx, loaded: Loaded, step: string): Promise<StoredDocument>;
  /**
   * Rule G4. Throws `gate.unknown`, `gate.closed`, `gate.stale`, `gate.forbidden`, `gate.no-comment`, `gate.long-comment`,
   * `key.typed`, and what `applyEdits` does.
   */
  decide(press: Decide): Promise<Loaded>;
  /** Rule G6: reminds or expires, when that is due. */
  wake(workspace: string, gateId: string, draft: number): Promise<void>;
}

/** What a decision was, for the card that names it. */
export interface Decided {
  readonly do: Decide['decision']['do'];
  readonly comment: string | null;
  /** What is done anew, and may cost more. */
  readonly redo: { readonly steps: number; readonly nano: bigint } | null;
  readonly edited: {
    readonly added: number;
    readonly removed: number;
    readonly difference: Difference;
  } | null;
}

export interface GateParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly queue: Queue;
  readonly runs: Runs;
  readonly audit: Audit;
  readonly deciders: DeciderCheck;
  /** What a redo of these steps may cost more; the press that asks for it raises the cap (rule M3). */
  readonly worstOf: (tx: Tx, loaded: Loaded, steps: ReadonlySet<string>) => Promise<bigint>;
  readonly handlers: EffectHandlers;
  readonly told: {
    /** The gate's card is to be drawn anew: it was decided, expired or canceled. */
    closed(tx: Tx, loaded: Loaded, gate: Gate, decided: Decided | null): Promise<void>;
    reminder(tx: Tx, loaded: Loaded, gate: Gate): Promise<void>;
  };
}

/** A comment may have this many characters: all of it is told to the step. */
export const commentMost = 2_000;

export function createGates(parts: GateParts): Gates {
  const { store, clock, ids, queue, runs, audit } = parts;

  async function schedule(tx: Tx, gate: Gate): Promise<void> {
    const half = gate.opened_at + Math.floor((gate.expires_at - gate.opened_at) / 2);
    for (const dueAt of [half, gate.expires_at]) {
      const payload = { gate: gate.id, draft: gate.draft };
      await queue.enqueue(tx, {
        workspace: gate.workspace_id,
        kind: 'gate',
        run: gate.run_id,
        payload,
        dueAt,
      });
    }
  }

  async function openIn(tx: Tx, work: Working, stepId: string, again: boolean) {
    const { loaded } = work;
    const step = gateStep(loaded.crew, stepId);
    const now = clock.now();
    const old = (await gatesOfRun(tx, loaded.row.workspace_id, loaded.row.id)).find((g) => g.step === stepId);
    const times = {
      opened_at: now,
      expires_at: now + step.expiresMs,
      reminded_at: null,
      closed_at: null,
      closed_by: null,
    };
    if (again && old) {
      const document = await documentOf(tx, old.workspace_id, old.id, old.draft);
      if (document === undefined)
        throw new CrewsmithError('internal.impossible', { what: `gate ${old.id} has no draft` });
      const changes = { ...times, status: 'open' as const, openings: old.openings + 1 };
      await updateGate(tx, old, changes);
      const gate: Gate = { ...old, ...changes };
      await schedule(tx, gate);
      return { gate, document };
    }
    const gate: Gate = {
      id: old?.id ?? ids.next('gate'),
      workspace_id: loaded.row.workspace_id,
      run_id: loaded.row.id,
      step: stepId,
      draft: (old?.draft ?? 0) + 1,
      status: 'open',
      openings: (old?.openings ?? 0) + 1,
      policy: JSON.stringify(await parts.deciders.freeze(tx, loaded, step)),
      ...times,
    };
    if (old)
      await updateGate(tx, old, {
        draft: gate.draft,
        openings: gate.openings,
        status: 'open',
        policy: gate.policy,
        ...times,
      });
    else await insertGate(tx, gate);
    const shape = shapeShown(loaded.crew, step);
    const document = await storeDraft(tx, loaded, gate, shape, valueShown(work, step), null);
    await schedule(tx, gate);
    return { gate, document };
  }

  async function storeDraft(
    tx: Tx,
    loaded: Loaded,
    gate: Gate,
    shape: Shape,
    value: Json,
    editor: string | null,
  ) {
    const document: Document = renderDocument({
      title: titleOf(loaded),
      shape,
      value,
      sources: loaded.sources,
      labels: loaded.row.sandbox === 1 ? [sandboxLabel] : [],
    });
    const row: StoredDocument = {
      id: ids.next('doc'),
      workspace_id: gate.workspace_id,
      run_id: gate.run_id,
      gate_id: gate.id,
      draft: gate.draft,
      body: documentBytes(document),
      value: JSON.stringify(value),
      sha256: documentHash(document),
      made_by: editor === null ? 'step' : 'edit',
      editor,
      created_at: clock.now(),
    };
    await insertDocument(tx, row);
    return row;
  }

  async function edit(
    tx: Tx,
    work: Working,
    gate: Gate,
    edits: readonly Edit[],
    editor: string,
  ): Promise<Gate> {
    const step = gateStep(work.loaded.crew, gate.step);
    const old = await documentOf(tx, gate.workspace_id, gate.id, gate.draft);
    const shape = shapeShown(work.loaded.crew, step);
    const value = applyEdits(shape, JSON.parse(old?.value ?? 'null') as Json, edits);
    const next = { ...gate, draft: gate.draft + 1 };
    if (!(await updateGate(tx, gate, { draft: next.draft })))
      throw new CrewsmithError('gate.stale', { draft: gate.draft });
    await storeDraft(tx, work.loaded, next, shape, value, editor);
    return next;
  }

  async function decideIn(tx: Tx, press: Decide): Promise<Loaded> {
    const found = await findGate(tx, press.workspace, press.gate);
    if (found === undefined) throw new CrewsmithError('gate.unknown', { gate: press.gate });
    const work = working(await runs.lock(tx, press.workspace, found.run_id));
    const gate = (await findGate(tx, press.workspace, press.gate)) ?? found;
    const { decision } = press;
    await mustBeOpenTo(tx, parts.deciders, work.loaded, gate, { ...press, do: decision.do });
    const comment = decision.do === 'changes' ? commentOf(decision.comment) : null;
    const decided = decision.do === 'edit' ? await edit(tx, work, gate, decision.edits, press.member) : gate;
    const now = clock.now();
    const fresh = await insertDecision(tx, {
      id: ids.next('decision'),
      workspace_id: gate.workspace_id,
      run_id: gate.run_id,
      gate_id: gate.id,
      draft: decided.draft,
      member_id: press.member,
      surface: press.surface,
      decision: decision.do,
      comment,
      created_at: now,
    });
    const status = { approve: 'approved', edit: 'approved', reject: 'rejected', changes: 'changes' } as const;
    const closed = { status: status[decision.do], closed_at: now, closed_by: press.member };
    if (!fresh || !(await updateGate(tx, decided, closed))) {
      throw new CrewsmithError('gate.closed', { status: 'decided', by: null });
    }
    if (decision.do === 'reject') apply(runs, work, { type: 'rejected', step: gate.step });
    else if (decision.do === 'changes')
      apply(runs, work, { type: 'changes', step: gate.step, comment: comment ?? '' });
    else
      apply(runs, work, {
        type: 'approved',
        step: gate.step,
        output: { draft: decided.draft, by: press.member },
      });
    const redone = redoneIn(work);
    const nano = redone.size > 0 ? await parts.worstOf(tx, work.loaded, redone) : 0n;
    work.capNano += nano;
    const saved = await finish(tx, runs, parts.handlers, work);
    await parts.told.closed(
      tx,
      saved,
      { ...decided, ...closed },
      {
        do: decision.do,
        comment,
        redo: redone.size > 0 ? { steps: redone.size, nano } : null,
        edited: decision.do === 'edit' ? await wordsChanged(tx, gate, decided) : null,
      },
    );
    await audit.write(tx, {
      workspace: gate.workspace_id,
      actor: press.member,
      action: `gate.${decision.do}`,
      target: gate.id,
      before: { draft: press.draft, status: 'open' },
      after: { draft: decided.draft, status: closed.status },
    });
    return saved;
  }

  return {
    ...createGateLook(parts),
    open: openIn,

    async cancel(tx, work, stepId) {
      const { row } = work.loaded;
      const gate = (await gatesOfRun(tx, row.workspace_id, row.id)).find((g) => g.step === stepId);
      if (gate?.status !== 'open') return null;
      const closed = { status: 'canceled' as const, closed_at: clock.now(), closed_by: null };
      await updateGate(tx, gate, closed);
      return { ...gate, ...closed };
    },

    async approved(tx, loaded, stepId) {
      const gate = (await gatesOfRun(tx, loaded.row.workspace_id, loaded.row.id)).find(
        (g) => g.step === stepId,
      );
      if (gate?.status !== 'approved') {
        throw new CrewsmithError('internal.impossible', {
          what: `a delivery whose gate ${stepId} is not approved`,
        });
      }
      const document = await documentOf(tx, gate.workspace_id, gate.id, gate.draft);
      if (document === undefined)
        throw new CrewsmithError('internal.impossible', { what: `gate ${gate.id} has no draft` });
      return document;
    },

    async decide(press) {
      refuseKeys(typedIn(press.decision));
      return await store.transact((tx) => decideIn(tx, press));
    },

    async wake(workspace, gateId, draft) {
      await store.transact(async (tx) => {
        const found = await findGate(tx, workspace, gateId);
        if (found === undefined) return;
        const work = working(await runs.lock(tx, workspace, found.run_id));
        const gate = (await findGate(tx, workspace, gateId)) ?? found;
        const now = clock.now();
        if (gate.status !== 'open' || gate.draft !== draft) return;
        if (now >= gate.expires_at) {
          const closed = { status: 'expired' as const, closed_at: now, closed_by: null };
          await updateGate(tx, gate, closed);
          apply(runs, work, { type: 'expired', step: gate.step });
          const saved = await finish(tx, runs, parts.handlers, work);
          await parts.told.closed(tx, saved, { ...gate, ...closed }, null);
        } else if (
          gate.reminded_at === null &&
          now - gate.opened_at >= (gate.expires_at - gate.opened_at) / 2
        ) {
          await updateGate(tx, gate, { reminded_at: now });
          await parts.told.reminder(tx, work.loaded, gate);
        }
      });
    },
  };
}

function commentOf(typed: string): string {
  const comment = typed.trim();
  if (comment === '') throw new CrewsmithError('gate.no-comment', {});
  if (comment.length > commentMost)
    throw new CrewsmithError('gate.long-comment', { characters: comment.length, most: commentMost });
  return comment;
}

/** Rule K4: what people type here is stored, and a comment is sent to a model. */
function typedIn(decision: Decide['decision']): string[] {
  if (decision.do === 'changes') return [decision.comment];
  return decision.do === 'edit' ? decision.edits.map((edit) => edit.text) : [];
}
