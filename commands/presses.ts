import type { Press } from '../src/chat/press.ts';
import { keyName } from '../src/core/key-words.ts';
import { plainUsd } from '../src/core/money.ts';
import type { SavedCommand } from '../src/services/visits.ts';
import { answer, text } from './cards.ts';
import { changesForm, editForm } from './gate-forms.ts';
import { limitForm, mustSetBudget } from './limit-form.ts';
import { mustReach, ownCommand, type Visitor } from './visitor.ts';

/** Carries out words as if the presser had typed them; `confirmed` names what was shown, of the command that asked. */
export type Say = (
  visitor: Visitor,
  words: string,
  from?: SavedCommand & { readonly request: string; readonly confirmed: string },
) => Promise<void>;

/** What a press does. Everything is read anew: the card may be old, and whoever presses may have changed (rules R7, G4). */
export async function press(visitor: Visitor, pressed: Press, say: Say): Promise<void> {
  const { visit, sender, house, answer: to } = visitor;
  const { workspace, member } = visit;
  switch (pressed.do) {
    case 'approve':
    case 'reject': {
      const { gate, draft } = pressed;
      const decision = { do: pressed.do };
      return void (await house.gates.decide({
        ...{ workspace, gate, draft, member, surface: sender.surface },
        decision,
      }));
    }
    case 'edit':
      return await to.form(await editForm(visitor, pressed));
    case 'changes':
      return await to.form(await changesForm(visitor, pressed));
    case 'ask-again': {
      const run = await house.gates.runOf(workspace, pressed.gate);
      await mustReach(visitor, run, ofRun('Ask again'));
      return void (await house.runs.retry(workspace, run, false, sender.name));
    }
    case 'stop':
      await mustReach(visitor, pressed.run, ofRun('Stop'));
      return void (await house.runs.stop(workspace, pressed.run, sender.name));
    case 'retry':
      await mustReach(visitor, pressed.run, ofRun('Retry'));
      return void (await house.runs.retry(workspace, pressed.run, false, sender.name));
    case 'sandbox':
      await mustReach(visitor, pressed.run, ofRun('Run on sandbox'));
      return void (await house.runs.onSandbox(workspace, pressed.run, sender.name));
    case 'raise':
      return await raise(visitor, pressed);
    case 'raise-cap':
      return await raiseCap(visitor, pressed);
    case 'limit':
      return await to.form(await limitForm(visitor, pressed));
    case 'confirm': {
      const command = await ownCommand(visitor, pressed.request);
      const { request, mark: confirmed } = pressed;
      return await say(visitor, command.text, { ...command, request, confirmed });
    }
    case 'undo': {
      if (pressed.link.startsWith('code_')) return await apart(visitor, pressed.link);
      const key = await (await house.keyLinks()).undo({ workspace, member, link: pressed.link });
      const says =
        key === null
          ? 'The link is void. No key came of it.'
          : `${keyName(key)} is revoked: no call uses it any more. Revoke it at the provider, too.`;
      return await to.private(answer('Undone', [text(says)], { tone: 'good' }));
    }
    case 'cancel':
      return await to.private(answer('Left as it is', [text('Nothing was done.')]));
    case 'say':
      return await say(visitor, pressed.words);
  }
}

/** Somebody was linked with another person's account, by the code of one of them. */
async function apart({ visit, answer: to, house }: Visitor, code: string): Promise<void> {
  const [one = '', other = ''] = await (await house.linking()).undo({ ...visit, code });
  const says = `${one} and ${other} are two people again, with the roles of before. Both are signed out of the page, and links that they had asked for are void.`;
  await to.private(answer('Undone', [text(says)], { tone: 'good' }));
}

/** Presses that open a form, for surfaces that must open one at once (rule S4). */
export const opensForm = ({ do: what }: Press): boolean =>
  what === 'edit' || what === 'changes' || what === 'limit';

const ofRun = (name: string) => ({ name, role: 'member', of: 'channel' }) as const;

/** Who asked for a run said what it may cost; others need to be admin of its channel. */
async function raiseCap(
  visitor: Visitor,
  { run, cap, nano }: Extract<Press, { do: 'raise-cap' }>,
): Promise<void> {
  const { visit, sender, house } = visitor;
  const { workspace, member } = visit;
  const { askedBy } = await house.runs.whereabouts(workspace, run);
  const role = askedBy === member ? 'member' : 'admin';
  await mustReach(visitor, run, { name: 'Raise the limit of a run', role, of: 'channel' });
  const more = { nano: BigInt(nano), from: BigInt(cap) };
  await house.runs.raiseCap({ workspace, run, ...more, actor: member, by: sender.name });
}

async function raise(
  visitor: Visitor,
  { run, budget, nano }: Extract<Press, { do: 'raise' }>,
): Promise<void> {
  const { visit, sender, house } = visitor;
  const { workspace, member } = visit;
  const { scope, window } = await mustSetBudget(visitor, budget);
  const [raised] = await house.budgets.raise(
    { workspace, scope, window, nano: BigInt(nano), actor: member, run },
    (tx) => house.visits.ended(tx, visit),
  );
  const now = raised === undefined ? '' : ` to ${plainUsd(BigInt(raised.limitNano))}`;
  await house.runs.say(workspace, run, `Limit raised once by ${plainUsd(BigInt(nano))}${now},`, sender.name);
}
