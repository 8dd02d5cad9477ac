import type { Clock } from '../clock.ts';
import { boundsOf } from '../core/budget.ts';
import { toJsonNano } from '../core/money.ts';
import type { Week } from '../core/weeks.ts';
import { allBudgets, periodsAt, spentIn } from '../store/budgets.ts';
import { installationsIn } from '../store/installations.ts';
import { gatesOpen, runsWaiting } from '../store/overview.ts';
import { findWorkspace } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import type { Anchor, Audit } from './audit.ts';
import { channelName } from './channel-words.ts';
import type { KeyView } from './key-rows.ts';
import type { Keys } from './keys.ts';
import { createOverviews, type Overview } from './overview.ts';
import type { Settings } from './settings.ts';
import { createSpend, type SpendReport } from './spend.ts';

/** All that a digest says, read in one snapshot. */
export interface DigestFacts {
  /** Of the workspace; '': it has none that people know. */
  readonly name: string;
  readonly zone: string;
  readonly now: number;
  readonly week: Week;
  readonly overview: Overview;
  readonly report: SpendReport;
  /** Around now, so a forecast with it. */
  readonly month: Overview;
  readonly approvals: { readonly count: number; readonly oldestAt: number | null };
  readonly waiting: ReadonlyMap<string, number>;
  readonly budgets: readonly BudgetFact[];
  readonly keys: readonly KeyView[];
  /** Weeks before this one whose digest was due while nothing ran, the oldest first. */
  readonly missed: readonly { readonly week: Week; readonly report: SpendReport }[];
  readonly anchor: Anchor;
}

export interface BudgetFact {
  readonly scope: string;
  readonly window: 'week' | 'month' | 'total';
  readonly limitNano: number;
  readonly spentNano: number;
}

export interface DigestFactsParts {
  readonly keys: Pick<Keys, 'list'>;
  readonly audit: Pick<Audit, 'head'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: Settings;
}

export async function readDigestFacts(
  tx: Tx,
  parts: DigestFactsParts,
  what: { workspace: string; zone: string; now: number; week: Week; missed: readonly Week[] },
): Promise<DigestFacts> {
  const { workspace, week } = what;
  const spend = createSpend(parts);
  const overviews = createOverviews(parts);
  const report = (one: Week) => spend.read(tx, workspace, { from: one.from, to: one.to });
  const missed: { week: Week; report: SpendReport }[] = [];
  for (const one of what.missed) missed.push({ week: one, report: await report(one) });
  return {
    ...{ zone: what.zone, now: what.now, week, missed },
    name: await nameOf(tx, workspace),
    overview: await overviews.read(tx, workspace, { window: 'week', channel: null, at: week.from }),
    report: await report(week),
    month: await overviews.read(tx, workspace, { window: 'month', channel: null }),
    approvals: await gatesOpen(tx, workspace),
    waiting: await runsWaiting(tx, workspace),
    budgets: await budgetsIn(tx, workspace, week, what),
    keys: await parts.keys.list(tx, workspace),
    anchor: await parts.audit.head(tx, workspace),
  };
}

/** As its people call it: `default` is nobody's name for their team. */
async function nameOf(tx: Tx, workspace: string): Promise<string> {
  const own = await findWorkspace(tx, workspace);
  if (own === undefined || own.name !== own.slug) return own?.name ?? '';
  const teams = (await installationsIn(tx, workspace)).filter(({ team }) => team !== 'local');
  return teams[0]?.name ?? '';
}

/** Those of a week as it ended, the others as they stand. Days are over too soon to be told of. */
async function budgetsIn(
  tx: Tx,
  workspace: string,
  week: Week,
  { now, zone }: { readonly now: number; readonly zone: string },
): Promise<BudgetFact[]> {
  const periods = [
    ...(await periodsAt(tx, workspace, week.to - 1)).map((period) => ({ period, of: 'week' })),
    ...(await periodsAt(tx, workspace, now)).map((period) => ({ period, of: 'now' })),
  ];
  const facts: BudgetFact[] = [];
  for (const budget of await allBudgets(tx, workspace)) {
    const { window } = budget;
    // That of the workspace's month stands with the month itself.
    if (window === 'day' || (window === 'month' && budget.scope === '')) continue;
    const of = window === 'week' ? 'week' : 'now';
    const period = periods.find((one) => one.of === of && one.period.budget_id === budget.id)?.period;
    // One that nothing was held in, or that was set after its window, has none.
    const bounds = boundsOf(window, window === 'week' ? week.from : now, zone);
    facts.push({
      scope: await scopeName(tx, workspace, budget.scope),
      window,
      limitNano: period?.limit_nano ?? budget.limit_nano,
      spentNano:
        period?.spent_nano ??
        toJsonNano(await spentIn(tx, workspace, budget.scope, bounds.startsAt, bounds.endsAt)),
    });
  }
  return facts;
}

async function scopeName(tx: Tx, workspace: string, scope: string): Promise<string> {
  if (scope === '') return 'workspace';
  const id = scope.slice(scope.indexOf(':') + 1);
  if (scope.startsWith('crew:')) return id;
  return `#${(await channelName(tx, workspace, id)) ?? id}`;
}
