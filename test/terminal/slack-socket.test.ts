import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChatSurface, Command, Desk } from '../../src/chat/port.ts';
import { createSlack } from '../../src/chat/slack/index.ts';
import { systemClock } from '../../src/clock.ts';
import { Secret } from '../../src/core/secret.ts';
import { type Installation, install } from '../support/program.ts';
import { type Site, startSite } from '../support/site.ts';
import { buttonsOf, wordsOf } from '../support/slack/people.ts';
import { type SlackServer, startSlack } from '../support/slack/server.ts';

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
async function listening(): Promise<Command[]> {
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
    clock: systemClock(),
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

test('a socket that is lost is there again within a second, and mentions of meanwhile arrive, once each', async () => {
  const taken = await listening();
  const ana = slack.person('Ana');
  for (let i = 0; i < 10; i++) {
    const before = slack.connections;
    slack.drop();
    await ana.mentions(`note tea${i}`);
    const lostAt = Date.now();
    await slack.until(() => slack.connections > before);
    expect(Date.now() - lostAt).toBeLessThan(3_000);
    await slack.until(() => slack.deliveries.every(({ ackedAfter }) => ackedAfter !== null));
  }
  expect(taken.map(({ text }) => text)).toEqual(Array.from({ length: 10 }, (_, i) => `note tea${i}`));
});

test('Slack’s wish to connect anew is followed, and commands work on the new socket', async () => {
  const taken = await listening();
  const ana = slack.person('Ana');
  const before = slack.connections;
  slack.refresh();
  await slack.until(() => slack.connections > before);
  const { ackedAfter } = await ana.types('note tea');
  expect(ackedAfter).toBeLessThan(1_000);
  await surface?.close();
  expect(taken).toHaveLength(1);
});

test('a socket lost at 20 random moments of a run loses nothing and doubles nothing', async () => {
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
  const seed = Math.floor(Math.random() * 1_000_000);
  let state = seed;
  const chance = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  slack.onCall = (method) => {
    if (method === 'apps.connections.open' || drops >= 20 || chance() < 0.4) return;
    drops += 1;
    slack.drop();
  };
  const messages = () => slack.platform.state.messages;
  const gates = () => messages().filter((m) => buttonsOf(m.blocks).some((b) => b.label === 'Approve'));
  const decided = () => messages().filter((m) => wordsOf(m.blocks).includes('Approved by Ana'));
  let asked = 0;
  while (drops < 20) {
    asked += 1;
    await ana.mentions(`research ${site.host}`);
    await slack.until(() => gates().length > 0);
    // A press on a socket that is just gone is lost there, and Slack says so to who pressed; they press again.
    while (gates().length > 0) {
      await slack.connected();
      const [gate] = gates();
      if (gate !== undefined) await ana.presses('Approve', gate);
      await Promise.race([
        slack.until(() => gates().length === 0),
        new Promise((r) => systemClock().after(700, () => r(null))),
      ]);
    }
    const runs = asked;
    await slack.until(() => decided().length === runs);
  }
  await slack.until(
    () =>
      messages().filter((m) => m.isBot && m.thread === null && wordsOf(m.blocks).includes('completed'))
        .length === asked,
  );
  const own = messages().filter((m) => m.isBot);
  const ids = own.map((m) => JSON.stringify((m.metadata as { event_payload: unknown }).event_payload));
  expect({ seed, drops }).toEqual({ seed, drops: 20 });
  expect(new Set(ids).size).toBe(ids.length);
  expect(own.filter((m) => m.thread === null)).toHaveLength(asked * 2);
  expect(slack.platform.mistakes).toEqual([]);
  running.child.kill('SIGTERM');
  await running.ended;
}, 90_000);
