import { DateTime } from 'luxon';
import type { Card, CardAction, CardBlock, CardStep } from '../chat/card.ts';
import { documentBlocks } from '../chat/document-card.ts';
import type { Crew } from '../core/crew.ts';
import type { Document } from '../core/document.ts';
import type { Json } from '../core/json.ts';
import { formatUsd } from '../core/money.ts';
import type { RunStatus, StepState } from '../core/run.ts';
import type { Attempt } from '../store/attempts.ts';
import type { Gate } from '../store/gates.ts';
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
  readonly zone: string;
  readonly now: number;
}

/** `Research · acme.com`. */
function runTitle(crew: Crew, input: Readonly<Record<string, Json>>): string {
  const first = crew.input[0];
  const value = first === undefined ? null : input[first.name];
  const name = title(crew.name);
  return value === null || value === undefined ? name : `${name} · ${String(value)}`;
}

const title = (word: string) => word.replace(/^./, (letter) => letter.toUpperCase()).replaceAll('-', ' ');

/** The one card of a run in its channel, edited in place. */
export function parentCard(facts: RunFacts): Card {
  const { row } = facts;
  const over = row.ended_at !== null;
  const actions: CardAction[] = over
    ? row.status === 'completed'
      ? []
      : [{ label: 'Retry', style: 'plain', press: { do: 'retry', run: row.id } }]
    : [{ label: 'Stop', style: 'danger', press: { do: 'stop', run: row.id } }];
  const failure = row.failure === null ? [] : [text((JSON.parse(row.failure) as { says: string }).says)];
  return {
    v: 1,
    title: runTitle(facts.crew, facts.input),
    tone: toneOf(row.status),
    status: statusText(facts),
    body: [
      text(`Asked by ${facts.asker} · at most ${formatUsd(BigInt(row.cap_nano))} · ${row.id}`),
      ...(row.sandbox === 1 ? [text(sandboxLine)] : []),
      { type: 'steps', steps: facts.crew.steps.map((step) => stepLine(facts, step.id)) },
      ...failure,
    ],
    actions,
    foot: footOf(facts, facts.attempts),
  };
}

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
    name: title(id),
    says: state === undefined ? '' : stepSays(facts, state),
    time: began === null || until === null ? '' : seconds(until - began),
    cost: calls.length === 0 ? '' : costText(calls),
  };
}

function stepSays(facts: RunFacts, step: StepState): string {
  const own = facts.attempts.filter((a) => a.step === step.id);
  if (step.status === 'failed') return step.failure?.says ?? 'failed';
  if (step.status === 'waiting')
    return step.waitingFor === 'approval' ? 'waits for a decision' : `waits for ${step.waitingFor}`;
  if (step.status === 'running' && step.kind === 'prompt') {
    const live = own.findLast((a) => a.state === 'held');
    return live ? `working on ${live.model}, call ${own.length}` : 'reading';
  }
  if (step.status === 'skipped') return 'not needed';
  if (step.status === 'canceled') return 'not begun';
  return step.round > 1 ? `round ${step.round}` : '';
}

const seconds = (ms: number): string =>
  ms < 60_000
    ? `${Math.round(ms / 1000)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;

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
    title: title(step.id),
    tone: 'neutral',
    status: step.round > 1 ? `round ${step.round}` : '',
    body: [...(facts.row.sandbox === 1 ? [text(sandboxLine)] : []), ...blocks],
    actions: [],
    foot: `${last?.model ?? ''}${key} · ${costText(own)}`,
  };
}

const decided = {
  approved: 'Approved',
  rejected: 'Rejected',
  changes: 'Changes requested',
  expired: 'Expired: nobody decided in time',
  canceled: 'Closed without a decision',
} as const;

/** The gate: what is to be decided, on which draft, by whom, until when. Decided, it has no buttons. */
export function gateCard(
  facts: RunFacts,
  gate: Gate,
  document: Document,
  sha256: string,
  people: { readonly deciders: string; readonly closedBy: string | null },
): Card {
  const open = gate.status === 'open';
  const at = (ms: number, format: string) =>
    DateTime.fromMillis(ms, { zone: facts.zone }).setLocale('en').toFormat(format);
  const press = (
    label: string,
    style: CardAction['style'],
    what: 'approve' | 'reject' | 'edit' | 'changes',
  ): CardAction => ({
    label,
    style,
    press: { do: what, gate: gate.id, draft: gate.draft },
  });
  const again: CardAction = { label: 'Ask again', style: 'plain', press: { do: 'ask-again', gate: gate.id } };
  const outcome =
    gate.status === 'open'
      ? `Decides: ${people.deciders} · until ${at(gate.expires_at, 'ccc d LLL H:mm')}`
      : `${decided[gate.status]}${people.closedBy === null ? '' : ` by ${people.closedBy}`}, ${at(gate.closed_at ?? facts.now, 'H:mm')}`;
  return {
    v: 1,
    title: `${document.title}: ${open ? 'ready for your decision' : decided[gate.status as keyof typeof decided].toLowerCase()}`,
    tone: open ? 'waiting' : gate.status === 'approved' ? 'good' : 'neutral',
    status: '',
    body: [...documentBlocks(document), text(outcome)],
    actions: open
      ? [
          press('Approve', 'primary', 'approve'),
          press('Edit', 'plain', 'edit'),
          press('Request changes', 'plain', 'changes'),
          press('Reject', 'danger', 'reject'),
        ]
      : gate.status === 'expired'
        ? [again]
        : [],
    foot: `draft ${gate.draft} · ${sha256.slice(0, 4)} · ${facts.row.id}`,
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
