import type { Form, FormOutcome, FormRef } from '../src/chat/form.ts';
import { parseUsd, plainUsd } from '../src/core/money.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { KnownBudget } from '../src/services/budget-admin.ts';
import { mustUse, type Visitor } from './visitor.ts';

const per = { day: 'a day', week: 'a week', month: 'a month', total: 'in all' } as const;

/** The budget, if they may change it: its channel's admins, else those of the workspace. Throws `budget.unknown`, `access.forbidden`. */
export async function mustSetBudget(visitor: Visitor, id: string): Promise<KnownBudget> {
  const { visit, house } = visitor;
  const budget = await house.budgets.find(visit.workspace, id);
  const need = { name: 'budget set', role: 'admin' } as const;
  if (budget.scope.startsWith('channel:'))
    await mustUse(visitor, { ...need, of: 'channel' }, budget.scope.slice('channel:'.length));
  else await mustUse(visitor, { ...need, of: 'workspace' });
  return budget;
}

export async function limitForm(
  visitor: Visitor,
  { run, budget }: { readonly run: string; readonly budget: string },
): Promise<Form> {
  const { name, window, limitNano } = await mustSetBudget(visitor, budget);
  return {
    v: 1,
    ref: { form: 'limit', run, budget },
    title: 'Change the limit',
    says: [`Of ${name}, ${per[window]}: no call can pass it, from now on.`],
    fields: [
      {
        name: 'amount',
        label: 'New limit',
        hint: 'Dollars, like $30',
        required: true,
        value: plainUsd(BigInt(limitNano)),
        most: 20,
        input: { type: 'money' },
      },
    ],
    submit: 'Set the limit',
  };
}

export async function sendLimit(
  visitor: Visitor,
  { run, budget }: Extract<FormRef, { form: 'limit' }>,
  values: Readonly<Record<string, string>>,
): Promise<FormOutcome> {
  const { visit, sender, house } = visitor;
  const { workspace, member } = visit;
  try {
    const { scope, window, name } = await mustSetBudget(visitor, budget);
    const limitNano = parseUsd(values.amount ?? '');
    await house.budgets.set({ workspace, scope, window, limitNano, actor: member });
    const said = `Limit of ${name} set to ${plainUsd(limitNano)} ${per[window]}`;
    await house.runs.say(workspace, run, said, sender.name);
    return { form: 'closes' };
  } catch (error) {
    if (!(error instanceof CrewsmithError)) throw error;
    const says = `${error.says} ${error.next}`.trim();
    return error.code === 'money.invalid' || error.code === 'budget.high'
      ? { form: 'stays', says: error.says, fields: { amount: error.next } }
      : { form: 'stays', says, fields: {} };
  }
}
