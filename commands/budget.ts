import type { Window } from '../src/core/budget.ts';
import { formatUsd, parseUsd, toJsonNano } from '../src/core/money.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { BudgetStanding } from '../src/services/budget-admin.ts';
import { answer, arg, asJson, fields, json, reply, text } from './cards.ts';
import type { Writing } from './house.ts';
import type { CommandSpec, Context, Reply } from './port.ts';

const windows: readonly Window[] = ['day', 'week', 'month', 'total'];
const windowArg = (required: boolean) => arg('window', 'per what', { choices: windows, required });
const scopeArg = (summary = 'this channel; or "workspace", crew:NAME, channel:ID') =>
  arg('scope', summary, { required: false });

const isWindow = (word: string): word is Window => windows.some((window) => window === word);

/** What is typed as a scope; what is not typed means where it is typed. */
const scopeOf = (typed: string | null, channel: string): string =>
  typed === null ? `channel:${channel}` : typed === 'workspace' ? '' : typed;

/** An admin of a channel sets what is spent there; what reaches further takes an admin of the workspace, or of that channel. */
async function mustReach(
  { house, member, channel }: Context<Writing>,
  scope: string,
  { name, role }: Pick<CommandSpec, 'name' | 'role'>,
): Promise<void> {
  if (scope === `channel:${channel.id}`) return;
  const other = scope.startsWith('channel:') ? scope.slice('channel:'.length) : null;
  const command = { name, role, of: other === null ? ('workspace' as const) : ('channel' as const) };
  const need = { workspace: house.workspace, member, channel: other ?? channel.id, command };
  await house.store.read((tx) => house.people.mustBe(tx, need));
}

const show: CommandSpec = {
  name: 'budget',
  summary: 'What may be spent, what was, and what is reserved now.',
  role: 'member',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [],
  flags: [json],
  async run({ house, typed }) {
    const all = await house.budgets.show(house.workspace);
    const none = text(`No budget is set. Set one: ${typed('budget set $20 week workspace')}`);
    const body = all.length === 0 ? [none] : [standings(all)];
    return reply(answer('Budgets', body), { budgets: all.map(asJson) });
  },
};

const set: CommandSpec = {
  name: 'budget set',
  summary: 'Sets a limit that no call can pass, from now on and in each window.',
  role: 'admin',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [arg('amount', 'dollars, like 20'), windowArg(true), scopeArg()],
  flags: [json],
  async run(context, values) {
    const { house, member, channel } = context;
    const window = values.given('window');
    const scope = scopeOf(values.arg('scope'), channel.id);
    await mustReach(context, scope, set);
    const budget = await house.budgets.set({
      workspace: house.workspace,
      scope,
      window: isWindow(window) ? window : 'total',
      limitNano: parseUsd(values.given('amount')),
      actor: member,
    });
    return reply(answer('Budget set', [standings([budget])], { tone: 'good' }), asJson(budget));
  },
};

const raise: CommandSpec = {
  name: 'budget raise',
  summary: 'Raises a limit once, for its window of now; runs that wait for it go on.',
  role: 'admin',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [
    arg('amount', 'dollars, like 5'),
    windowArg(false),
    scopeArg('which budget: "workspace", crew:NAME, channel:ID, or a run; else those that hold up a run'),
  ],
  flags: [json],
  async run(context, values) {
    const { house, member, channel, surface, dedupe } = context;
    const { workspace } = house;
    const window = values.arg('window');
    const scope = values.arg('scope');
    if (scope?.startsWith('run_') === true) return await raiseRun(context, scope, values.given('amount'));
    // Without a scope it raises what holds up a run, wherever that is set.
    await mustReach(context, scope === null ? '' : scopeOf(scope, channel.id), raise);
    const budgets = await house.budgets.raise(
      {
        workspace,
        ...(scope === null ? {} : { scope: scopeOf(scope, channel.id) }),
        ...(window !== null && isWindow(window) ? { window } : {}),
        nano: parseUsd(values.given('amount')),
        actor: member,
      },
      (tx) => house.visits.ended(tx, { workspace, surface, dedupe }),
    );
    return reply(answer('Budget raised once', [standings(budgets)], { tone: 'good' }), {
      budgets: budgets.map(asJson),
    });
  },
};

async function raiseRun(context: Context<Writing>, run: string, amount: string): Promise<Reply> {
  const { house, member: actor, name: by } = context;
  const where = await house.runs.whereabouts(house.workspace, run);
  if (!context.sees(where)) throw new CrewsmithError('run.unknown', { run });
  await mustReach(context, `channel:${where.channel}`, raise);
  const more = { nano: parseUsd(amount), from: null };
  const now = await house.runs.raiseCap({ workspace: house.workspace, run, ...more, actor, by });
  return reply(answer(`Limit of the run raised to ${formatUsd(now)}`, [], { tone: 'good' }), {
    run,
    capNano: toJsonNano(now),
  });
}

const remove: CommandSpec = {
  name: 'budget remove',
  summary: 'Takes a limit away.',
  role: 'admin',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [windowArg(true), scopeArg()],
  flags: [json],
  async run(context, values) {
    const { house, member, channel } = context;
    const typed = values.given('window');
    const window = isWindow(typed) ? typed : 'total';
    const scope = scopeOf(values.arg('scope'), channel.id);
    await mustReach(context, scope, remove);
    await house.budgets.remove({ workspace: house.workspace, scope, window, actor: member });
    return reply(answer('Budget removed', [text('Runs that waited for it go on.')], { tone: 'good' }), {
      scope,
      window,
    });
  },
};

const standings = (budgets: readonly BudgetStanding[]) =>
  fields(
    budgets.map((b) => {
      const usd = (nano: number) => formatUsd(BigInt(nano));
      const held = b.heldNano > 0 ? ` · ${usd(b.heldNano)} reserved by calls in flight` : '';
      // A limit may be set below what was spent already.
      const left = b.leftNano < 0 ? `${usd(-b.leftNano)} above it` : `${usd(b.leftNano)} left`;
      return [`${b.name} per ${b.window}`, `${usd(b.spentNano)} of ${usd(b.limitNano)}${held} · ${left}`];
    }),
  );

export const budget: readonly CommandSpec[] = [show, { ...show, name: 'budget show' }, set, raise, remove];
