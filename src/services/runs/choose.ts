import { type Choice, chooseEntry, type Try } from '../../core/failures.ts';
import { CrewsmithError } from '../../errors.ts';
import type { Attempt } from '../../store/attempts.ts';
import type { Tx } from '../../store/port.ts';
import type { AliasPlace, LiveEntry } from '../aliases.ts';
import type { HoldParts } from './hold.ts';
import type { Note, RunNotes } from './notes.ts';
import { stepJob } from './step-job.ts';
import type { Situation } from './turn.ts';
import { apply, type Working } from './working.ts';

/** `attempts.failure`. `closed`: a person has asked for a retry since, so it no longer counts (rule R4). */
export interface FailureRecord extends Partial<Pick<Try, 'kind' | 'says' | 'retryAfterMs'>> {
  readonly status?: number | null;
  readonly closed?: boolean;
}

export const failureOf = (attempt: Attempt): FailureRecord =>
  JSON.parse(attempt.failure ?? '{}') as FailureRecord;

const nameOf = (entry: LiveEntry) => `${entry.provider}/${entry.model}/${entry.key?.label ?? ''}`;
const answeredBy = (a: Attempt) => `${a.provider}/${a.model}/${a.key_label}`;

/** The calls of a turn that were not paid and still count. */
const triesOf = (situation: Situation, turn: number) =>
  situation.unpaid.filter((attempt) => attempt.turn === turn && failureOf(attempt).closed !== true);

export function choose(
  entries: readonly LiveEntry[],
  situation: Situation,
  turn: number,
  now: number,
): { readonly choice: Choice; readonly entry: LiveEntry | null } {
  const tries = triesOf(situation, turn).map((attempt): Try => {
    const failure = failureOf(attempt);
    return {
      entry: answeredBy(attempt),
      state: attempt.state === 'unsent' ? 'unsent' : 'uncertain',
      kind: failure.kind ?? 'lost',
      says: failure.says ?? 'The answer was lost.',
      retryAfterMs: failure.retryAfterMs ?? null,
      endedAt: attempt.ended_at ?? attempt.held_at,
    };
  });
  const last = situation.paid.at(-1);
  const preferred = last === undefined ? null : answeredBy(last);
  const choice = chooseEntry(entries.map(nameOf), preferred, tries, situation.step.limits.timeMs, now);
  if (choice.do !== 'call') return { choice, entry: null };
  const entry = entries.find((e) => nameOf(e) === choice.entry);
  if (entry === undefined)
    throw new CrewsmithError('internal.impossible', { what: 'an entry that is not listed was chosen' });
  return { choice, entry };
}

/** What the thread is told of the call before, which was not paid: that it failed, what that cost, and what follows. */
export function told(
  notes: RunNotes,
  situation: Situation,
  turn: number,
  choice: Choice,
  entry: LiveEntry | null,
  now: number,
): Note[] {
  const last = triesOf(situation, turn).at(-1);
  if (last === undefined) return [];
  const says = failureOf(last).says ?? 'The answer was lost.';
  return [notes.callFailed(last, says, follows(choice, entry, last, now))];
}

function follows(choice: Choice, entry: LiveEntry | null, last: Attempt, now: number): string {
  if (choice.do === 'wait') return `It is asked again in ${Math.ceil((choice.until - now) / 1000)} s.`;
  if (choice.do !== 'call' || entry === null) return '';
  return nameOf(entry) === answeredBy(last)
    ? 'It is asked again now.'
    : `The step goes on with ${entry.provider} ${entry.model}.`;
}

/** The step cannot be called now: it waits, or it fails. */
export async function wait(
  tx: Tx,
  parts: HoldParts,
  work: Working,
  found: { step: string; choice: Choice; place: AliasPlace; attempts: number },
): Promise<void> {
  const { step, choice } = found;
  if (choice.do === 'fail') {
    apply(parts.runs, work, { type: 'failed', step, failure: choice.failure });
  } else if (choice.do === 'wait-for-key') {
    // Each wait is told once: a call lies between two of them.
    const entries = await parts.aliases.entries(tx, found.place);
    const providers = [...new Set(entries.map((e) => e.provider).filter((name) => name !== 'sandbox'))];
    work.notes.push(parts.notes.noKey(work, step, found.place.alias, providers, found.attempts));
    apply(parts.runs, work, { type: 'blocked', step, for: 'key' });
  } else if (choice.do === 'wait') {
    apply(parts.runs, work, { type: 'blocked', step, for: choice.for });
    await parts.queue.enqueue(tx, stepJob(work, step, choice.until));
  }
}
