import type { Card, CardAction, CardBlock, CardStep } from '../chat/card.ts';
import { documentBlocks } from '../chat/document-card.ts';
import type { Crew } from '../core/crew.ts';
import type { Document } from '../core/document.ts';
import type { Json } from '../core/json.ts';
import { formatUsd } from '../core/money.ts';
import type { RunStatus, StepState } from '../core/run.ts';
import { nameInTitle, shortAddress, subjectOf } from '../core/run-title.ts';
import type { Attempt } from '../store/attempts.ts';
import type { Run, StepRecord } from '../store/runs.ts';

/** What a card is drawn from; all of it was read in one transaction. */
export interface RunFacts {
  readonly row: Run;
  readonly crew: Crew;
  readonly input: Readonly<Record<string, Json>>;
  readonly steps: readonly StepState[];
  readonly records: ReadonlyMap<string, StepRecord>;
  readonly attempts: readonly Attempt[];
  readonly asker: string;
  /** How many pages, excerpts of a search and files the run has read. */
  readonly sources: number;
  /** Addresses that are read at this moment. */
  readonly reads: readonly string[];
  /** What runs of this crew usually cost; null: it is not known, or nothing more is to come. */
  readonly likelyNano: bigint | null;
  /** What a retry may cost more; null: it does nothing anew, or the run is not over. */
  readonly retryNano: bigint | null;
  readonly zone: string;
  readonly now: number;
}

/** `Research · acme.com`. */
export function runTitle(crew: Crew, input: Readonly<Record<string, Json>>): string {
  const subject = subjectOf(crew, input);
  return subject === null ? nameInTitle(crew.name) : `${nameInTitle(crew.name)} · ${subject}`;
}

/** The one card of a run in its channel, edited in place. */
export function parentCard(facts: RunFacts): Card {
  const { row } = facts;
  const over = row.ended_at !== null;
  const actions: CardAction[] = over
    ? row.status === 'completed'
      ? []
      : [{ label: retryLabel(facts), style: 'plain', press: { do: 'retry', run: row.id } }]
    : [{ label: 'Stop', style: 'danger', press: { do: 'stop', run: row.id } }];
  const failure = row.failure === null ? [] : [text((JSON.parse(row.failure) as { says: string }).says)];
  return {
    v: 1,
    title: runTitle(facts.crew, facts.input),
    tone: toneOf(row.status),
    status: statusText(facts),
    body: [
      text(`Asked by ${facts.asker} · ${priceOf(facts)} · ${row.id}`),
      ...(row.sandbox === 1 ? [text(sandboxLine)] : []),
      { type: 'steps', steps: facts.crew.steps.map((step) => stepLine(facts, step.id)) },
      ...failure,
    ],
    actions,
    foot: footOf(facts, facts.attempts),
  };
}

const priceOf = ({ row, likelyNano }: RunFacts) =>
  `${likelyNano === null ? '' : `usually about ${formatUsd(likelyNano)}, `}at most ${formatUsd(BigInt(row.cap_nano))}`;

/** Rule M3: a button that lets a run cost more names the amount. */
const retryLabel = ({ retryNano }: RunFacts) =>
  retryNano === null || retryNano === 0n ? 'Retry' : `Retry, at most ${formatUsd(retryNano)} more`;

const sandboxLine = 'On the offline sandbox: it answers by extraction, no model is asked, nothing is paid.';

const text = (words: string): CardBlock => ({ type: 'text', text: words });

function toneOf(status: RunStatus): Card['tone'] {
  if (status === 'completed') return 'good';
  if (status === 'failed' || status === 'rejected') return 'bad';
  if (status === 'waiting') return 'waiting';
  return status === 'canceled' ? 'neutral' : 'working';
}

function statusText({ row, steps }: RunFacts): string {
  if (row.status === 'waiting') return `waiting for ${row.waiting_for ?? 'something'}`;
  if (row.status !== 'running') return row.status;
  const done = steps.filter((s) => s.status === 'done' || s.status === 'skipped').length;
  return `running · step ${Math.min(done + 1, steps.length)} of ${steps.length}`;
}

const marks = {
  pending: 'pending',
  running: 'working',
  waiting: 'waiting',
  done: 'done',
  skipped: 'skipped',
  failed: 'failed',
  canceled: 'skipped',
} as const;

function stepLine(facts: RunFacts, id: string): CardStep {
  const state = facts.steps.find((s) => s.id === id);
  const record = facts.records.get(id);
  const calls = facts.attempts.filter((a) => a.step === id && isBooked(a));
  const began = record?.started_at ?? null;
  const until = record?.ended_at ?? (state?.status === 'running' ? facts.now : null);
  return {
    mark: marks[state?.status ?? 'pending'],
    name: nameInTitle(id),
    says: state === undefined ? '' : stepSays(facts, state),
    // What took no time has none to tell.
    time: began === null || until === null || until - began < 1_000 ? '' : seconds(until - began),
    cost: calls.length === 0 ? '' : costText(calls),
  };
}

function stepSays(facts: RunFacts, step: StepState): string {
  const own = facts.attempts.filter((a) => a.step === step.id);
  // Why is said once, below the steps.
  if (step.status === 'failed') return 'failed';
  if (step.status === 'waiting')
    return step.waitingFor === 'approval' ? 'waits for a decision' : `waits for ${step.waitingFor}`;
  if (step.status === 'running' && step.kind === 'prompt') {
    const live = own.findLast((a) => a.state === 'held');
    return live === undefined ? readingText(facts.reads) : callText(live, own.length, facts.now);
  }
  if (step.status === 'skipped') return 'not needed';
  if (step.status === 'canceled') return 'not begun';
  const round = step.round > 1 ? `round ${step.round}` : '';
  return [step.status === 'done' ? sourcesRead(facts, step.id) : '', round].filter(Boolean).join(' · ');
}

const addressMost = 60;

/** `reading acme.com/pricing and 2 more` */
function readingText([first, ...more]: readonly string[]): string {
  if (first === undefined) return 'working';
  const address = shortAddress(first);
  const shown = address.length <= addressMost ? address : `${address.slice(0, addressMost).toWellFormed()}…`;
  return `reading ${shown}${more.length === 0 ? '' : ` and ${more.length} more`}`;
}

/** So long an answer may take without a word. */
const quietMs = 10_000;

function callText({ model, purpose, held_at: since }: Attempt, count: number, now: number): string {
  const says = `${purpose === 'search' ? 'searching' : 'working'} on ${model}, call ${count}`;
  return now - since < quietMs ? says : `${says} · no answer for ${seconds(now - since)}, still waiting`;
}

/** What a step that reads has read; where several do, nobody knows which read what. */
function sourcesRead({ crew, sources }: RunFacts, id: string): string {
  const reading = crew.steps.filter(
    (step) =>
      step.kind === 'prompt' && (step.read !== null || (crew.agents[step.agent]?.tools.length ?? 0) > 0),
  );
  if (sources === 0 || reading.length !== 1 || reading[0]?.id !== id) return '';
  return `${sources} ${sources === 1 ? 'source' : 'sources'} read`;
}

function seconds(ms: number): string {
  if (ms < 1_000) return 'under 1 s';
  const whole = Math.round(ms / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

const isBooked = (attempt: Attempt) => attempt.state !== 'held' && attempt.state !== 'unsent';

/** `$0.0312`, and what is not known beside it. */
function costText(attempts: readonly Attempt[]): string {
  const booked = attempts.filter(isBooked);
  const isAtMost = (a: Attempt) =>
    a.state === 'uncertain' || a.input_tokens === null || a.output_tokens === null;
  const sum = (of: readonly Attempt[]) => of.reduce((all, a) => all + BigInt(a.cost_nano ?? 0), 0n);
  const atMost = sum(booked.filter(isAtMost));
  const unpriced = booked.filter((a) => a.cost_nano === null).length;
  return [
    formatUsd(sum(booked.filter((a) => !isAtMost(a)))),
    atMost > 0n ? `and at most ${formatUsd(atMost)} for calls whose answer was lost` : '',
    unpriced > 0 ? `${unpriced} unpriced` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

/** Cost is always in the foot: `$0.0312 · 3 calls · 41 s`. */
function footOf(facts: RunFacts, attempts: readonly Attempt[]): string {
  const calls = attempts.filter((a) => a.state !== 'unsent').length;
  const ms = (facts.row.ended_at ?? facts.now) - facts.row.created_at;
  return `${costText(attempts)} · ${calls} ${calls === 1 ? 'call' : 'calls'} · ${seconds(ms)}`;
}

/** A finished step, in the thread. */
export function stepCard(facts: RunFacts, step: StepState, blocks: readonly CardBlock[]): Card {
  const own = facts.attempts.filter((a) => a.step === step.id && a.round === step.round);
  const last = own.at(-1);
  const key = last === undefined || last.key_label === '' ? '' : ` · key ${last.key_label}`;
  return {
    v: 1,
    title: nameInTitle(step.id),
    tone: 'neutral',
    status: step.round > 1 ? `round ${step.round}` : '',
    body: [...(facts.row.sandbox === 1 ? [text(sandboxLine)] : []), ...blocks],
    actions: [],
    foot: `${last?.model ?? ''}${key} · ${costText(own)}`,
  };
}

/** What a delivery sends: the approved document, nothing added. */
export function deliveryCard(document: Document, sha256: string, run: string): Card {
  return {
    v: 1,
    title: document.title,
    tone: 'good',
    status: '',
    body: documentBlocks(document),
    actions: [],
    foot: `${run} · ${sha256.slice(0, 4)}`,
  };
}
