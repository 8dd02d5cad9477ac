import {
  DiscordAPIError,
  HTTPError,
  type InternalRequest,
  RateLimitError,
  type RawFile,
  REST,
  type RESTOptions,
  RequestMethod,
  type RouteLike,
} from 'discord.js';
import { SurfaceFailure } from '../port.ts';
import { mustNames } from './needs.ts';

/** Discord refused; `code` is its own word for why. */
export class DiscordRefusal extends SurfaceFailure {
  readonly code: number;

  constructor(code: number, says: string, detail: ConstructorParameters<typeof SurfaceFailure>[1]) {
    super(says, detail);
    this.code = code;
  }
}

/** Discord's own numbers of what it refuses. */
export const refusals = {
  unknownChannel: 10_003,
  unknownMember: 10_007,
  unknownMessage: 10_008,
  unknownWebhook: 10_015,
  unknownInteraction: 10_062,
  answeredAlready: 40_060,
  noAccess: 50_001,
  noDirect: 50_007,
  noPermission: 50_013,
  /** Not in a channel of this kind. */
  notThere: 50_024,
  invalidToken: 50_027,
  archived: 50_083,
  locked: 160_005,
  /** A server has as many threads open as it may. */
  threadsFull: 160_006,
  threadIsThere: 160_004,
} as const;

export interface Sent {
  readonly body?: object | readonly object[];
  readonly files?: readonly RawFile[];
  readonly query?: Readonly<Record<string, string>>;
  /** By the token of an interaction, which is in the address. */
  readonly auth?: false;
}

export interface Api {
  /** The JSON of the answer. Throws `SurfaceFailure`. */
  call(method: 'get' | 'post' | 'patch' | 'put' | 'delete', route: RouteLike, sent?: Sent): Promise<unknown>;
}

export type MakeRequest = RESTOptions['makeRequest'];

/** A call that would wait longer for Discord's rates is refused here, and the outbox makes it later. */
const waitMostMs = 10_000;
/** When a card that lacked a permission is tried again: somebody may give it meanwhile. */
const permissionAgainMs = 15_000;
/** When it is tried again after a refused token: that is an outage of Discord's, or ends with a new token and a start. */
const tokenAgainMs = 5 * 60_000;

/** `api` as `DISCORD_API_URL` names it: with or without the version, which is ours. */
export const restOptions = (
  apiUrl: string | null,
  makeRequest: MakeRequest | null,
): Partial<RESTOptions> => ({
  ...(apiUrl === null ? {} : { api: apiUrl.replace(/\/+$/, '').replace(/\/v\d+$/, '') }),
  ...(makeRequest === null ? {} : { makeRequest }),
  // The outbox owns what is tried again.
  retries: 0,
  rejectOnRateLimit: ({ retryAfter, sublimitTimeout }) => Math.max(retryAfter, sublimitTimeout) > waitMostMs,
});

export function createApi(token: string, options: Partial<RESTOptions>): Api {
  const rest = new REST({ version: '10', ...options }).setToken(token);
  const methods = {
    get: RequestMethod.Get,
    post: RequestMethod.Post,
    patch: RequestMethod.Patch,
    put: RequestMethod.Put,
    delete: RequestMethod.Delete,
  };
  return {
    async call(method, route, { body, files, query, auth } = {}) {
      const request: InternalRequest = {
        method: methods[method],
        fullRoute: route,
        ...(body === undefined ? {} : { body }),
        ...(files === undefined || files.length === 0 ? {} : { files: [...files] }),
        ...(query === undefined ? {} : { query: new URLSearchParams(query) }),
        ...(auth === undefined ? {} : { auth }),
      };
      try {
        // The library forgets it at the first answer that does not take it, which may be Discord's mistake.
        rest.setToken(token);
        return await rest.request(request);
      } catch (error) {
        throw failureOf(error);
      }
    },
  };
}

/** Discord says no more than that something is missing. */
const mayNot = `Discord does not let Crewsmith post there: in Edit Channel › Permissions, add Crewsmith and allow ${mustNames}.`;

function failureOf(error: unknown): SurfaceFailure {
  if (error instanceof RateLimitError) {
    const retryAfterMs = Math.max(error.retryAfter, error.sublimitTimeout);
    return new SurfaceFailure('Discord asks to wait.', { sent: 'no', again: true, retryAfterMs });
  }
  if (error instanceof DiscordAPIError) {
    const code = Number(error.code);
    if (code === refusals.noAccess || code === refusals.noPermission)
      return new DiscordRefusal(code, mayNot, { sent: 'no', again: true, retryAfterMs: permissionAgainMs });
    if (error.status === 401)
      return new DiscordRefusal(code, error.message, { sent: 'no', again: true, retryAfterMs: tokenAgainMs });
    return new DiscordRefusal(code, error.message, { sent: 'no', again: false });
  }
  if (error instanceof HTTPError && error.status < 500) {
    return new DiscordRefusal(0, error.message, { sent: 'no', again: false });
  }
  return new SurfaceFailure(error instanceof Error ? error.message : String(error), {
    sent: 'unknown',
    again: true,
  });
}

export const isRefusal = (error: unknown, ...codes: readonly number[]): error is DiscordRefusal =>
  error instanceof DiscordRefusal && codes.includes(error.code);
