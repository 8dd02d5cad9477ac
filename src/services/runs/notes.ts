import { DateTime } from 'luxon';
import type { Card, CardAction } from '../../chat/card.ts';
import { formatUsd, plainUsd, roundUpCents, roundUpUsd } from '../../core/money.ts';
import type { Attempt } from '../../store/attempts.ts';
import { allBudgets, type BudgetPeriod } from '../../store/budgets.ts';
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
  /** `providers`: whose keys would do, best first. `wait` tells one wait of the step from another. */
  noKey(work: Working, step: string, alias: string, providers: readonly string[], wait: number): Note;
  /** Rule M7: also an audit row. */
  overrun(tx: Tx, work: Working, attempt: Attempt): Note;
  /** A call that gave nothing: what that costs, and in `follows` what comes next. */
  callFailed(attempt: Attempt, says: string, follows: string): Note;
}

/** So many are remembered. */
const scopesMost = 1_000;

export function createRunNotes(parts: { settings: Settings; audit: Audit }): RunNotes {
  const { settings, audit } = parts;
  /** By budget, whose scope never changes: a run that waits asks at each look. */
  const scopes = new Map<string, string>();

  async function scopeOf(tx: Tx, workspace: string, budget: string): Promise<string> {
    const known = scopes.get(budget);
    if (known !== undefined) return known;
    const scope = (await allBudgets(tx, workspace)).find((b) => b.id === budget)?.scope ?? '';
    if (scopes.size >= scopesMost) scopes.clear();
    scopes.set(budget, scope);
    return scope;
  }

  return {
    capReached(work, step, nano) {
      const run = work.loaded.row.id;
      const left = work.capNano - work.capUsedNano;
      const more = roundUpCents(nano - left);
      const says =
        `Paused before step ${step}: it may cost up to ${formatUsd(nano)}, and this run's limit leaves ${formatUsd(left)} ` +
        `of ${formatUsd(work.capNano)}. Whoever asked for it can raise the limit, and so can an admin: ` +
        // Without the sign, which a shell takes for a variable.
        `budget raise ${plainUsd(more).slice(1)} ${run}. The run then goes on by itself.`;
      const raise = { do: 'raise-cap', run, cap: Number(work.capNano), nano: Number(more) } as const;
      return note(`cap:${step}:${work.capNano}`, 'Limit of this run reached', says, [
        { label: `Raise by ${plainUsd(more)}`, style: 'primary', press: raise },
        stop(work),
      ]);
    },
    unpriced(work, step, model) {
      const says =
        `Paused before step ${step}: no price is known for ${model}, so the budget that somebody set here cannot be kept. ` +
        'An admin can remove the budget, or map the alias to a model with a price.';
      return note(`unpriced:${step}:${model}`, 'No price known', says, [stop(work)]);
    },
    async budgetReached(tx, work, step, nano, period) {
      const { workspace_id: workspace } = work.loaded.row;
      const { zone } = await settings.get(tx, workspace);
      const scope = await scopeOf(tx, workspace, period.budget_id);
      const left = BigInt(period.limit_nano) - BigInt(period.spent_nano);
      const resets =
        period.ends_at === null
          ? 'it does not reset'
          : `resets ${DateTime.fromMillis(period.ends_at, { zone }).setLocale('en').toFormat('ccc d LLL H:mm')} ${zone}`;
      const says =
        `Paused before step ${step}: it may cost up to ${formatUsd(nano)}, and ${scopeName(scope)} has ` +
        `${formatUsd(left > 0n ? left : 0n)} left (limit ${plainUsd(BigInt(period.limit_nano))}, ${resets}). ` +
        'An admin can raise it once, or change it; the run then goes on by itself.';
      const about = { run: work.loaded.row.id, budget: period.budget_id };
      const more = roundUpUsd(nano - left);
      const raise = { ...about, do: 'raise', nano: Number(more) } as const;
      return note(`budget:${step}:${period.id}:${period.limit_nano}`, 'Budget reached', says, [
        { label: `Raise once by ${plainUsd(more)}`, style: 'primary', press: raise },
        { label: 'Change the limit', style: 'plain', press: { ...about, do: 'limit' } },
        stop(work),
      ]);
    },
    waitsForHolds(work, step, nano, since) {
      const says = `Step ${step} has waited a minute for ${formatUsd(nano)} that calls in flight have reserved. It goes on as soon as they end.`;
      return note(`holds:${step}:${since}`, 'Waiting for other calls', says, [stop(work)]);
    },
    noKey(work, step, alias, providers, wait) {
      const run = work.loaded.row.id;
      const begun = work.attempts.some((attempt) => attempt.state !== 'unsent');
      const says = [
        `Step ${step} needs a model called ${alias}. This workspace has no working key for it.`,
        providers.length === 0
          ? 'An admin can name models for it.'
          : `An admin can add one, of ${providers.join(' or ')}: keys add ${providers[0]}. The run goes on by itself then.`,
        begun ? '' : 'Or try it now on the offline sandbox, which asks no model.',
      ];
      const add: CardAction[] = providers.slice(0, 1).map((name) => ({
        label: 'Add a key',
        style: 'primary',
        press: { do: 'say', words: `keys add ${name}` },
      }));
      const sandbox: CardAction = { label: 'Run on sandbox', style: 'plain', press: { do: 'sandbox', run } };
      return note(`key:${step}:${wait}`, 'Waiting for a key', says.filter(Boolean).join(' '), [
        ...add,
        ...(begun ? [] : [sandbox]),
        stop(work),
      ]);
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

const scopeName = (scope: string): string =>
  scope === ''
    ? 'the workspace'
    : scope.startsWith('crew:')
      ? `crew ${scope.slice('crew:'.length)}`
      : 'this channel';

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
