import { webApi } from '@slack/bolt';
import type { Clock } from '../../clock.ts';
import { SurfaceFailure } from '../port.ts';
import { createPace, type Rate } from './pace.ts';

/** Slack's answer to a call that it will not carry out; `code` is its own word for why. */
export class SlackRefusal extends SurfaceFailure {
  readonly code: string;

  constructor(
    method: string,
    code: string,
    detail: { sent: 'no' | 'unknown'; again: boolean; retryAfterMs?: number; outside?: boolean },
  ) {
    super(sentences[code] ?? `Slack answered ${code} to ${method}.`, detail);
    this.code = code;
  }
}

/** Slack's own word for why; empty where it did not refuse. */
export const codeOf = (error: unknown): string => (error instanceof SlackRefusal ? error.code : '');

/** What an operator reads about a card that could not be sent. */
const sentences: Readonly<Record<string, string>> = {
  not_in_channel: 'Crewsmith is not in that channel. Somebody there types: /invite @Crewsmith',
  channel_not_found: 'Slack knows no such channel, or Crewsmith is not in it: /invite @Crewsmith',
  is_archived: 'The channel is archived.',
  is_inactive: 'The channel is archived or gone.',
  thread_not_found: 'The message above it is gone.',
  message_not_found: 'The message is gone.',
  token_revoked: 'Slack has revoked the token. Install the app again and set SLACK_BOT_TOKEN.',
  account_inactive: 'The app is not installed in Slack any more.',
  invalid_auth: 'Slack does not know SLACK_BOT_TOKEN.',
  missing_scope: 'The app lacks a scope. "npm run crew -- doctor" says which.',
};

/** May have been done, or may succeed later. */
const passing = ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'timeout'];

/** We are not in that channel; of a private one Slack does not even say that it is there. */
const outsideCodes = ['not_in_channel', 'channel_not_found'];

const minute = 60_000;
/** Under Slack's tiers by a little: other processes and people's clocks are not ours. https://docs.slack.dev/apis/web-api/rate-limits */
const rates: Readonly<Record<string, Rate>> = {
  // "Special tier": about one a second and channel; a few more at once are taken.
  'post in': { burst: 4, everyMs: 1_050 },
  'chat.postMessage': { burst: 20, everyMs: 200 },
  'chat.postEphemeral': { burst: 20, everyMs: minute / 95 },
  'chat.update': { burst: 10, everyMs: minute / 45 },
  'users.info': { burst: 20, everyMs: minute / 95 },
  'conversations.replies': { burst: 10, everyMs: minute / 45 },
  'conversations.history': { burst: 10, everyMs: minute / 45 },
  'conversations.members': { burst: 20, everyMs: minute / 95 },
  'conversations.open': { burst: 10, everyMs: minute / 45 },
  'conversations.info': { burst: 10, everyMs: minute / 45 },
  'files.info': { burst: 20, everyMs: minute / 95 },
  'files.uploadV2': { burst: 5, everyMs: minute / 18 },
};
const other: Rate = { burst: 20, everyMs: minute / 95 };
const rateOf = (name: string): Rate => rates[name.startsWith('post in ') ? 'post in' : name] ?? other;

/** A call that would have to wait longer is given back at once: the outbox tries it again then. */
const waitMostMs = 15_000;
/** What people wait for. */
const promptWaitMs = 2_500;

export interface WebApi {
  readonly client: webApi.WebClient;
  /**
   * Makes one call at Slack's pace. `channel`: posts are counted there, too. `prompt`: somebody waits for it. `twice`: where Slack asks to
   * wait a little it is made once more, since nobody else would. Throws `SlackRefusal`, `SurfaceFailure`.
   */
  call<T>(
    method: string,
    channel: string | null,
    make: (client: webApi.WebClient) => Promise<T>,
    how?: 'prompt' | 'twice',
  ): Promise<T>;
  /** Calls that wait for their turn are given back, and none waits any more: the program ends. */
  hurry(): void;
}

export interface WebApiParts {
  readonly token: string;
  /** null: Slack itself. */
  readonly apiUrl: string | null;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly logger: webApi.Logger;
}

export function createWebApi({ token, apiUrl, clock, fetch, logger }: WebApiParts): WebApi {
  const pace = createPace(clock, rateOf);
  const client = new webApi.WebClient(token, {
    ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
    // The outbox owns attempts and back-off.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    // The base is the operator's; an address in a reply is none of ours to follow with the token.
    fetch,
    logger,
  });

  const ending = Promise.withResolvers<'ending'>();
  let hurried = false;

  /** False: it was not waited out. */
  async function waited(ms: number): Promise<boolean> {
    if (ms === 0) return true;
    if (hurried) return false;
    const turn = Promise.withResolvers<'turn'>();
    const cancel = clock.after(ms, () => turn.resolve('turn'));
    return (await Promise.race([turn.promise, ending.promise]).finally(cancel)) === 'turn';
  }

  async function once<T>(
    method: string,
    names: readonly string[],
    make: (of: webApi.WebClient) => Promise<T>,
    most: number,
  ): Promise<T> {
    const { waitMs, taken } = pace.take(names, most);
    if (!taken || !(await waited(waitMs)))
      throw new SlackRefusal(method, 'paced', { sent: 'no', again: true, retryAfterMs: waitMs });
    try {
      return await make(client);
    } catch (error) {
      const failure = failureOf(method, error);
      if (failure.retryAfterMs !== null && failure.sent === 'no')
        for (const name of names) pace.refused(name, failure.retryAfterMs);
      throw failure;
    }
  }

  return {
    client,
    hurry() {
      hurried = true;
      ending.resolve('ending');
    },
    async call(method, channel, make, how) {
      const names = channel === null ? [method] : [method, `post in ${channel}`];
      try {
        return await once(method, names, make, how === 'prompt' ? promptWaitMs : waitMostMs);
      } catch (error) {
        if (how !== 'twice' || codeOf(error) !== 'ratelimited') throw error;
        return await once(method, names, make, waitMostMs);
      }
    },
  };
}

function failureOf(method: string, error: unknown): SurfaceFailure {
  if (error instanceof SurfaceFailure) return error;
  if (error instanceof webApi.WebAPIRateLimitedError) return limited(method, error.retryAfter);
  if (error instanceof webApi.WebAPIPlatformError) {
    const { error: code, retry_after: seconds } = error.data as { error: string; retry_after?: unknown };
    if (code === 'ratelimited' || code === 'rate_limited' || code === 'message_limit_exceeded')
      return limited(method, typeof seconds === 'number' ? seconds : 5);
    if (passing.includes(code)) return new SlackRefusal(method, code, { sent: 'unknown', again: true });
    const outside = outsideCodes.includes(code);
    return new SlackRefusal(method, code, { sent: 'no', again: outside, outside });
  }
  if (error instanceof webApi.WebAPIHTTPError) {
    // A server with Slack's API that lacks the method may say so by its status.
    if (error.statusCode === 404 || error.statusCode === 405 || error.statusCode === 501)
      return new SlackRefusal(method, 'unknown_method', { sent: 'no', again: false });
    return new SlackRefusal(method, `status ${error.statusCode}`, {
      sent: error.statusCode >= 500 ? 'unknown' : 'no',
      again: error.statusCode >= 500,
    });
  }
  const cause = error instanceof webApi.WebAPIRequestError ? causeOf(error.original) : '';
  const sent = cause === 'ECONNREFUSED' || cause === 'ENOTFOUND' ? 'no' : 'unknown';
  return new SurfaceFailure(`Slack was not reached${cause === '' ? '' : ` (${cause})`}.`, {
    sent,
    again: true,
  });
}

const limited = (method: string, seconds: number) =>
  new SlackRefusal(method, 'ratelimited', {
    sent: 'no',
    again: true,
    retryAfterMs: Math.max(1, seconds) * 1_000,
  });

function causeOf(error: Error): string {
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}
