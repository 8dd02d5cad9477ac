import { createDiscord } from '../../../src/chat/discord/index.ts';
import type { ChatSurface } from '../../../src/chat/port.ts';
import type { Crew } from '../../../src/core/crew.ts';
import { Secret } from '../../../src/core/secret.ts';
import { createVirtualClock, type VirtualClock } from '../clock.ts';
import { noteCrew } from '../crews.ts';
import { createFakeChat, type FakeChat } from '../fake-chat.ts';
import { type House, type HouseOptions, openHouse } from '../house.ts';
import { importLazyParts } from '../lazy-imports.ts';
import { createScripted } from '../scripted.ts';
import { createPerson, type DiscordPerson } from './people.ts';
import { createPlatform, type DiscordPlatform } from './platform.ts';
import { wordsOf } from './read.ts';
import {
  addChannel,
  application,
  type FakeChannel,
  type FakeMessage,
  type FakeUser,
  guild,
  token,
} from './state.ts';

export const sales = '600000000000000001';

/** Crewsmith in a Discord server, all of it in this process and at one clock: only Discord, providers and time are stand-ins. */
export interface DiscordStand {
  readonly house: House;
  readonly clock: VirtualClock;
  readonly platform: DiscordPlatform;
  readonly surface: ChatSurface;
  readonly chat: FakeChat;
  /** Lines of the log, for the operator. */
  readonly logged: readonly string[];
  readonly ana: DiscordPerson;
  readonly bo: DiscordPerson;
  person(name: string, more?: Partial<FakeUser>): DiscordPerson;
  channel(id: string, name: string, more?: Partial<FakeChannel>): FakeChannel;
  deliver(event: string, data: object): Promise<void>;
  /** Everything that needs no time has happened. */
  rest(): Promise<void>;
  pass(ms: number): Promise<void>;
  /** What everybody reads in a channel or thread, each message in one line. */
  reads(channel?: string): string[];
  message(words: string): FakeMessage;
  /** The thread of the first run's card. */
  thread(): string;
  /** The process is gone as by `kill -9`, and another one starts on what is stored. */
  restart(): Promise<DiscordStand>;
  end(): Promise<void>;
}

export interface StandOptions {
  readonly crews?: readonly Crew[];
  readonly house?: Partial<HouseOptions>;
  readonly before?: (platform: DiscordPlatform) => void;
  readonly guild?: string | null;
}

interface Going {
  readonly platform: DiscordPlatform;
  readonly house: HouseOptions;
}

let ids = 0;

/** #sales with Ana, who asked first and so owns it, and Bo. */
export async function openDiscordStand(options: StandOptions = {}): Promise<DiscordStand> {
  await importLazyParts();
  const clock = createVirtualClock();
  const platform = createPlatform(clock);
  addChannel(platform.state, sales, 'sales');
  options.before?.(platform);
  const providers = [createScripted((_, call) => ({ json: { text: `words ${call}` } }))];
  const stand = await standOn(options, { platform, house: { providers, clock, ...options.house } });
  if (options.guild !== null) {
    const { code } = await stand.house.services.claims.renew();
    await stand.ana.chooses('access claim', { code });
  }
  return stand;
}

async function standOn(options: StandOptions, going: Going): Promise<DiscordStand> {
  const { platform } = going;
  const { state } = platform;
  const clock = going.house.clock ?? createVirtualClock();
  const logged: string[] = [];
  const log = {
    warn: (detail: object, says: string) => void logged.push(`${says}: ${reasonOf(detail)}`),
    error: (detail: object, says: string) => void logged.push(`${says}: ${reasonOf(detail)}`),
  };
  let heard: (event: string, data: unknown) => void = () => {};
  let isOpen = true;
  const surface = createDiscord({
    token: new Secret(token),
    application,
    guild: options.guild === undefined ? guild : options.guild,
    apiUrl: null,
    clock,
    fetch: platform.fetch,
    pictures: { draw: async (chart) => new TextEncoder().encode(chart.title) },
    log,
    instead: {
      request: (url, init) =>
        isOpen ? platform.request(url, init) : Promise.reject(new TypeError('the process is gone')),
      gateway: {
        async start(hear) {
          heard = hear;
        },
        stop: async () => {},
      },
    },
  });
  const house = await openHouse({
    ...going.house,
    materials: { surfaces: new Map([['discord', surface]]), ...options.house?.materials },
  });
  const chat = createFakeChat(house, options.crews ?? [noteCrew]);
  await surface.listen(chat.desk, house.services.teams, house.services.memory);

  async function rest(): Promise<void> {
    // What the client's library does takes turns of its own.
    for (let i = 0; i < 6; i++) await house.rest();
  }

  async function deliver(event: string, data: object): Promise<void> {
    heard(event, data);
    await rest();
  }

  const stand: DiscordStand = {
    ...{ house, clock, platform, surface, chat, logged, deliver, rest },
    ana: person('Ana'),
    bo: person('Bo'),
    person,
    channel: (id, name, more) => addChannel(state, id, name, more),
    async pass(ms) {
      await house.pass(ms);
      await rest();
    },
    reads: (channel = sales) =>
      state.messages.filter((m) => m.channel === channel && m.only === null).map(wordsOf),
    message(words) {
      const found = state.messages.findLast((m) => wordsOf(m).includes(words));
      if (found === undefined) throw new Error(`no message says ${words}`);
      return found;
    },
    thread: () => state.messages.find((m) => m.channel === sales && m.only === null)?.id ?? '',
    async restart() {
      isOpen = false;
      const left = await house.crash();
      return await standOn(options, { platform, house: left });
    },
    async end() {
      await surface.close();
      await house.end();
    },
  };
  return stand;

  function person(name: string, more: Partial<FakeUser> = {}): DiscordPerson {
    const known = [...state.users.values()].find((user) => user.name === name);
    const user: FakeUser = known ?? {
      id: String(500_000_000_000_000_000n + BigInt(++ids)),
      name,
      bot: false,
      roles: [],
      ...more,
    };
    state.users.set(user.id, user);
    state.members.add(user.id);
    return createPerson({ platform, deliver }, user);
  }
}

const reasonOf = (detail: object) =>
  Object.values(detail)
    .map((one) => (one instanceof Error ? one.stack : JSON.stringify(one)))
    .join(', ');
