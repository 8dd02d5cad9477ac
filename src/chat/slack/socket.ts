import { type Receiver, SocketModeReceiver, webApi } from '@slack/bolt';
import { type Clock, createAlarm } from '../../clock.ts';
import { CrewsmithError } from '../../errors.ts';

export interface SocketParts {
  readonly appToken: string;
  /** null: Slack itself. */
  readonly apiUrl: string | null;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly logger: webApi.Logger;
  readonly log: { warn(detail: object, says: string): void };
}

const firstAgainMs = 100;
/** While nobody is connected, what people do there is lost. Slack takes 50 of these calls a minute. */
const againMostMs = 5_000;

/** Words of Slack's that no other try changes. */
const forGood = [
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'user_removed_from_team',
  'missing_scope',
  'not_allowed_token_type',
];

export interface Socket {
  readonly receiver: Receiver;
  /** Whether Slack has somebody to give things to now. */
  connected(): boolean;
}

/**
 * Socket Mode. Connecting again is done here: the client's own way waits for five seconds, in which Slack has nobody to give
 * a command to, and ends the process when Slack refuses.
 */
export function createSocket({ appToken, apiUrl, clock, fetch, logger, log }: SocketParts): Socket {
  const inner = new SocketModeReceiver({
    appToken,
    logger,
    installerOptions: {
      clientOptions: {
        ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
        fetch,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
      },
    },
    autoReconnectEnabled: false,
  });
  let stopped = false;
  let tries = 0;
  const alarm = createAlarm(clock, () => void connect());

  function later(notBeforeMs = 0): void {
    if (stopped) return;
    alarm.by(clock.now() + Math.max(notBeforeMs, Math.min(againMostMs, firstAgainMs * 2 ** tries)));
    tries += 1;
  }

  async function connect(): Promise<unknown> {
    if (stopped) return null;
    try {
      await inner.client.start();
      tries = 0;
      return null;
    } catch (error) {
      const code = error instanceof webApi.WebAPIPlatformError ? error.data.error : '';
      if (forGood.includes(code)) {
        log.warn({ code }, 'Slack refuses SLACK_APP_TOKEN; nothing more comes from there');
        return error;
      }
      later(error instanceof webApi.WebAPIRateLimitedError ? error.retryAfter * 1_000 : 0);
      return null;
    }
  }

  let isConnected = false;
  inner.client.on('connected', () => {
    isConnected = true;
  });
  inner.client.on('disconnected', () => {
    isConnected = false;
    later();
  });

  return {
    connected: () => isConnected,
    receiver: {
      init: (app) => inner.init(app),
      async start() {
        const refused = await connect();
        if (refused !== null) throw new CrewsmithError('slack.app-token', {});
      },
      async stop() {
        stopped = true;
        alarm.off();
        await inner.stop();
      },
    },
  };
}
