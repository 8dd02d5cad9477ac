import { ComponentType } from 'discord.js';
import type { Card } from '../../../src/chat/card.ts';
import type { FakeMessage } from './state.ts';

/** A button as a client shows it. */
export interface FakeButton {
  readonly label: string;
  readonly customId: string;
}

interface Loose {
  readonly type?: number;
  readonly content?: string;
  readonly label?: string;
  readonly custom_id?: string;
  readonly components?: readonly Loose[];
}

const flat = (components: readonly Loose[]): Loose[] =>
  components.flatMap((one) => [one, ...flat(one.components ?? [])]);

const partsOf = (message: Pick<FakeMessage, 'components'>) => flat(message.components as readonly Loose[]);

/** As Discord shows it: escapes are gone, markup is. */
const shown = (text: string) =>
  text
    .replaceAll(/^(?:###|-#) /gm, '')
    .replaceAll(/\\([\\*_~`|[\]<@:#>+.-])|\*\*/g, (_, sign: string | undefined) => sign ?? '');

const textsOf = (message: FakeMessage): string[] =>
  partsOf(message).flatMap((one) =>
    one.type === ComponentType.TextDisplay ? [shown(one.content ?? '')] : [],
  );

/** All words of a message in one line, its files' too. */
export const wordsOf = (message: FakeMessage): string =>
  [message.content, ...textsOf(message), ...message.files.map((f) => f.bytes.toString())]
    .join(' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

export const buttonsOf = (message: Pick<FakeMessage, 'components'>): FakeButton[] =>
  partsOf(message).flatMap((one) =>
    one.type === ComponentType.Button ? [{ label: one.label ?? '', customId: one.custom_id ?? '' }] : [],
  );

export const titleOf = (message: FakeMessage): string =>
  (textsOf(message)[0] ?? message.content).split('\n', 1)[0] ?? '';

/** A message as a card again, as far as a reader can tell. */
export const cardOf = (message: FakeMessage): Card => ({
  v: 1,
  title: titleOf(message),
  tone: 'neutral',
  status: '',
  body: [{ type: 'text', text: wordsOf(message) }],
  actions: buttonsOf(message).map(({ label }) => ({ label, style: 'plain', press: { do: 'cancel' } })),
  foot: '',
});
