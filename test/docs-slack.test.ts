import { afterEach, expect, test } from 'vitest';
import { noteCrew } from './support/crews.ts';
import { createScripted } from './support/scripted.ts';
import { blocksProblem, lengthOf, messageCeiling } from './support/slack/shapes.ts';
import { openSlackStand, type SlackStand } from './support/slack/stand.ts';
import type { FakeMessage } from './support/slack/state.ts';
import { committable, readText } from './support/tree.ts';

let slack: SlackStand;
afterEach(async () => {
  await slack.end();
});

/** What differs from run to run: ids and hashes. */
const steady = (blocks: unknown): unknown =>
  JSON.parse(
    JSON.stringify(blocks)
      .replaceAll(/run_[a-z0-9]+/g, 'run_7f3k')
      .replaceAll(/gate_[a-z0-9]+/g, 'gate_2c9d')
      .replaceAll(/· [0-9a-f]{4} ·/g, '· 5e0c ·')
      .replaceAll(/ · [0-9a-f]{4}"/g, ' · 5e0c"'),
  );

const words = [
  'Acme makes anvils and sells them on three continents.',
  'Acme makes anvils. It sells them on three continents, by mail order [1].',
];

test('docs/slack has the cards of one whole run as Slack gets them; each is taken', async () => {
  const provider = createScripted((_, call) => ({ json: { text: words[call - 1] ?? '' } }));
  const opened = await openSlackStand({ crews: [noteCrew], house: { providers: [provider] } });
  slack = opened;
  const shown = new Map<string, unknown>();
  const see = (name: string, message: FakeMessage | undefined) => {
    if (message === undefined) throw new Error(`no card for ${name}`);
    expect(blocksProblem(message.blocks, { plan: true })).toBeNull();
    expect(lengthOf(message.blocks)).toBeLessThan(messageCeiling);
    shown.set(name, { text: steady(message.text), blocks: steady(message.blocks) });
  };
  const own = () => opened.platform.state.messages.filter((m) => m.isBot);
  await opened.ana.types('note acme.com');
  await opened.pass(100);
  see('1-run-begun', own()[0]);
  await opened.pass(3_000);
  see('2-step', own()[1]);
  see('3-gate', own().at(-1));
  see('4-run-waiting', own()[0]);
  await opened.ana.presses('Edit');
  shown.set('5-edit-form', steady(opened.ana.form?.view));
  opened.ana.closes();
  await opened.ana.presses('Approve');
  await opened.pass(5_000);
  see('6-gate-decided', opened.message('Approved by Ana'));
  see('7-run-completed', own()[0]);
  see(
    '8-published',
    own().findLast((m) => m.thread === null),
  );
  const files = committable().filter((path) => path.startsWith('docs/slack/') && path.endsWith('.json'));
  expect(files).toEqual([...shown.keys()].map((name) => `docs/slack/${name}.json`));
  for (const [name, card] of shown) expect(JSON.parse(readText(`docs/slack/${name}.json`))).toEqual(card);
});
