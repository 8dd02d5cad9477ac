import type {
  APIMessageTopLevelComponent,
  APIModalInteractionResponseCallbackData,
  APIOverwrite,
  APIRole,
} from 'discord.js';
import type { Clock } from '../../../src/clock.ts';

export interface FakeUser {
  readonly id: string;
  readonly name: string;
  readonly bot: boolean;
  /** Of the server's, by their ids. */
  roles: readonly string[];
}

export interface FakeChannel {
  readonly id: string;
  readonly type: number;
  readonly name: string;
  readonly parent: string | null;
  /** Of a direct one: with whom. */
  readonly recipient: string | null;
  archived: boolean;
  locked: boolean;
  overwrites: APIOverwrite[];
  /** Of a forum that asks for one of them: ids. */
  tags: readonly string[];
}

export interface FakeFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface FakeMessage {
  readonly id: string;
  readonly channel: string;
  readonly author: string;
  /** Only they see it. */
  readonly only: string | null;
  readonly nonce: string | null;
  readonly at: number;
  readonly replyTo: string | null;
  /** What it said first, as a locked screen shows it. */
  readonly first: string;
  content: string;
  components: readonly APIMessageTopLevelComponent[];
  flags: number;
  files: readonly FakeFile[];
  /** Whom it called, by what Discord was allowed to. */
  called: readonly string[];
}

export interface FakeInteraction {
  readonly id: string;
  readonly token: string;
  readonly user: string;
  readonly type: number;
  readonly channel: string;
  readonly at: number;
  /** The message of the button. */
  readonly on: string | null;
  answeredAfter: number | null;
  /** The type of its first answer. */
  answer: number | null;
  /** The message of its first answer. */
  original: string | null;
  choices: readonly { name: string; value: string }[] | null;
  modal: APIModalInteractionResponseCallbackData | null;
}

export const application = '800000000000000001';
export const guild = '700000000000000001';
export const botUser = '800000000000000002';
export const token = 'token-of-the-fake';

/** A file that somebody has uploaded. */
export interface Upload {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly bytes: Buffer;
}

/** What the servers of Discord know. */
export interface DiscordState {
  readonly clock: Clock;
  token: string;
  readonly users: Map<string, FakeUser>;
  readonly members: Set<string>;
  readonly channels: Map<string, FakeChannel>;
  readonly messages: FakeMessage[];
  readonly interactions: Map<string, FakeInteraction>;
  readonly roles: APIRole[];
  /** What people have uploaded. */
  readonly uploads: Upload[];
  /** Where files are kept. */
  cdn: string;
  commands: readonly object[];
  /** How often commands were registered. */
  registered: number;
  isThere: boolean;
  /** That may be open in the server at once. */
  threadsMost: number;
  /** Where its gateway is; '' where there is none. */
  gatewayUrl: string;
  nextId(): string;
}

const everything = 0x7fff_ffff_ffffn;

export const role = (id: string, name: string, permissions: bigint): APIRole =>
  ({ id, name, permissions: String(permissions), position: 0 }) as APIRole;

export function createState(clock: Clock): DiscordState {
  let made = 0n;
  const nextId = () => String(1_000_000_000_000_000_000n + ++made);
  const state: DiscordState = {
    clock,
    token,
    users: new Map([[botUser, { id: botUser, name: 'Crewsmith', bot: true, roles: [] }]]),
    members: new Set([botUser]),
    channels: new Map(),
    messages: [],
    interactions: new Map(),
    roles: [role(guild, '@everyone', everything & ~8n)],
    commands: [],
    registered: 0,
    uploads: [],
    cdn: 'https://cdn.discordapp.com',
    isThere: true,
    threadsMost: 1_000,
    gatewayUrl: '',
    nextId,
  };
  return state;
}

export function addChannel(
  state: DiscordState,
  id: string,
  name: string,
  more: Partial<FakeChannel> = {},
): FakeChannel {
  const channel: FakeChannel = {
    ...{
      id,
      name,
      type: 0,
      parent: null,
      recipient: null,
      archived: false,
      locked: false,
      overwrites: [],
      tags: [],
    },
    ...more,
  };
  state.channels.set(id, channel);
  return channel;
}
