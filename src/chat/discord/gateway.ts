import { Client, GatewayDispatchEvents, GatewayIntentBits, Options, type RESTOptions } from 'discord.js';

/** What arrives from Discord, as it is in its own words. */
export interface Gateway {
  /** Resolves when the connection stands. */
  start(heard: (event: string, data: unknown) => void): Promise<void>;
  stop(): Promise<void>;
}

/** Of everything that could be asked for, what is used; none of it needs Discord's leave. */
const intents = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages];

/** Events that lead to something. */
const heardEvents = [
  GatewayDispatchEvents.InteractionCreate,
  GatewayDispatchEvents.MessageCreate,
  GatewayDispatchEvents.GuildCreate,
  GatewayDispatchEvents.GuildDelete,
  GatewayDispatchEvents.ChannelUpdate,
  GatewayDispatchEvents.ChannelDelete,
  GatewayDispatchEvents.ThreadUpdate,
  GatewayDispatchEvents.ThreadDelete,
] as const;

/** Discord's gateway: where it is, is said by `/gateway/bot` of the same server as everything else. */
export function createGateway(
  token: string,
  rest: Partial<RESTOptions>,
  log: { warn(detail: object, says: string): void },
): Gateway {
  const none = Object.fromEntries(
    ['MessageManager', 'GuildMemberManager', 'ThreadMemberManager', 'PresenceManager', 'UserManager'].map(
      (manager) => [manager, 0],
    ),
  );
  const client = new Client({ intents, rest, makeCache: Options.cacheWithLimits(none) });
  client.on('error', (error) => log.warn({ err: error }, 'Discord’s gateway has a complaint'));
  client.on('shardError', (error) =>
    log.warn({ err: error }, 'the connection to Discord broke; it is made anew'),
  );
  return {
    async start(heard) {
      for (const event of heardEvents) client.ws.on(event, (data: unknown) => heard(event, data));
      await client.login(token);
    },
    stop: () => client.destroy(),
  };
}
