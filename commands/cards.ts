import type { Card, CardAction, CardBlock } from '../src/chat/card.ts';
import type { Json } from '../src/core/json.ts';
import type { ArgSpec, Asks, FlagSpec, Reply } from './port.ts';

/** A card that answers a command. */
export function answer(
  title: string,
  body: readonly CardBlock[],
  more: Partial<Pick<Card, 'tone' | 'status' | 'foot' | 'actions'>> = {},
): Card {
  return { v: 1, title, tone: 'neutral', status: '', body, actions: [], foot: '', ...more };
}

/** The usual reply: one card, and the same for machines. */
export const reply = (card: Card, data: Json, exit = 0): Reply => ({
  cards: [card],
  form: null,
  data,
  exit,
  run: null,
});

export const text = (words: string): CardBlock => ({ type: 'text', text: words });

export const bullets = (items: readonly string[]): CardBlock => ({ type: 'bullets', items });

export const fields = (rows: readonly (readonly [name: string, value: string])[]): CardBlock => ({
  type: 'fields',
  fields: rows.map(([name, value]) => ({ name, value })),
});

/** A button that carries one's own command out, now that what it does was shown. */
export const confirm = (
  label: string,
  { request }: Asks,
  mark: string,
  style: CardAction['style'] = 'primary',
): CardAction => ({ label, style, press: { do: 'confirm', request, mark } });

/** A button that leaves it. */
export const cancel: CardAction = { label: 'Cancel', style: 'plain', press: { do: 'cancel' } };

/** An argument: any one word, needed, unless said otherwise. */
export const arg = (name: string, summary: string, more: Partial<ArgSpec> = {}): ArgSpec => ({
  name,
  summary,
  required: true,
  needed: more.required ?? true,
  choices: null,
  rest: false,
  surfaces: 'all',
  ...more,
});

/** A flag that takes a value. */
export const flag = (
  name: string,
  takes: string,
  summary: string,
  more: Partial<FlagSpec> = {},
): FlagSpec => ({
  name,
  summary,
  takes,
  many: false,
  surfaces: 'all',
  ...more,
});

/** A flag that is there or not. */
export const onOff = (name: string, summary: string, more: Partial<FlagSpec> = {}): FlagSpec => ({
  name,
  summary,
  takes: null,
  many: false,
  surfaces: 'all',
  ...more,
});

export const json: FlagSpec = onOff('json', 'One JSON object on standard output, and nothing else there.', {
  surfaces: 'terminal',
});

const units = [
  [86_400_000, 'day', 'days'],
  [3_600_000, 'h', 'h'],
  [60_000, 'min', 'min'],
  [1_000, 's', 's'],
] as const;

/** `2 min`, `5 days`; for people, of the largest unit that fits. */
export function duration(ms: number): string {
  if (ms < 1_000) return 'under 1 s';
  const [size, one, many] = units.find(([unit]) => ms >= unit) ?? units[3];
  const count = Math.floor(ms / size);
  return `${count} ${count === 1 ? one : many}`;
}

/** How long something still holds: what began a moment ago is not a minute shorter. */
export const timeLeft = (ms: number): string => duration(Math.ceil(ms / 60_000) * 60_000);

/** What is a view of ours is JSON by its type; the compiler cannot see that of interfaces. */
export const asJson = (view: object): Json => view as unknown as Json;
