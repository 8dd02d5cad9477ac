import type { Json } from '../../core/json.ts';
import { type Failure, outputsOf, type RunStatus, type StepStatus, type WaitingFor } from '../../core/run.ts';
import type { Attempt } from '../../store/attempts.ts';
import { waitersOf } from '../../store/budgets.ts';
import { type Gate, gatesOfRun } from '../../store/gates.ts';
import { entriesOfRun } from '../../store/ledger.ts';
import type { Tx } from '../../store/port.ts';
import type { Loaded, Runs } from './load.ts';

/** A run as `--json` and `runs ID` show it: every call to a provider is an attempt (rule M10: unknown is null, never 0). */
export interface RunView {
  readonly run: string;
  readonly crew: string;
  readonly input: Readonly<Record<string, Json>>;
  readonly status: RunStatus;
  readonly waiting?: {
    readonly for: WaitingFor;
    readonly step: string;
    readonly gate?: string;
    readonly draft?: number;
    /** Of a wait for budget: what is too low, the run's own limit or a budget. */
    readonly limit?: 'run' | 'budget';
  };
  readonly failure?: Failure;
  readonly sandbox: boolean;
  /** UTC ms. Its texts are gone since then (rule Q7). */
  readonly erasedAt?: number;
  readonly steps: readonly StepView[];
  /** What is priced; null when nothing is (rule M1). */
  readonly costNano: number | null;
  /** "At most" for calls whose answer was lost, apart from `costNano`. */
  readonly uncertainNano: number;
  /** Calls without a known price. */
  readonly unpriced: number;
  readonly capNano: number;
  readonly ms: number;
}

export interface StepView {
  readonly id: string;
  readonly kind: 'prompt' | 'gate' | 'deliver';
  readonly status: StepStatus;
  readonly output: Json;
  readonly attempts: readonly AttemptView[];
}

export interface AttemptView {
  readonly provider: string;
  readonly model: string;
  readonly key: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly costNano: number | null;
  readonly ms: number | null;
  readonly outcome: Attempt['state'];
}

/** Throws `run.unknown`. `now` dates a run that is not over. */
export async function viewRun(
  tx: Tx,
  runs: Runs,
  workspace: string,
  id: string,
  now: number,
): Promise<RunView> {
  const loaded = await runs.read(tx, workspace, id);
  const { row, state } = loaded;
  const entries = await entriesOfRun(tx, workspace, id);
  const gates = await gatesOfRun(tx, workspace, id);
  const outputs = outputsOf(state);
  const priced = entries.filter((e) => e.nano !== null);
  const sum = (uncertain: 0 | 1) =>
    priced.filter((e) => e.uncertain === uncertain).reduce((all, e) => all + (e.nano ?? 0), 0);
  return {
    run: row.id,
    crew: row.crew_name,
    input: loaded.input,
    status: state.status,
    ...(await waitingOf(tx, loaded, gates)),
    ...(state.failure === null ? {} : { failure: state.failure }),
    sandbox: row.sandbox === 1,
    ...(row.erased_at === null ? {} : { erasedAt: row.erased_at }),
    steps: state.steps.map((step) => ({
      id: step.id,
      kind: step.kind,
      status: step.status,
      output: outputs[step.id] ?? null,
      attempts: loaded.attempts.filter((a) => a.step === step.id).map(viewAttempt),
    })),
    costNano: entries.length > 0 && priced.length === 0 ? null : sum(0),
    uncertainNano: sum(1),
    unpriced: entries.length - priced.length,
    capNano: row.cap_nano,
    ms: (row.ended_at ?? now) - row.created_at,
  };
}

async function waitingOf(
  tx: Tx,
  { row, state }: Loaded,
  gates: readonly Gate[],
): Promise<Pick<RunView, 'waiting'>> {
  const { steps, waitingFor } = state;
  if (waitingFor === null) return {};
  const step = steps.find((s) => s.waitingFor === waitingFor)?.id ?? '';
  const waiting = { for: waitingFor, step };
  const gate = gates.find((g) => g.step === step && g.status === 'open');
  if (gate !== undefined) return { waiting: { ...waiting, gate: gate.id, draft: gate.draft } };
  if (waitingFor !== 'budget') return { waiting };
  // In line for a budget; what its own limit stops stands in no line (rules M3, M9).
  const isInLine = (await waitersOf(tx, row.workspace_id)).some(
    (w) => w.run_id === row.id && w.step === step,
  );
  return { waiting: { ...waiting, limit: isInLine ? 'budget' : 'run' } };
}

const viewAttempt = (a: Attempt): AttemptView => ({
  provider: a.provider,
  model: a.model,
  key: a.key_label,
  inputTokens: a.input_tokens,
  outputTokens: a.output_tokens,
  cacheReadTokens: a.cache_read_tokens,
  cacheWriteTokens: a.cache_write_tokens,
  reasoningTokens: a.reasoning_tokens,
  costNano: a.state === 'unsent' ? 0 : a.cost_nano,
  ms: a.ended_at === null ? null : a.ended_at - a.held_at,
  outcome: a.state,
});
