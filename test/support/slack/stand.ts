import type { ChatSurface } from '../../../src/chat/port.ts';
import { createSlack } from '../../../src/chat/slack/index.ts';
import type { Crew } from '../../../src/core/crew.ts';
import { Secret } from '../../../src/core/secret.ts';
import { createVirtualClock, type VirtualClock } from '../clock.ts';
import { noteCrew } from '../crews.ts';
import { createFakeChat, type FakeChat } from '../fake-chat.ts';
import { type House, type HouseOptions, openHouse } from '../house.ts';
import { importLazyParts } from '../lazy-imports.ts';
import { createScripted } from '../scripted.ts';
import { createDeliveries, type Deliveries, type Delivery, type Way } from './delivery.ts';
import { createPerson, type SlackPerson, wordsOf } from './people.ts';
import { createPlatform, type SlackPlatform } from './platform.ts';
import { manifestScopes } from './scopes.ts';
import { sendSigned } from './signed.ts';
import { botUser, type FakeMessage, type FakeUser, team } from './state.ts';

/** Crewsmith in a Slack workspace, all of it in this process and at one clock: only Slack, providers and time are stand-ins. */
export interface SlackStand {
  readonly house: House;
  readonly clock: VirtualClock;
  readonly platform: SlackPlatform;
  readonly deliveries: Deliveries;
  /** The same once more, as Slack delivers what it is not sure of. */
  again(delivery: Delivery): Promise<void>;
  event(body: Delivery['body']): Promise<Delivery>;
  readonly surface: ChatSurface;
  readonly chat: FakeChat;
  /** Lines of the log, for the operator. */
  readonly logged: readonly string[];
  person(name: string, more?: Partial<FakeUser>): SlackPerson;
  /** Everything that needs no time has happened. */
  rest(): Promise<void>;
  pass(ms: number): Promise<void>;
  /** The messages of a channel, or of one thread, each in one line. */
  reads(channel?: string, thread?: string | null): string[];
  message(words: string): FakeMessage;
  end(): Promise<void>;
}

export interface StandOptions {
  readonly crews?: readonly Crew[];
  readonly house?: Partial<HouseOptions>;
  readonly clock?: VirtualClock;
  /** Slack sends over HTTP, signed. */
  readonly signingSecret?: string;
  readonly before?: (platform: SlackPlatform) => void;
  /** What the program sees of the surface. */
  readonly through?: (surface: ChatSurface) => ChatSurface;
}

/** #sales (C1) with Ana, who asked first and so owns it, and the app in it. */
export async function openSlackStand(
  options: StandOptions = {},
): Promise<SlackStand & { readonly ana: SlackPerson; readonly bo: SlackPerson }> {
  await importLazyParts();
  const clock = options.clock ?? createVirtualClock();
  const platform = createPlatform(clock);
  const { state } = platform;
  state.channels.set('C1', { id: 'C1', name: 'sales', members: new Set([botUser]), archived: false });
  state.channels.set('C2', { id: 'C2', name: 'empty', members: new Set(), archived: false });
  for (const scope of manifestScopes()) state.scopes.add(scope);
  options.before?.(platform);
  const secret = options.signingSecret ?? null;
  const overHttp: Way | null =
    secret === null ? null : ({ kind, body }) => sendSigned(surface, secret, clock.now(), kind, body);
  const deliveries = createDeliveries(clock, overHttp);
  const logged: string[] = [];
  const log = {
    warn: (_: object, says: string) => void logged.push(says),
    error: (detail: object, says: string) =>
      void logged.push(
        `${says}: ${JSON.stringify(detail, (_, v: unknown) => (v instanceof Error ? v.stack : v))}`,
      ),
  };
  const own = createSlack({
    botToken: new Secret(state.token),
    inbound: secret === null ? { receiver: deliveries.receiver } : { signingSecret: new Secret(secret) },
    apiUrl: null,
    clock,
    pictures: { draw: async (chart) => new TextEncoder().encode(chart.title) },
    fetch: platform.fetch,
    log,
  });
  const surface = options.through?.(own) ?? own;
  const house = await openHouse({
    providers: [createScripted((_, call) => ({ json: { text: `words ${call}` } }))],
    clock,
    ...options.house,
    materials: { surfaces: new Map([['slack', surface]]), ...options.house?.materials },
  });
  const chat = createFakeChat(house, options.crews ?? [noteCrew]);
  await surface.listen(chat.desk, house.services.teams, house.services.memory);

  async function settled<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const result = work.finally(() => {
      done = true;
    });
    result.catch(() => {});
    for (let i = 0; i < 50 && !done; i++) await house.rest();
    await house.rest();
    return await result;
  }

  const stand: SlackStand = {
    house,
    clock,
    platform,
    deliveries,
    again: (delivery) => settled(deliveries.again(delivery)),
    event: (body) => settled(deliveries.send('event', body)),
    surface,
    chat,
    logged,
    person(name, more = {}) {
      const user: FakeUser = { id: `U${name.toUpperCase()}`, name, team, standing: 'member', ...more };
      state.users.set(user.id, user);
      state.channels.get('C1')?.members.add(user.id);
      return createPerson({ platform, send: (kind, body) => settled(deliveries.send(kind, body)) }, user);
    },
    rest: () => house.rest(),
    pass: (ms) => house.pass(ms),
    reads: (channel = 'C1', thread = null) =>
      state.messages
        .filter((m) => m.channel === channel && m.thread === thread)
        .map((m) => wordsOf(m.blocks) || m.text),
    message(words) {
      const found = state.messages.findLast((m) => `${wordsOf(m.blocks)} ${m.text}`.includes(words));
      if (found === undefined) throw new Error(`no message says ${words}`);
      return found;
    },
    async end() {
      await settled(surface.close());
      await house.end();
    },
  };
  const ana = stand.person('Ana');
  const bo = stand.person('Bo');
  const { code } = await house.services.claims.renew();
  await ana.types(`access claim ${code}`);
  return { ...stand, ana, bo };
}
