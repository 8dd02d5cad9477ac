import type { Clock } from '../../clock.ts';
import type { Crew, PromptStep } from '../../core/crew.ts';
import { crewHash } from '../../core/crew-hash.ts';
import type { Source } from '../../core/fence.ts';
import type { Json } from '../../core/json.ts';
import { type Conditions, isOver, newRun, outputsOf, type RunState, type StepState } from '../../core/run.ts';
import type { CompiledCrew } from '../../core/template.ts';
import { CrewsmithError } from '../../errors.ts';
import { type Attempt, attemptsOfRun } from '../../store/attempts.ts';
import type { Tx } from '../../store/port.ts';
import {
  findRun,
  insertRun,
  insertSteps,
  lockRun,
  lockVersion,
  type Run,
  type StepRecord,
  sourcesOf,
  stepsOf,
  updateRun,
  updateStep,
  versionOf,
} from '../../store/runs.ts';

/** A run as one transaction sees it. */
export interface Loaded {
  readonly row: Run;
  readonly crew: Crew;
  readonly compiled: CompiledCrew;
  readonly input: Readonly<Record<string, Json>>;
  readonly state: RunState;
  /** The current round of each step. */
  readonly records: ReadonlyMap<string, StepRecord>;
  /** What steps in a later round gave in the round before. */
  readonly previousOutputs: ReadonlyMap<string, Json>;
  /** Every call of the run, in the order in which they were made. */
  readonly attempts: readonly Attempt[];
  /** What the run has read and may cite. */
  readonly sources: readonly Source[];
}

/** What a transaction changes beside the state of the steps. */
export interface Changes {
  readonly capNano: number;
  readonly capUsedNano: number;
  readonly attempts: readonly Attempt[];
  readonly sources: readonly Source[];
}

export interface Runs {
  /** Locks the run's row: the first lock of a transaction (rule R2). Throws `run.unknown`. */
  lock(tx: Tx, workspace: string, id: string): Promise<Loaded>;
  read(tx: Tx, workspace: string, id: string): Promise<Loaded>;
  /** Stores a run that has not started. */
  insert(tx: Tx, row: Run, crew: Crew): Promise<Loaded>;
  /**
   * Saves what changed between the loaded state and this one. Whoever changes attempts or sources of a run saves it in the same
   * transaction, so that its version tells whether what is remembered of it still holds.
   */
  save(tx: Tx, loaded: Loaded, state: RunState, changes: Changes): Promise<Loaded>;
  /** What a template of the run sees. */
  scope(loaded: Loaded): TemplateScope;
  /** How `when` is decided for this run. */
  conditions(loaded: Loaded): Conditions;
}

export interface TemplateScope {
  readonly input: Readonly<Record<string, Json>>;
  readonly steps: Readonly<Record<string, Json>>;
  readonly sources: readonly Source[];
}

/** Frozen crews differ only from version to version; this many are kept compiled. */
const compiledCrewsMax = 100;
/** Runs under way are remembered between their transactions, so that a settle reads one number instead of the whole run. */
const remembered = 128;

/** A crew as a run keeps it (rule R7). */
export type Frozen = Pick<Run, 'crew' | 'crew_version'>;

/** Works a crew's text and version out once, as long as the catalog gives the same one. */
export function createFreezer(): (crew: Crew) => Frozen {
  const frozen = new WeakMap<Crew, Frozen>();
  return (crew) => {
    const made = frozen.get(crew) ?? { crew: JSON.stringify(crew), crew_version: crewHash(crew) };
    frozen.set(crew, made);
    return made;
  };
}

export function createRuns(parts: { clock: Clock }): Runs {
  const compiled = new Map<string, { crew: Crew; compiled: CompiledCrew }>();
  const known = new Map<string, Loaded>();

  function remember(loaded: Loaded): void {
    known.delete(loaded.row.id);
    const oldest = known.keys().next();
    if (known.size >= remembered && !oldest.done) known.delete(oldest.value);
    known.set(loaded.row.id, loaded);
  }

  /** The compiler of templates is imported with the first crew: a start that finds no run has no use for it. */
  async function crewOf(row: Run): Promise<{ crew: Crew; compiled: CompiledCrew }> {
    const before = compiled.get(row.crew_version);
    if (before) return before;
    const { compileCrew } = await import('../../core/template.ts');
    const crew = JSON.parse(row.crew) as Crew;
    const made = { crew, compiled: compileCrew(crew) };
    const oldest = compiled.keys().next();
    if (compiled.size >= compiledCrewsMax && !oldest.done) compiled.delete(oldest.value);
    compiled.set(row.crew_version, made);
    return made;
  }

  async function assemble(tx: Tx, row: Run | undefined, id: string): Promise<Loaded> {
    if (row === undefined) throw new CrewsmithError('run.unknown', { run: id });
    const rounds = await stepsOf(tx, row.workspace_id, row.id);
    const records = new Map(rounds.map((r) => [r.step, r]));
    const before = rounds.filter(
      (r) => r.output !== null && r.round === (records.get(r.step)?.round ?? 0) - 1,
    );
    const { crew, compiled: ready } = await crewOf(row);
    const sources = await sourcesOf(tx, row.workspace_id, row.id);
    return {
      row,
      crew,
      compiled: ready,
      input: JSON.parse(row.input) as Record<string, Json>,
      state: stateOf(row, crew, records),
      records,
      previousOutputs: new Map(before.map((r) => [r.step, JSON.parse(r.output ?? 'null') as Json])),
      attempts: await attemptsOfRun(tx, row.workspace_id, row.id),
      sources: sources.map(({ n, url, title, date, text }) => ({ n, url, title, date, text })),
    };
  }

  return {
    async lock(tx, workspace, id) {
      const before = known.get(id);
      if (before !== undefined && before.row.workspace_id === workspace) {
        if ((await lockVersion(tx, workspace, id)) === before.row.version) return before;
      }
      return await assemble(tx, await lockRun(tx, workspace, id), id);
    },

    async read(tx, workspace, id) {
      const before = known.get(id);
      if (before !== undefined && before.row.workspace_id === workspace) {
        if ((await versionOf(tx, workspace, id)) === before.row.version) return before;
      }
      return await assemble(tx, await findRun(tx, workspace, id), id);
    },

    async insert(tx, row, crew) {
      const state = newRun(crew);
      const records = newRecords(row, state);
      await insertRun(tx, row);
      await insertSteps(tx, records);
      return {
        row,
        crew,
        compiled: (await crewOf(row)).compiled,
        input: JSON.parse(row.input) as Record<string, Json>,
        state,
        records: new Map(records.map((r) => [r.step, r])),
        previousOutputs: new Map(),
        attempts: [],
        sources: [],
      };
    },

    async save(tx, loaded, state, changed) {
      const now = parts.clock.now();
      const changes = {
        status: state.status,
        waiting_for: state.waitingFor,
        failure: state.failure === null ? null : JSON.stringify(state.failure),
        started_at: loaded.row.started_at ?? (state.status === 'queued' ? null : now),
        ended_at: isOver(state.status) ? (loaded.row.ended_at ?? now) : null,
        cap_nano: changed.capNano,
        cap_used_nano: changed.capUsedNano,
      };
      const row = { ...loaded.row, ...changes, version: loaded.row.version + 1 };
      const records = recordsOf(loaded, state, now);
      await update(tx, loaded, records, changes);
      const previousOutputs = new Map(loaded.previousOutputs);
      for (const [id, record] of records) {
        const before = loaded.records.get(id);
        if (before === undefined || before.round === record.round) continue;
        if (before.output === null) previousOutputs.delete(id);
        else previousOutputs.set(id, JSON.parse(before.output) as Json);
      }
      const { attempts, sources } = changed;
      const saved = { ...loaded, row, state, records, previousOutputs, attempts, sources };
      tx.onCommit(() => remember(saved));
      return saved;
    },

    scope: (loaded) => ({ input: loaded.input, steps: outputsOf(loaded.state), sources: loaded.sources }),

    conditions(loaded) {
      return (step, outputs) => {
        try {
          return loaded.compiled.condition(step.id, { input: loaded.input, steps: outputs, sources: [] });
        } catch (error) {
          const says = error instanceof Error ? error.message : String(error);
          return { code: 'template.failed', says, reason: 'crew' };
        }
      };
    },
  };
}

async function update(
  tx: Tx,
  loaded: Loaded,
  records: ReadonlyMap<string, StepRecord>,
  changes: Parameters<typeof updateRun>[2],
): Promise<void> {
  for (const [id, next] of records) {
    const record = loaded.records.get(id);
    if (record === undefined || next === record) continue;
    if (next.round > record.round) await insertSteps(tx, [next]);
    else await updateStep(tx, record, changesOf(next));
  }
  if (!(await updateRun(tx, loaded.row, changes))) {
    throw new CrewsmithError('internal.impossible', { what: `run ${loaded.row.id} changed under its lock` });
  }
}

/** The rows of the steps as a state has them; an unchanged step keeps its row. */
function recordsOf(loaded: Loaded, state: RunState, now: number): Map<string, StepRecord> {
  const records = new Map(loaded.records);
  for (const step of state.steps) {
    const record = records.get(step.id);
    if (record === undefined)
      throw new CrewsmithError('internal.impossible', { what: `no row of step ${step.id}` });
    if (loaded.state.steps.find((s) => s.id === step.id) !== step)
      records.set(step.id, recordOf(record, step, now));
  }
  return records;
}

/** The step of the crew that a prompt's worker works on. */
export function promptStep(crew: Crew, id: string): PromptStep {
  const step = crew.steps.find((s) => s.id === id);
  if (step?.kind !== 'prompt')
    throw new CrewsmithError('internal.impossible', { what: `${id} is not a prompt step` });
  return step;
}

/** The rows of a run that has not started. */
function newRecords(row: { id: string; workspace_id: string }, state: RunState): StepRecord[] {
  return state.steps.map((step) => ({
    workspace_id: row.workspace_id,
    run_id: row.id,
    step: step.id,
    item: '',
    round: step.round,
    kind: step.kind,
    status: step.status,
    live: step.live ? 1 : 0,
    waiting_for: step.waitingFor,
    wake_at: null,
    comment: step.comment,
    output: null,
    failure: null,
    started_at: null,
    ended_at: null,
  }));
}

function stateOf(row: Run, crew: Crew, records: ReadonlyMap<string, StepRecord>): RunState {
  return {
    status: row.status,
    waitingFor: row.waiting_for,
    failure: row.failure === null ? null : JSON.parse(row.failure),
    steps: crew.steps.map((step): StepState => {
      const record = records.get(step.id);
      if (record === undefined)
        throw new CrewsmithError('internal.impossible', { what: `no row of step ${step.id}` });
      return {
        id: step.id,
        kind: step.kind,
        status: record.status,
        waitingFor: record.waiting_for,
        round: record.round,
        live: record.live === 1,
        output: record.output === null ? null : JSON.parse(record.output),
        failure: record.failure === null ? null : JSON.parse(record.failure),
        comment: record.comment,
      };
    }),
  };
}

function recordOf(record: StepRecord, step: StepState, now: number): StepRecord {
  const begun = step.status !== 'pending' && step.status !== 'skipped' && step.status !== 'canceled';
  const over =
    step.status === 'done' ||
    step.status === 'failed' ||
    step.status === 'skipped' ||
    step.status === 'canceled';
  const fresh = step.round > record.round;
  const again = record.status === 'failed' || record.status === 'canceled';
  const started = fresh || again ? null : record.started_at;
  return {
    ...record,
    round: step.round,
    status: step.status,
    live: step.live ? 1 : 0,
    waiting_for: step.waitingFor,
    wake_at: null,
    comment: step.comment,
    output: step.output === null ? null : JSON.stringify(step.output),
    failure: step.failure === null ? null : JSON.stringify(step.failure),
    started_at: started ?? (begun ? now : null),
    ended_at: over ? (fresh ? now : (record.ended_at ?? now)) : null,
  };
}

const changesOf = ({
  status,
  live,
  waiting_for,
  wake_at,
  comment,
  output,
  failure,
  started_at,
  ended_at,
}: StepRecord) => ({
  status,
  live,
  waiting_for,
  wake_at,
  comment,
  output,
  failure,
  started_at,
  ended_at,
});
