import { DateTime } from 'luxon';
import type { Card, CardAction } from '../../chat/card.ts';
import { formatUsd } from '../../core/money.ts';
import type { Attempt } from '../../store/attempts.ts';
import type { BudgetPeriod } from '../../store/budgets.ts';
import type { Tx } from '../../store/port.ts';
import type { Audit } from '../audit.ts';
import type { Settings } from '../settings.ts';
import type { Working } from './working.ts';

export interface Note {
  /** One note of a name a run and thread. */
  readonly name: string;
  readonly card: Card;
}

/** What a run's thread is told when something keeps it from going on, or cost more than it should. */
export interface RunNotes {
  capReached(work: Working, step: string, nano: bigint): Note;
  unpriced(work: Working, step: string, model: string): Note;
  budgetReached(tx: Tx, work: Working, step: string, nano: bigint, period: BudgetPeriod): Promise<Note>;
  /** `since`: when the wait began, so that each wait is told once. */
  waitsForHolds(work: Working, step: string, nano: bigint, since: number): Note;
  /** `wait` tells one wait of the step from another. */
  noKey(work: Working, step: string, alias: string, wait: number): Note;
  /** Rule M7: also an audit row. */
  overrun(tx: Tx, work: Working, attempt: Attempt): Note;
  /** A call that gave nothing: what that costs, and in `follows` what comes next. */
  callFailed(attempt: Attempt, says: string, follows: string): Note;
}

export function createRunNotes(parts: { settings: Settings; audit: Audit }): RunNotes {
  const { settings, audit } = parts;
  return {
    capReached(work, step, nano) {
      const left = work.capNano - work.capUsedNano;
      const says =
        `Paused before step ${step}: it may cost up to ${formatUsd(nano)}, and this run's limit leaves ${formatUsd(left)} ` +
        `of ${formatUsd(work.capNano)}. Ask again with a higher --max.`;
      return note(`cap:${step}:${work.capNano}`, 'Limit of this run reached', says, [stop(work)]);
    },
    unpriced(work, step, model) {
      const says =
        `Paused before step ${step}: no price is known for ${model}, so the budget that somebody set here cannot be kept. ` +
        'An admin can remove the budget, or map the alias to a model with a price.';
      return note(`unpriced:${step}:${model}`, 'No price known', says, [stop(work)]);
    },
    async budgetReached(tx, work, step, nano, period) {
      const { zone } = await settings.get(tx, work.loaded.row.workspace_id);
      const left = BigInt(period.limit_nano) - BigInt(period.spent_nano);
      const resets =
        period.ends_at === null
          ? 'it does not reset'
          : `resets ${DateTime.fromMillis(period.ends_at, { zone }).setLocale('en').toFormat('ccc d LLL H:mm')} ${zone}`;
      const says =
        `Paused before step ${step}: it may cost up to ${formatUsd(nano)}, and ${formatUsd(left > 0n ? left : 0n)} is left ` +
        `of the limit of ${formatUsd(BigInt(period.limit_nano))} (${resets}). ` +
        'An admin can raise it once (budget raise) or change it (budget set); the run then goes on by itself.';
      return note(`budget:${step}:${period.id}:${period.limit_nano}`, 'Budget reached', says, [stop(work)]);
    },
    waitsForHolds(work, step, nano, since) {
      const says = `Step ${step} has waited a minute for ${formatUsd(nano)} that calls in flight have reserved. It goes on as soon as they end.`;
      return note(`holds:${step}:${since}`, 'Waiting for other calls', says, [stop(work)]);
    },
    noKey(work, step, alias, wait) {
      const says =
        `Step ${step} needs a model called ${alias}. This workspace has no working key for it. ` +
        'An admin can add one: crew keys add openai. The run goes on by itself then.';
      return note(`key:${step}:${wait}`, 'Waiting for a key', says, [stop(work)]);
    },
    overrun(tx, work, attempt) {
      const held = formatUsd(BigInt(attempt.hold_nano ?? 0));
      const cost = formatUsd(BigInt(attempt.cost_nano ?? 0));
      const row = {
        workspace: work.loaded.row.workspace_id,
        actor: 'system',
        action: 'overrun',
        target: attempt.id,
        before: { holdNano: attempt.hold_nano },
        after: { costNano: attempt.cost_nano },
      };
      work.last.push(() => audit.write(tx, row));
      const says =
        `${attempt.provider} reported more use than it was allowed for step ${attempt.step}: ${cost} against ${held} reserved. ` +
        'It is booked in full.';
      return note(`overrun:${attempt.id}`, 'A call cost more than was reserved', says, []);
    },
    callFailed(attempt, why, follows) {
      const says = [`Step ${attempt.step}: ${why}`, costOfFailed(attempt), follows].filter(Boolean).join(' ');
      return note(`call:${attempt.id}`, `A call to ${attempt.provider} ${attempt.model} failed`, says, []);
    },
  };
}

function costOfFailed({ state, hold_nano: held }: Attempt): string {
  if (state === 'unsent') return 'It cost nothing.';
  if (state !== 'uncertain') return '';
  if (held === null) return 'Its answer is lost; it may be billed.';
  return `Its answer is lost; it costs at most ${formatUsd(BigInt(held))}, and if it is repeated the provider may bill both.`;
}

const stop = (work: Working): CardAction => ({
  label: 'Stop',
  style: 'danger',
  press: { do: 'stop', run: work.loaded.row.id },
});

function note(name: string, title: string, says: string, actions: readonly CardAction[]): Note {
  return {
    name,
    card: {
      v: 1,
      title,
      tone: 'waiting',
      status: '',
      body: [{ type: 'text', text: says }],
      actions,
      foot: '',
    },
  };
}
