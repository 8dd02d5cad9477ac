import type { Document } from '../core/document.ts';
import { type EditableField, editableFields } from '../core/document-edit.ts';
import type { Json } from '../core/json.ts';
import { CrewsmithError } from '../errors.ts';
import { documentOf, findGate, gatesOfRun } from '../store/gates.ts';
import type { Store } from '../store/port.ts';
import { gateStep, shapeShown } from './gate-shows.ts';
import type { Runs } from './runs/load.ts';

export interface Draft {
  readonly gate: string;
  readonly draft: number;
  readonly document: Document;
  readonly sha256: string;
  /** What people may change (rule G2). */
  readonly fields: readonly EditableField[];
}

/** Documents of a run, for who looks at them. */
export interface Drafts {
  /** The newest draft of a gate. Throws `gate.unknown`, `run.erased`. */
  newest(workspace: string, gate: string): Promise<Draft>;
  /** One draft of a gate. Throws `gate.unknown`, `run.erased`. */
  at(workspace: string, gate: string, draft: number): Promise<Draft>;
  /** What the finished deliveries of a run sent, in the order of its crew; nothing once it is erased. Throws `run.unknown`. */
  delivered(workspace: string, run: string): Promise<readonly Document[]>;
}

export function createDrafts(parts: { store: Store; runs: Runs }): Drafts {
  const { store, runs } = parts;

  const draftOf = (workspace: string, id: string, draft: number | null) =>
    store.read(async (tx): Promise<Draft> => {
      const gate = await findGate(tx, workspace, id);
      const stored =
        gate === undefined ? undefined : await documentOf(tx, workspace, gate.id, draft ?? gate.draft);
      if (gate === undefined || stored === undefined) throw new CrewsmithError('gate.unknown', { gate: id });
      const { crew, row } = await runs.read(tx, workspace, gate.run_id);
      if (row.erased_at !== null) throw new CrewsmithError('run.erased', { run: row.id });
      return {
        gate: gate.id,
        draft: stored.draft,
        document: JSON.parse(stored.body) as Document,
        sha256: stored.sha256,
        fields: editableFields(shapeShown(crew, gateStep(crew, gate.step)), JSON.parse(stored.value) as Json),
      };
    });

  return {
    newest: (workspace, gate) => draftOf(workspace, gate, null),
    at: draftOf,

    delivered: (workspace, run) =>
      store.read(async (tx) => {
        const { crew, state, row } = await runs.read(tx, workspace, run);
        if (row.erased_at !== null) return [];
        const gates = await gatesOfRun(tx, workspace, run);
        const documents: Document[] = [];
        for (const step of crew.steps) {
          const isDone = state.steps.some((s) => s.id === step.id && s.status === 'done');
          if (step.kind !== 'deliver' || !isDone) continue;
          const gate = gates.find((g) => g.step === step.approved);
          const stored =
            gate === undefined ? undefined : await documentOf(tx, workspace, gate.id, gate.draft);
          if (stored !== undefined) documents.push(JSON.parse(stored.body) as Document);
        }
        return documents;
      }),
  };
}
