import { expect, test } from 'vitest';
import type { Card, CardStep } from '../../src/chat/card.ts';
import { createScreen } from '../../src/chat/terminal/screen.ts';
import { createTerminalSurface, type Shown } from '../../src/chat/terminal/surface.ts';
import { createFakeTerminal } from '../support/fake-terminal.ts';

const step = (name: string, mark: CardStep['mark'], says = ''): CardStep => ({
  name,
  mark,
  says,
  time: '',
  cost: '',
});

const card = (title: string, steps: readonly CardStep[] = []): Card => ({
  v: 1,
  title,
  tone: 'working',
  status: '',
  body: steps.length === 0 ? [] : [{ type: 'steps', steps }],
  actions: [],
  foot: '',
});

test('without a screen each step that changed is one plain line, and nothing else is repeated', () => {
  const io = createFakeTerminal();
  const screen = createScreen(io);
  screen.run(card('Research', [step('Gather', 'working', 'reading'), step('Brief', 'pending')]));
  screen.run(card('Research', [step('Gather', 'working', 'reading'), step('Brief', 'pending')]));
  screen.run(card('Research', [step('Gather', 'done'), step('Brief', 'working', 'writing')]));
  expect(io.written.err).toBe('▸  Gather  reading\n✔  Gather\n▸  Brief  writing\n');
});

test('on a screen the card of the run is drawn over itself, below what stays', () => {
  const io = createFakeTerminal([], { live: true });
  const screen = createScreen(io);
  screen.run(card('One'));
  screen.run(card('Two', [step('Gather', 'working')]));
  screen.card(card('Stays'));
  expect(io.written.err.split('\x1b')).toEqual([
    '● One\n',
    '[1A\r',
    '[J● Two\n▸ Gather\n',
    '[2A\r',
    '[J● Stays\n\n● Two\n▸ Gather\n',
  ]);
});

test('a line that comes from elsewhere stands above the card, and in its place once nothing is drawn over', () => {
  const io = createFakeTerminal([], { live: true });
  const screen = createScreen(io);
  screen.run(card('One'));
  screen.run(card('Two'));
  io.line('warn  a card is sent again');
  screen.run(card('Three'));
  screen.leave();
  io.line('the end');
  expect(io.written.err.split('\x1b')).toEqual([
    '● One\n',
    '[1A\r',
    '[J● Two\n',
    '[1A\r',
    '[Jwarn  a card is sent again\n● Two\n',
    '[1A\r',
    '[J● Three\nthe end\n',
  ]);
});

test('a card higher than the screen is not drawn over but told in lines', () => {
  const io = createFakeTerminal([], { live: true, rows: 3 });
  createScreen(io).run(card('Tall', [step('Gather', 'working'), step('Brief', 'working')]));
  expect(io.written.err).toBe('▸  Gather\n▸  Brief\n');
});

test('what the terminal breaks itself counts as the lines that it takes', () => {
  const io = createFakeTerminal([], { live: true, width: 40 });
  const screen = createScreen(io);
  const link = `https://example.com/${'a'.repeat(50)}`;
  screen.run({ ...card('One'), body: [{ type: 'text', text: link }] });
  expect(io.written.err).toBe(`● One\n${link}\n`);
  screen.run(card('Two'));
  expect(io.written.err.split('\x1b')[1]).toBe('[3A\r');
});

test('what has been left stays as it is', () => {
  const io = createFakeTerminal([], { live: true });
  const screen = createScreen(io);
  screen.run(card('One'));
  screen.leave();
  screen.line('after');
  expect(io.written.err).toBe('● One\nafter\n');
});

test('the words of others cannot move the cursor', () => {
  const io = createFakeTerminal();
  createScreen(io).run(card('Research', [step('Gather', 'working', 'reading \x1b[2J\u202eevil')]));
  expect(io.written.err).toBe('▸  Gather  reading evil\n');
});

test('the surface shows the cards of a run to who watches it, posts and edits alike, and to nobody else', async () => {
  const surface = createTerminalSurface();
  const shown: Shown[] = [];
  const detach = surface.attach('run_1', (one) => shown.push(one));
  const place = { channel: 'terminal', thread: null };
  const address = await surface.post(card('a'), place, 'run_1:parent');
  await surface.post(card('other'), place, 'run_2:parent');
  await surface.edit(card('b'), place, address);
  detach();
  await surface.edit(card('c'), place, address);
  expect(shown.map(({ message, card: { title } }) => [message, title])).toEqual([
    ['parent', 'a'],
    ['parent', 'b'],
  ]);
});

test('a card that a crash cut off is sent again, since the terminal that had it is gone', async () => {
  const surface = createTerminalSurface();
  expect(await surface.find({ channel: 'terminal', thread: null }, 'run_1:parent')).toEqual({ found: 'no' });
});
