import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChatSurface, Command, Desk } from '../../src/chat/port.ts';
import { createSlack } from '../../src/chat/slack/index.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import { Secret } from '../../src/core/secret.ts';
import { createVirtualClock, type VirtualClock } from '../support/clock.ts';
import { type Installation, install } from '../support/program.ts';
import { createSeeded } from '../support/seeded.ts';
import { type Site, startSite } from '../support/site.ts';
import { buttonsOf, wordsOf } from '../support/slack/people.ts';
import { type SlackServer, startSlack } from '../support/slack/server.ts';
import type { FakeMessage } from '../support/slack/state.ts';

let slack: SlackServer;
let surface: ChatSurface | null = null;
let ending: (() => Promise<void>)[] = [];

beforeEach(async () => {
  slack = await startSlack();
  ending = [];
});
afterEach(async () => {
  await surface?.close();
  surface = null;
  for (const end of ending) await end();
  await slack.end();
});

const silent = { warn: () => {}, error: () => {} };

/** The adapter alone on a real socket, with a desk that notes what it is handed. */
async function listening(clock: Clock = systemClock()): Promise<Command[]> {
  const taken: Command[] = [];
  const desk: Desk = {
    command: async (command) => void taken.push(command),
    press: () => Promise.resolve(),
    submit: () => Promise.resolve({ form: 'closes' }),
    opensForm: () => Promise.resolve(false),
    typed: () => Promise.resolve([]),
    suggest: () => Promise.resolve([]),
  };
  const { state } = slack.platform;
  surface = createSlack({
    botToken: new Secret(state.token),
    inbound: { appToken: new Secret(state.appToken) },
    apiUrl: slack.apiUrl,
    clock,
    pictures: { draw: () => Promise.reject(new Error('there is no chart')) },
    fetch: globalThis.fetch,
    log: silent,
  });
  const none = () => Promise.resolve();
  const teams = { connected: none, removed: none, letIn: none, changed: none };
  const memory = {
    keep: () => Promise.resolve(''),
    read: () => Promise.resolve(null),
    note: () => Promise.resolve(null),
    setNote: () => Promise.resolve(),
  };
  await surface.listen(desk, teams, memory);
  await slack.connected();
  return taken;
}

/**
 * Lets time pass for an adapter that has no connection but those of `before`. A try on a real port takes turns that the clock
 * knows nothing of; it has ended when the next one is planned.
 */
async function pass(clock: VirtualClock, ms: number, before: number): Promise<void> {
  await clock.advance(ms);
  while (clock.timers === 0 && slack.connections === before) await clock.settle();
}

test('a socket that is lost is there again within a second, and mentions of meanwhile arrive, once each', async () => {
  const clock = createVirtualClock();
  const taken = await listening(clock);
  const ana = slack.person('Ana');
  for (let i = 0; i < 10; i++) {
    const before = slack.connections;
    slack.drop();
    await ana.mentions(`note tea${i}`);
    const lostAt = clock.now();
    while (slack.connections === before) await pass(clock, 100, before);
    expect(clock.now() - lostAt).toBeLessThanOrEqual(1_000);
    await slack.until(() => slack.deliveries.every(({ ackedAfter }) => ackedAfter !== null));
  }
  expect(taken.map(({ text }) => text)).toEqual(Array.from({ length: 10 }, (_, i) => `note tea${i}`));
});

test('a socket that is gone for a whole minute is there again within seconds of Slack’s return, and mentions of meanwhile arrive, once each', async () => {
  const clock = createVirtualClock();
  const taken = await listening(clock);
  const ana = slack.person('Ana');
  const before = slack.connections;
  const back = slack.goesAway();
  const second = () => pass(clock, 1_000, before);
  for (let s = 0; s < 60; s++) {
    if (s === 20) await ana.mentions('note tea');
    if (s === 30) expect((await ana.types('note milk')).ackedAfter).toBeNull();
    await second();
  }
  expect(slack.connections).toBe(before);
  back();
  const returned = clock.now();
  while (slack.connections === before) await second();
  expect(clock.now() - returned).toBeLessThanOrEqual(6_000);
  await slack.until(() => taken.length === 1);
  await ana.types('note coffee');
  await slack.until(() => taken.length === 2);
  expect(taken.map(({ text }) => text)).toEqual(['note tea', 'note coffee']);
});

test('Slack’s wish to connect anew is followed, and commands work on the new socket', async () => {
  const taken = await listening();
  const ana = slack.person('Ana');
  const before = slack.connections;
  slack.refresh();
  await slack.until(() => slack.connections > before);
  const { ackedAfter } = await ana.types('note tea');
  expect(ackedAfter).not.toBeNull();
  await surface?.close();
  expect(taken).toHaveLength(1);
});

test('a connection lost at 20 random moments of a run, some with the answer to a post, loses nothing and doubles nothing that Slack lets it know of', async () => {
  const site: Site = await startSite();
  const here: Installation = await install({
    SLACK_BOT_TOKEN: slack.platform.state.token,
    SLACK_APP_TOKEN: slack.platform.state.appToken,
    SLACK_API_URL: slack.apiUrl,
    CREWSMITH_FETCH_ALLOW: site.host,
    CREWSMITH_ADMINS: 'slack:UANA',
    PORT: '0',
  });
  ending.push(
    () => here.remove(),
    () => site.close(),
  );
  const ana = slack.person('Ana');
  const running = here.start(['start']);
  await slack.connected();
  // At calls of the Web API chosen by chance; with events on their way.
  let drops = 0;
  let answersLost = 0;
  const seeded = createSeeded(20);
  slack.onCall = (method) => {
    if (method === 'apps.connections.open' || drops >= 20 || seeded.oneIn(3)) return;
    drops += 1;
    // Rule S3: it stands there, and nobody has said so.
    const answers = method === 'chat.postMessage' && seeded.oneIn(2);
    if (answers) answersLost += 1;
    // Slack's own wish to connect anew comes at any moment, too.
    if (!answers && drops % 4 === 0) slack.refresh();
    else slack.drop({ answers });
  };
  const messages = () => slack.platform.state.messages;
  // Where it could not be told whether Ana sees the channel, she has a card of her own beside the one in the thread.
  const inChannel = () => messages().filter((m) => m.channel === 'C1');
  const gates = () => messages().filter((m) => buttonsOf(m.blocks).some((b) => b.label === 'Approve'));
  /** Each card once, whichever of its copies stand: the outbox's own ids. */
  const cards = (all: readonly FakeMessage[]) =>
    new Set(
      all
        .filter((m) => m.isBot)
        .map((m) => JSON.stringify((m.metadata as { event_payload: unknown }).event_payload)),
    );
  const decided = () => cards(inChannel().filter((m) => wordsOf(m.blocks).includes('Approved by Ana'))).size;
  let asked = 0;
  while (drops < 20) {
    asked += 1;
    await ana.mentions(`research ${site.host}`);
    await slack.until(() => gates().length > 0);
    const [gate] = gates();
    // A press on a socket that is just gone is lost there, and Slack says so to who pressed; they press again.
    for (let acked: number | null = null; acked === null; ) {
      await slack.connected();
      acked = (await ana.presses('Approve', gate)).ackedAfter;
    }
    await slack.until(() => gates().length === 0);
    const runs = asked;
    await slack.until(() => decided() === runs);
  }
  const parents = () => inChannel().filter((m) => m.thread === null);
  await slack.until(
    () => cards(parents().filter((m) => wordsOf(m.blocks).includes('completed'))).size === asked,
  );
  const own = messages().filter((m) => m.isBot);
  const { out } = await here.run(['doctor', '--json']);
  const findings = (JSON.parse(out) as { findings: readonly { what: string; says: string }[] }).findings;
  const says = findings.find(({ what }) => what === 'messages')?.says ?? '';
  const duplicatePossible = Number(/(\d+) may stand twice/.exec(says)?.[1] ?? 0);
  expect(drops).toBe(20);
  expect(answersLost).toBeGreaterThan(0);
  expect(own.length - cards(own).size).toBeLessThanOrEqual(duplicatePossible);
  // The run's card, and what it published.
  expect(cards(parents()).size).toBe(asked * 2);
  expect(slack.platform.mistakes).toEqual([]);
  running.child.kill('SIGTERM');
  await running.ended;
}, 90_000);
