import type { Clock } from '../../../src/clock.ts';
import type { FakeBlock, FakeView } from './shapes.ts';

export interface FakeUser {
  readonly id: string;
  readonly name: string;
  readonly team: string;
  /** `deleted`: their account was deactivated. */
  standing: 'member' | 'guest' | 'stranger' | 'bot' | 'deleted';
}

export interface FakeMessage {
  readonly channel: string;
  readonly ts: string;
  readonly thread: string | null;
  readonly user: string;
  readonly isBot: boolean;
  text: string;
  blocks: readonly FakeBlock[];
  readonly metadata: unknown;
  edits: number;
}

/** What one person alone sees. */
export interface FakePrivate {
  readonly channel: string;
  readonly user: string;
  readonly ts: string;
  readonly thread: string | null;
  text: string;
  blocks: readonly FakeBlock[];
}

export interface FakeChannel {
  readonly id: string;
  readonly name: string;
  readonly members: Set<string>;
  archived: boolean;
  /** Who is not in it is not told that it is there. */
  readonly hidden?: boolean;
}

/** A modal as it stands on somebody's screen. */
export interface OpenView {
  readonly id: string;
  readonly user: string;
  view: FakeView;
  open: boolean;
}

export interface FakeFile {
  readonly id: string;
  readonly name: string;
  readonly length: number;
  readonly altText: string;
  bytes: Buffer | null;
  shared: { readonly channel: string; readonly thread: string | null } | null;
  /** From then on a block may show it; null: its upload is not complete. */
  shownFrom: number | null;
}

/** A file that a person has shared; the place it stands at wants the token. */
export interface Upload {
  readonly id: string;
  readonly name: string;
  url: string;
  readonly bytes: Buffer;
}

export interface Trigger {
  readonly user: string;
  readonly at: number;
  used: boolean;
}

/** Everything that the fake platform remembers. */
export interface SlackState {
  readonly clock: Clock;
  readonly users: Map<string, FakeUser>;
  readonly channels: Map<string, FakeChannel>;
  readonly messages: FakeMessage[];
  readonly privates: FakePrivate[];
  readonly views: OpenView[];
  /** What stands in each person's home. */
  readonly homes: Map<string, FakeView>;
  readonly files: FakeFile[];
  readonly shared: Upload[];
  readonly triggers: Map<string, Trigger>;
  /** Uses of each response address. */
  readonly responses: Map<
    string,
    {
      readonly user: string;
      readonly channel: string;
      readonly at: number;
      uses: number;
      readonly original: FakePrivate | null;
    }
  >;
  token: string;
  appToken: string;
  /** What Slack says of the token from now on instead of working. */
  tokenIs: 'good' | 'token_revoked' | 'account_inactive' | 'invalid_auth';
  readonly scopes: Set<string>;
  /** Where answers to response addresses and uploads go. */
  hooks: string;
  uploads: string;
  /** Methods that this server does not have. */
  readonly lacks: Set<string>;
  plan: boolean;
  tables: boolean;
  /** Where blocks may show files of the app's. */
  readonly showsFiles: Set<'message' | 'private' | 'home'>;
  nextTs(): string;
  nextId(prefix: string): string;
}

export const botUser = 'UBOT';
export const botId = 'B1';
export const team = 'T1';

export function createState(clock: Clock): SlackState {
  let count = 0;
  let last = 0;
  return {
    clock,
    users: new Map([[botUser, { id: botUser, name: 'crewsmith', team, standing: 'bot' }]]),
    channels: new Map(),
    messages: [],
    privates: [],
    views: [],
    homes: new Map(),
    files: [],
    shared: [],
    triggers: new Map(),
    responses: new Map(),
    token: 'xoxb-of-the-fake',
    appToken: 'xapp-of-the-fake',
    tokenIs: 'good',
    scopes: new Set(),
    hooks: 'https://hooks.slack.com',
    uploads: 'https://files.slack.com',
    lacks: new Set(),
    plan: true,
    tables: true,
    showsFiles: new Set(['message', 'private', 'home']),
    nextTs() {
      last = Math.max(last + 1, clock.now() * 1_000);
      return `${Math.floor(last / 1_000_000)}.${String(last % 1_000_000).padStart(6, '0')}`;
    },
    nextId: (prefix) => `${prefix}${String(++count).padStart(4, '0')}`,
  };
}
