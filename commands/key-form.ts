import type { CardAction } from '../src/chat/card.ts';
import type { Form } from '../src/chat/form.ts';
import { keyName, type NamedKey } from '../src/core/key-words.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { KeyWish } from '../src/services/key-links.ts';
import { answer, reply, text, timeLeft } from './cards.ts';
import type { Writing } from './house.ts';
import type { Context, Reply } from './port.ts';

/** Longer than any key, as `wellFormed` has it. */
const secretMost = 4_096;

/** Rule K4: where a key is typed when it is asked for where people talk: behind a link to our own page, else in a form. */
export async function typedElsewhere(
  { house, asks, surface, member }: Context<Writing>,
  wish: KeyWish,
  whose: string,
): Promise<Reply> {
  const title = wish.do === 'add' ? `Add a key of ${whose}` : `Replace ${whose}`;
  // The page is ours: what is typed there passes through nobody else.
  const ours = surface === 'web';
  const links = await house.keyLinks();
  if (!ours && links.possible) {
    const { id, url, until } = await links.make({
      workspace: house.workspace,
      member,
      surface,
      wish,
    });
    const holds = `It is in your name, holds for ${timeLeft(until - house.clock.now())} and once. Give it to nobody.`;
    const undo: CardAction = { label: 'Undo', style: 'danger', press: { do: 'undo', link: id } };
    const body = [{ type: 'link', label: 'Type the key here', url } as const, text(holds)];
    return reply(answer(title, body, { actions: [undo] }), { link: id, until });
  }
  const { keyForm } = await house.store.read((tx) => house.settings.get(tx, house.workspace));
  if (asks === null || !(ours || keyForm)) {
    throw new CrewsmithError('key.elsewhere', {
      command: wish.do === 'add' ? `keys add ${wish.provider}` : `keys rotate ${wish.key}`,
    });
  }
  const carried = `${surface} carries what you type here to this program. Set CREWSMITH_URL, and a link leads to a page of our own instead.`;
  const form: Form = {
    v: 1,
    ref: { form: 'key', request: asks.request },
    title,
    says: [
      'It is checked by a call that costs nothing, sealed, and shown to nobody again.',
      ...(ours ? [] : [carried]),
    ],
    fields: [
      {
        ...{
          name: 'secret',
          label: 'The key',
          hint: 'Copied whole from the provider',
          required: true,
          value: '',
        },
        ...{ most: secretMost, input: { type: 'secret' } },
      },
    ],
    submit: wish.do === 'add' ? 'Add the key' : 'Replace the key',
  };
  return { cards: [], form, data: null, exit: 0, run: null };
}

/** A button for each thing that may be meant. */
export const choose = (
  title: string,
  options: readonly { readonly label: string; readonly words: string }[],
): Reply =>
  reply(
    answer(title, [], {
      tone: 'waiting',
      actions: options.map(({ label, words }) => ({ label, style: 'plain', press: { do: 'say', words } })),
    }),
    null,
  );

/** For `keys rotate` and `keys revoke`, where the words mean no key alone. */
export const chooseKey = (
  title: string,
  command: string,
  keys: readonly (NamedKey & { readonly id: string })[],
) =>
  choose(
    title,
    keys.map((key) => ({ label: keyName(key), words: `${command} ${key.id}` })),
  );
