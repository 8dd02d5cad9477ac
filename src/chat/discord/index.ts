import {
  type APIApplication,
  type APIInteraction,
  type GatewayChannelUpdateDispatchData,
  GatewayDispatchEvents,
  type GatewayGuildCreateDispatchData,
  type GatewayMessageCreateDispatchData,
  Routes,
} from 'discord.js';
import type { Clock } from '../../clock.ts';
import type { Secret } from '../../core/secret.ts';
import { CrewsmithError } from '../../errors.ts';
import type { Memory } from '../memory.ts';
import type { Pictures } from '../picture.ts';
import type { ChatSurface, Desk, Teams } from '../port.ts';
import type { Press } from '../press.ts';
import { createApi, DiscordRefusal, type MakeRequest, restOptions } from './api.ts';
import { createChannels, isThread } from './channels.ts';
import { check } from './check.ts';
import { createCustomIds } from './custom-ids.ts';
import { type Offered, offeredOf } from './definition.ts';
import { createGateway, type Gateway } from './gateway.ts';
import { createListener } from './listen.ts';
import { createLookUp } from './look-up.ts';
import { inviteLink } from './needs.ts';
import { forgetRegistered, register } from './register.ts';
import { createSeeing } from './seeing.ts';
import { createDiscordSurface, createDraw } from './surface.ts';

export interface DiscordParts {
  readonly token: Secret;
  readonly application: string;
  /** The server of the operator: it belongs to `default`, and has the commands at once; null: everywhere, after a claim. */
  readonly guild: string | null;
  /** Another server with Discord's API and, by it, gateway; null: Discord itself. */
  readonly apiUrl: string | null;
  readonly clock: Clock;
  /** For files that people upload. */
  readonly fetch: typeof globalThis.fetch;
  readonly pictures: Pictures;
  readonly log: { warn(detail: object, says: string): void; error(detail: object, says: string): void };
  /** In the place of requests over HTTP, and of the gateway; null: the real ones. */
  readonly instead: { readonly request: MakeRequest; readonly gateway: Gateway } | null;
}

const rememberedMost = 1_000;

type Listener = ReturnType<typeof createListener>;

/** Crewsmith on Discord. Throws `discord.token`, `discord.guild`, `discord.unreachable` when it is to listen. */
export function createDiscord(parts: DiscordParts): ChatSurface {
  const { application, clock, fetch, log, pictures } = parts;
  const token = parts.token.reveal();
  const options = restOptions(parts.apiUrl, parts.instead?.request ?? null);
  const api = createApi(token, options);
  let house: { readonly desk: Desk; readonly memory: Memory } | null = null;
  const opened = () => {
    if (house === null) throw new CrewsmithError('internal.impossible', { what: 'Discord before its desk' });
    return house;
  };
  const memory: Memory = {
    keep: (what, days) => opened().memory.keep(what, days),
    read: (kept) => opened().memory.read(kept),
    note: (name) => opened().memory.note(name),
    setNote: (name, value) => opened().memory.setNote(name, value),
  };
  const channels = createChannels({ api, memory });
  const seeing = createSeeing({ api, channels, clock });
  const gateway = parts.instead?.gateway ?? createGateway(token, options, log);
  const ids = createCustomIds({ memory, opensForm: (press: Press) => opened().desk.opensForm({ press }) });
  const draw = createDraw({ ids, pictures });
  const guilds = new Set<string>(parts.guild === null ? [] : [parts.guild]);
  /** What the gateway has brought lately: after a break it may bring it again. */
  const seen = new Set<string>();
  let listening: Listener | null = null;
  let offered: readonly Offered[] = [];

  function isNew(id: string): boolean {
    if (seen.has(id)) return false;
    const [oldest = ''] = seen;
    if (seen.size >= rememberedMost) seen.delete(oldest);
    seen.add(id);
    return true;
  }

  async function reached<T>(work: () => Promise<T>, refused: () => CrewsmithError): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DiscordRefusal) throw refused();
      if (error instanceof CrewsmithError) throw error;
      throw new CrewsmithError('discord.unreachable', {}, { cause: error });
    }
  }

  return {
    ...createDiscordSurface({ api, channels, draw, memory, seeing }),
    ...createLookUp({ seeing, channels, guilds: () => [...guilds], clock, fetch, apiUrl: parts.apiUrl }),

    async listen(desk: Desk, teams: Teams, kept: Memory) {
      house = { desk, memory: kept };
      const self = (await reached(
        () => api.call('get', Routes.currentApplication()),
        () => new CrewsmithError('discord.token', {}),
      )) as APIApplication;
      if (self.id !== application) throw new CrewsmithError('discord.application', { is: self.id });
      const bot = self.bot?.id ?? application;
      const { guild } = parts;
      if (guild !== null) {
        const { name } = (await reached(
          () => api.call('get', Routes.guild(guild)),
          () => new CrewsmithError('discord.guild', { guild, link: inviteLink(application) }),
        )) as { name: string };
        await teams.connected('discord', { id: guild, name });
      }
      offered = offeredOf(await desk.typed());
      await reached(
        () => register({ api, memory }, { application, guild }, offered),
        () => new CrewsmithError('discord.commands', {}),
      );
      const listener = createListener({
        ...{ api, channels, clock, ids, draw, application, log, desk, seeing, offered, bot },
        guilds: () => [...guilds],
      });
      listening = listener;
      await reached(
        () =>
          gateway.start((event, data) => {
            // Whatever shape it has: one event less is no reason to stop.
            if (!isEvent(data)) log.warn({ event }, 'an event of Discord’s has no id, and was dropped');
            else heard(event, data, listener, teams);
          }),
        () => new CrewsmithError('discord.token', {}),
      );
    },

    http: null,
    check: () => check({ api, seeing, application, guild: parts.guild }),

    async close() {
      await gateway.stop();
      await listening?.idle();
    },
  };

  function heard(event: string, data: unknown, listener: Listener, teams: Teams): void {
    switch (event) {
      case GatewayDispatchEvents.InteractionCreate: {
        const interaction = data as APIInteraction;
        if (isNew(interaction.id)) listener.interaction(interaction);
        break;
      }
      case GatewayDispatchEvents.MessageCreate:
        listener.message(data as GatewayMessageCreateDispatchData);
        break;
      case GatewayDispatchEvents.GuildCreate:
        joinedGuild(data as GatewayGuildCreateDispatchData, teams);
        break;
      case GatewayDispatchEvents.GuildDelete:
        leftGuild(data as { id: string; unavailable?: boolean }, teams);
        break;
      case GatewayDispatchEvents.GuildRoleUpdate:
      case GatewayDispatchEvents.GuildMemberUpdate:
        letIn((data as { guild_id: string }).guild_id, null, teams);
        break;
      case GatewayDispatchEvents.ChannelDelete:
      case GatewayDispatchEvents.ThreadDelete:
        channels.forget((data as { id: string }).id);
        break;
      default:
        changed(data as GatewayChannelUpdateDispatchData, teams);
    }
  }

  /** It comes for a server that took us in, and for each at a connection that begins anew. */
  function joinedGuild({ id, name }: { id: string; name: string }, teams: Teams): void {
    guilds.add(id);
    channels.forgetGuild(id);
    if (id === parts.guild) stored(isBack({ id, name }, teams));
  }

  async function isBack(guild: { id: string; name: string }, teams: Teams): Promise<void> {
    await teams.connected('discord', guild);
    await register({ api, memory }, { application, guild: guild.id }, offered);
  }

  /** Something is allowed there now, perhaps: what could not be said is said. What is in a thread is of its channel. */
  function changed(channel: GatewayChannelUpdateDispatchData, teams: Teams): void {
    channels.forget(channel.id);
    if (!('guild_id' in channel) || channel.guild_id === undefined) return;
    const { parent_id: parent = null } = channel;
    letIn(channel.guild_id, isThread(channel.type) ? parent : channel.id, teams);
  }

  function letIn(guild: string, channel: string | null, teams: Teams): void {
    stored(teams.letIn('discord', guild, channel));
  }

  /** Down for a moment is not gone. */
  function leftGuild({ id, unavailable }: { id: string; unavailable?: boolean }, teams: Teams): void {
    if (unavailable === true) return;
    guilds.delete(id);
    stored(teams.removed('discord', id));
    if (id === parts.guild) stored(forgetRegistered(memory, { application, guild: id }));
  }

  function stored(work: Promise<void>): void {
    void work.catch((error: unknown) => {
      log.error({ err: error }, 'that a server was joined or left could not be stored');
    });
  }
}

/** Everything that is heard has its own id or that of its server; what has neither is no event of Discord's. */
function isEvent(data: unknown): boolean {
  if (typeof data !== 'object' || data === null) return false;
  const { id, guild_id: guild } = data as { id?: unknown; guild_id?: unknown };
  return typeof id === 'string' || typeof guild === 'string';
}
