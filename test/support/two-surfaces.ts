import { createDiscord } from '../../src/chat/discord/index.ts';
import type { Pictures } from '../../src/chat/picture.ts';
import type { ChatSurface } from '../../src/chat/port.ts';
import { createSlack } from '../../src/chat/slack/index.ts';
import { Secret } from '../../src/core/secret.ts';
import { createVirtualClock, type VirtualClock } from './clock.ts';
import { noteCrew } from './crews.ts';
import { createPerson as createDiscordPerson, type DiscordPerson } from './discord/people.ts';
import { createPlatform as createDiscordPlatform, type DiscordPlatform } from './discord/platform.ts';
import { wordsOf as discordWords } from './discord/read.ts';
import { addChannel, application, token } from './discord/state.ts';
import { createFakeChat, type FakeChat } from './fake-chat.ts';
import { type House, type HouseOptions, openHouse } from './house.ts';
import { importLazyParts } from './lazy-imports.ts';
import { createScripted } from './scripted.ts';
import { createDeliveries } from './slack/delivery.ts';
import {
  createPerson as createSlackPerson,
  type SlackPerson,
  wordsOf as slackWords,
} from './slack/people.ts';
import { createPlatform as createSlackPlatform, type SlackPlatform } from './slack/platform.ts';
import { manifestScopes } from './slack/scopes.ts';
import { botUser, team } from './slack/state.ts';

/** Discord's #sales. */
const sales = '600000000000000001';

/** One process of Crewsmith that is in a Slack workspace and in a Discord server: only those, providers and time are stand-ins. */
export interface TwoSurfaces {
  readonly house: House;
  readonly chat: FakeChat;
  readonly slack: SlackPlatform;
  readonly discord: DiscordPlatform;
  /** Lines of the log, for the operator. */
  readonly logged: readonly string[];
  onSlack(name: string): SlackPerson;
  onDiscord(name: string): DiscordPerson;
  pass(ms: number): Promise<void>;
  rest(): Promise<void>;
  /** What everybody reads there, in the channel or its threads, each message in one line. */
  reads(surface: 'slack' | 'discord'): string[];
  /** The process is gone as by `kill -9`, and another one starts on what is stored. */
  restart(): Promise<TwoSurfaces>;
  end(): Promise<void>;
}

interface Going {
  readonly slack: SlackPlatform;
  readonly discord: DiscordPlatform;
  readonly clock: VirtualClock;
  readonly house: Omit<HouseOptions, 'materials'>;
}

/** Slack's team belongs to `default`, which has its keys; the server of Discord to nobody yet. Both have a channel #sales. */
export async function openTwoSurfaces(house: Partial<HouseOptions> = {}): Promise<TwoSurfaces> {
  await importLazyParts();
  const clock = createVirtualClock();
  const slack = createSlackPlatform(clock);
  const members = new Set([botUser]);
  slack.state.channels.set('C1', { id: 'C1', name: 'sales', members, archived: false });
  for (const scope of manifestScopes()) slack.state.scopes.add(scope);
  const discord = createDiscordPlatform(clock);
  addChannel(discord.state, sales, 'sales');
  const providers = [createScripted((_, call) => ({ json: { text: `words ${call}` } }))];
  return await standOn({ slack, discord, clock, house: { providers, clock, ...house } });
}

async function standOn(going: Going): Promise<TwoSurfaces> {
  const { slack, discord, clock } = going;
  const logged: string[] = [];
  const line = (detail: object, says: string) =>
    void logged.push(
      `${says}: ${JSON.stringify(detail, (_, v: unknown) => (v instanceof Error ? v.stack : v))}`,
    );
  const log = { warn: line, error: line };
  const pictures: Pictures = { draw: async (chart) => new TextEncoder().encode(chart.title) };
  const deliveries = createDeliveries(clock);
  let isOpen = true;
  const gone = () => Promise.reject(new TypeError('the process is gone'));
  let heard: (event: string, data: unknown) => void = () => {};
  const surfaces: readonly ChatSurface[] = [
    createSlack({
      ...{
        botToken: new Secret(slack.state.token),
        inbound: { receiver: deliveries.receiver },
        apiUrl: null,
      },
      ...{ clock, log, pictures, fetch: (...asked) => (isOpen ? slack.fetch(...asked) : gone()) },
    }),
    createDiscord({
      ...{ token: new Secret(token), application, guild: null, apiUrl: null, clock, log },
      fetch: discord.fetch,
      pictures,
      instead: {
        request: (...asked) => (isOpen ? discord.request(...asked) : gone()),
        gateway: {
          start: async (hear) => {
            heard = hear;
          },
          stop: async () => {},
        },
      },
    }),
  ];
  const house = await openHouse({
    ...going.house,
    materials: { surfaces: new Map(surfaces.map((surface) => [surface.name, surface])) },
  });
  const chat = createFakeChat(house, [noteCrew]);
  const { teams, memory } = house.services;
  for (const surface of surfaces) await surface.listen(chat.desk, teams, memory);

  async function rest(): Promise<void> {
    // What the clients' libraries do takes turns of its own.
    for (let i = 0; i < 6; i++) await house.rest();
  }

  async function settled<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const result = work.finally(() => {
      done = true;
    });
    result.catch(() => {});
    for (let i = 0; i < 50 && !done; i++) await house.rest();
    await rest();
    return await result;
  }

  return {
    ...{ house, chat, slack, discord, logged, rest },

    onSlack(name) {
      const user = { id: `U${name.toUpperCase()}`, name, team, standing: 'member' as const };
      slack.state.users.set(user.id, user);
      slack.state.channels.get('C1')?.members.add(user.id);
      const send: Parameters<typeof createSlackPerson>[0]['send'] = (kind, body) =>
        settled(deliveries.send(kind, body));
      return createSlackPerson({ platform: slack, send }, user);
    },

    onDiscord(name) {
      const known = [...discord.state.users.values()].find((user) => user.name === name);
      const id = String(500_000_000_000_000_000n + BigInt(discord.state.users.size));
      const user = known ?? { id, name, bot: false, roles: [] };
      discord.state.users.set(user.id, user);
      discord.state.members.add(user.id);
      const deliver = async (event: string, data: object) => {
        heard(event, data);
        await rest();
      };
      return createDiscordPerson({ platform: discord, deliver }, user);
    },

    async pass(ms) {
      await house.pass(ms);
      await rest();
    },

    reads: (surface) =>
      surface === 'slack'
        ? slack.state.messages.map((m) => slackWords(m.blocks) || m.text)
        : discord.state.messages.filter((m) => m.only === null).map(discordWords),

    async restart() {
      isOpen = false;
      const { materials: _, ...left } = await house.crash();
      return await standOn({ slack, discord, clock, house: left });
    },

    async end() {
      await settled(Promise.all(surfaces.map((surface) => surface.close())));
      await house.end();
    },
  };
}
