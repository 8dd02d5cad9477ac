import { noteCrew } from '../crews.ts';
import { createScripted } from '../scripted.ts';
import type { FakeView } from './shapes.ts';
import { openSlackStand } from './stand.ts';
import type { FakeMessage } from './state.ts';

/** What differs from run to run: ids and hashes. */
const steady = <T>(blocks: T): T =>
  JSON.parse(
    JSON.stringify(blocks)
      .replaceAll(/run_[a-z0-9]+/g, 'run_7f3k')
      .replaceAll(/gate_[a-z0-9]+/g, 'gate_2c9d')
      .replaceAll(/· [0-9a-f]{4} ·/g, '· 5e0c ·')
      .replaceAll(/ · [0-9a-f]{4}"/g, ' · 5e0c"'),
  ) as T;

const words = [
  'Acme makes anvils and sells them on three continents.',
  'Acme makes anvils. It sells them on three continents, by mail order [1].',
];

export type RunCard = Pick<FakeMessage, 'text' | 'blocks'> | FakeView;

/** The cards of one whole run as Slack gets them, and its form, by their names in `docs/slack`. */
export async function cardsOfOneRun(): Promise<ReadonlyMap<string, RunCard>> {
  const provider = createScripted((_, call) => ({ json: { text: words[call - 1] ?? '' } }));
  const slack = await openSlackStand({ crews: [noteCrew], house: { providers: [provider] } });
  try {
    const shown = new Map<string, RunCard>();
    const see = (name: string, message: FakeMessage | undefined) => {
      if (message === undefined) throw new Error(`no card for ${name}`);
      shown.set(name, steady({ text: message.text, blocks: message.blocks }));
    };
    const own = () => slack.platform.state.messages.filter((m) => m.isBot);
    await slack.ana.types('note acme.com');
    await slack.pass(100);
    see('1-run-begun', own()[0]);
    await slack.pass(3_000);
    see('2-step', own()[1]);
    see('3-gate', own().at(-1));
    see('4-run-waiting', own()[0]);
    await slack.ana.presses('Edit');
    const form = slack.ana.form?.view;
    if (form === undefined) throw new Error('no form opened');
    shown.set('5-edit-form', steady(form));
    slack.ana.closes();
    await slack.ana.presses('Approve');
    await slack.pass(5_000);
    see('6-gate-decided', slack.message('Approved by Ana'));
    see('7-run-completed', own()[0]);
    see(
      '8-published',
      own().findLast((m) => m.thread === null),
    );
    return shown;
  } finally {
    await slack.end();
  }
}
