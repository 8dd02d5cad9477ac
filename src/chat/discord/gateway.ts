import { SimpleShardingStrategy, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';
import {
  GatewayCloseCodes,
  GatewayDispatchEvents,
  GatewayIntentBits,
  REST,
  type RESTOptions,
} from 'discord.js';

/** What arrives from Discord, as it is in its own words. */
export interface Gateway {
  /** Resolves when the connection stands. `heard` throws nothing. */
  start(heard: (event: string, data: unknown) => void): Promise<void>;
  stop(): Promise<void>;
}

export interface GatewayLog {
  warn(detail: object, says: string): void;
  error(detail: object, says: string): void;
}

/** Of everything that could be asked for, what is used; none of it needs Discord's leave. */
const intents = GatewayIntentBits.Guilds | GatewayIntentBits.GuildMessages;

/** Events that lead to something. */
const heardEvents: ReadonlySet<string> = new Set([
  GatewayDispatchEvents.InteractionCreate,
  GatewayDispatchEvents.MessageCreate,
  GatewayDispatchEvents.GuildCreate,
  GatewayDispatchEvents.GuildDelete,
  GatewayDispatchEvents.ChannelUpdate,
  GatewayDispatchEvents.ChannelDelete,
  GatewayDispatchEvents.ThreadUpdate,
  GatewayDispatchEvents.ThreadDelete,
  GatewayDispatchEvents.GuildRoleUpdate,
  // Without a privileged intent: of ourselves alone.
  GatewayDispatchEvents.GuildMemberUpdate,
]);

/** After these the connection is not made again: somebody has to do something. */
const forGood: readonly number[] = [
  GatewayCloseCodes.AuthenticationFailed,
  GatewayCloseCodes.InvalidShard,
  GatewayCloseCodes.ShardingRequired,
  GatewayCloseCodes.InvalidAPIVersion,
  GatewayCloseCodes.InvalidIntents,
  GatewayCloseCodes.DisallowedIntents,
];

/**
 * Discord's gateway: where it is, is said by `/gateway/bot` of the same server as everything else. The connection alone, without
 * discord.js' `Client`: that builds what it knows of a server from every event, and one of another shape than it expects ends
 * the process.
 */
export function createGateway(token: string, rest: Partial<RESTOptions>, log: GatewayLog): Gateway {
  const sockets = new WebSocketManager({
    token,
    intents,
    rest: new REST({ version: '10', ...rest }).setToken(token),
    buildStrategy: (manager) => new Shielded(manager, log),
  });
  sockets.on(WebSocketShardEvents.Error, ({ error }) =>
    log.warn({ err: error }, 'the connection to Discord broke; it is made anew'),
  );
  sockets.on(WebSocketShardEvents.Closed, ({ code }) => {
    if (forGood.includes(code))
      log.error({ code }, 'Discord has ended the connection for good: see "doctor", and start again');
  });
  return {
    async start(heard) {
      sockets.on(WebSocketShardEvents.Dispatch, ({ data: { t: event, d: data } }) => {
        if (heardEvents.has(event)) heard(event, data);
      });
      await sockets.connect();
    },
    stop: async () => await sockets.destroy(),
  };
}

/** What a shard takes from its socket. The library lets it throw, and nobody would catch that. */
type Take = (this: unknown, data: unknown, isBinary: boolean) => Promise<void>;

/** A packet that the library cannot read is dropped, with a line of the log, and the next one is taken. */
class Shielded extends SimpleShardingStrategy {
  readonly #log: GatewayLog;

  constructor(manager: WebSocketManager, log: GatewayLog) {
    super(manager);
    this.#log = log;
  }

  override async spawn(ids: number[]): Promise<void> {
    await super.spawn(ids);
    const shards = Reflect.get(this, 'shards') as ReadonlyMap<number, object>;
    for (const shard of shards.values()) {
      const take = Reflect.get(shard, 'onMessage') as Take;
      const shielded: Take = async (data, isBinary) => {
        try {
          await take.call(shard, data, isBinary);
        } catch (error) {
          this.#log.warn({ err: error }, 'a packet of Discord’s gateway could not be read, and was dropped');
        }
      };
      Reflect.set(shard, 'onMessage', shielded);
    }
  }
}
