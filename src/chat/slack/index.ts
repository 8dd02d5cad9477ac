import type { Receiver, webApi } from '@slack/bolt';
import type { Clock } from '../../clock.ts';
import type { Secret } from '../../core/secret.ts';
import { CrewsmithError } from '../../errors.ts';
import type { Card } from '../card.ts';
import type { Pictures } from '../picture.ts';
import type { Answer, ChatSurface, Desk, Teams } from '../port.ts';
import { createCharts } from './charts.ts';
import { createDirect } from './direct.ts';
import { createFeatures } from './features.ts';
import { createHttp } from './http.ts';
import { isDirect } from './incoming.ts';
import { listenTo, type Own } from './listen.ts';
import { createLookUp } from './look-up.ts';
import { scopesAmiss } from './manifest.ts';
import { createPeople } from './people.ts';
import { createSocket, type Socket } from './socket.ts';
import { createSlackSurface } from './surface.ts';
import { createWebApi, SlackRefusal } from './web-api.ts';

export interface SlackParts {
  readonly botToken: Secret;
  /** How what people do arrives: by a socket, over HTTP, or by a receiver of one's own. */
  readonly inbound:
    | { readonly appToken: Secret }
    | { readonly signingSecret: Secret }
    | { readonly receiver: Receiver };
  /** Another server with Slack's API; null: Slack itself. */
  readonly apiUrl: string | null;
  readonly clock: Clock;
  readonly pictures: Pictures;
  readonly fetch: typeof globalThis.fetch;
  readonly log: { warn(detail: object, says: string): void; error(detail: object, says: string): void };
}

const socketOff =
  'The socket to Slack is not connected now, and what people type and press there is lost meanwhile. It is tried again every few seconds; if it stays so, see that "Socket Mode" is on in the app’s settings.';
const channelsMost = 1_000;
const reachAgainMs = 5_000;
const triesToReach = 3;

/** Crewsmith in a Slack workspace. Throws `slack.bot-token`, `slack.app-token` when it is to listen. */
export function createSlack(parts: SlackParts): ChatSurface {
  const { clock, fetch, log, pictures } = parts;
  const apiUrl = parts.apiUrl === null ? null : parts.apiUrl.replace(/\/?$/, '/');
  const logger = loggerOver(log);
  const token = parts.botToken.reveal();
  const api = createWebApi({ token, apiUrl, clock, fetch, logger });
  const features = createFeatures(log);
  const direct = createDirect(api);
  const charts = createCharts({ api, features, clock, pictures, log });
  /** How the last person who did something in a channel is told something. */
  const tellIn = new Map<string, Answer['private']>();
  /** Channels that we are not in, and whether who asked last there was told to invite us. */
  const outside = new Map<string, boolean>();
  let listening: ReturnType<typeof listenTo> | null = null;
  let socket: Socket | null = null;
  let connected: { letIn(channel: string): Promise<void> } | null = null;

  const http =
    'signingSecret' in parts.inbound
      ? createHttp({ signingSecret: parts.inbound.signingSecret.reveal(), clock })
      : null;

  function receiverOf(): Receiver {
    if (http !== null) return http.receiver;
    if ('receiver' in parts.inbound) return parts.inbound.receiver;
    if (!('appToken' in parts.inbound)) throw new CrewsmithError('slack.app-token', {});
    socket = createSocket({ appToken: parts.inbound.appToken.reveal(), apiUrl, clock, fetch, logger, log });
    return socket.receiver;
  }

  async function reached(channel: string, inside: boolean): Promise<void> {
    if (inside) return outside.has(channel) ? await letIn(channel) : undefined;
    const isTold = outside.get(channel) === true;
    if (outside.size >= channelsMost) outside.clear();
    outside.set(channel, true);
    if (!isTold) await tellIn.get(channel)?.(inviteCard(channel));
  }

  /** What we were told of it or found out by ourselves. */
  async function letIn(channel: string): Promise<void> {
    outside.delete(channel);
    await connected?.letIn(channel);
  }

  /** Who we are there. A Slack that does not answer for a moment is asked again. */
  async function own(): Promise<Own & { readonly name: string }> {
    for (let tries = 1; ; tries += 1) {
      try {
        const {
          team_id: team,
          team: name,
          user_id: user,
          bot_id: bot,
        } = await api.call('auth.test', null, (client) => client.auth.test());
        if (team === undefined || user === undefined) throw new CrewsmithError('slack.bot-token', {});
        return { team, user, bot: bot ?? '', name: name ?? team };
      } catch (error) {
        if (error instanceof SlackRefusal && !error.again) throw new CrewsmithError('slack.bot-token', {});
        if (error instanceof CrewsmithError) throw error;
        if (tries >= triesToReach) throw new CrewsmithError('slack.unreachable', {});
        await new Promise<void>((resolve) => void clock.after(reachAgainMs, resolve));
      }
    }
  }

  const posts = createSlackSurface({ api, features, charts, direct, log, reached });
  return {
    ...posts,
    ...createLookUp({ api, features, direct, sees: posts.sees, clock, fetch, token, apiUrl }),
    http: http?.door ?? null,

    async listen(desk: Desk, teams: Teams) {
      const { name, ...self } = await own();
      await teams.connected('slack', { id: self.team, name });
      connected = { letIn: (channel) => teams.letIn('slack', self.team, channel) };
      const receiver = receiverOf();
      listening = listenTo(
        receiver,
        {
          ...{ api, features, charts, direct, clock, fetch, log, logger, desk, own: self },
          people: createPeople({ api, features, clock, team: self.team }),
          seen(channel, tell) {
            if (tellIn.size >= channelsMost) tellIn.clear();
            tellIn.set(channel, tell);
            // Who asks again without having invited us is told again.
            if (outside.has(channel)) outside.set(channel, false);
          },
          joined: letIn,
          removed: () => teams.removed('slack', self.team),
          changed: teams.changed,
        },
        token,
      );
      await listening.app.start();
    },

    async check() {
      try {
        const { response_metadata: meta } = await api.call('auth.test', null, (client) => client.auth.test());
        // A server with Slack's API may say nothing of scopes.
        const amiss = meta?.scopes === undefined ? [] : scopesAmiss(meta.scopes);
        const isOff = listening !== null && socket?.connected() === false;
        return isOff ? [...amiss, socketOff] : amiss;
      } catch (error) {
        const known = new CrewsmithError(
          error instanceof SlackRefusal && !error.again ? 'slack.bot-token' : 'slack.unreachable',
          {},
        );
        return [`${known.says} ${known.next}`];
      }
    },

    async close() {
      await listening?.app.stop();
      await listening?.idle();
      api.hurry();
    },
  };
}

/** A conversation between people takes no app in. */
const inviteCard = (channel: string): Card => ({
  v: 1,
  title: `Crewsmith is not in this ${isDirect(channel) ? 'conversation' : 'channel'}`,
  tone: 'waiting',
  status: '',
  body: [
    {
      type: 'text',
      text: isDirect(channel)
        ? 'Slack lets nobody else write here. Ask in a channel, or in a direct message to @Crewsmith.'
        : 'Type /invite @Crewsmith here. What you asked for goes on by itself then.',
    },
  ],
  actions: [],
  foot: '',
});

/** Bolt's own words, kept from the terminal: what matters of them is said by our own lines. */
function loggerOver(log: SlackParts['log']): webApi.Logger {
  return {
    debug: () => {},
    info: () => {},
    warn: () => {},
    // The log shortens it once it has hidden the secrets: half of one is not found.
    error: (...words) => log.warn({ says: words.map(String).join(' ') }, 'Slack’s library has a complaint'),
    setLevel: () => {},
    getLevel: () => 'error' as webApi.LogLevel,
    setName: () => {},
  };
}
