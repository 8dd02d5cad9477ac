import type { WebSocket } from 'ws';
import { application, botUser, type DiscordState, guild } from './state.ts';

/** Discord's gateway behind one address: sessions, heartbeats, what is missed and brought later. */
export interface FakeGateway {
  connect(socket: WebSocket): void;
  /** Brings an event to the bot; while it is away it is kept for when it resumes. */
  dispatch(event: string, data: object): void;
  /** The socket is gone, without a word. */
  drop(): void;
  /** The bot is asked to connect anew. */
  reconnect(): void;
  /** The next resume is refused. */
  refuseResume(): void;
  /** So many events get lost on the way, and are never brought. */
  loses(count: number): void;
  /** A packet as it is written here, whatever it says; it has no number and is never brought again. */
  raw(packet: string): void;
  /** Heartbeats are no longer answered. */
  deaf: boolean;
  /** Whoever connects is cut off at once. */
  isDown: boolean;
  /** How many were. */
  readonly turnedAway: number;
  readonly identified: number;
  readonly resumed: number;
  readonly isConnected: boolean;
}

interface Session {
  readonly id: string;
  seq: number;
  readonly kept: { readonly seq: number; readonly event: string; readonly data: object }[];
}

const codes = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalid: 9,
  hello: 10,
  ack: 11,
};

export function createGatewayServer(parts: {
  state: DiscordState;
  address: () => string;
  heartbeatMs: number;
  changed: () => void;
}): FakeGateway {
  const { state, changed } = parts;
  let socket: WebSocket | null = null;
  let session: Session | null = null;
  let refusing = false;
  let made = 0;

  const send = (to: WebSocket, op: number, d: unknown, more: object = {}) =>
    to.send(JSON.stringify({ op, d, s: null, t: null, ...more }));

  function bring(event: string, data: object): void {
    if (session === null) return;
    session.seq += 1;
    session.kept.push({ seq: session.seq, event, data });
    if (socket !== null) send(socket, codes.dispatch, data, { s: session.seq, t: event });
  }

  const guildJson = () => ({
    ...{ id: guild, name: 'Acme', owner_id: '1', roles: state.roles, channels: [], members: [], threads: [] },
    ...{ presences: [], voice_states: [], stage_instances: [], guild_scheduled_events: [] },
    ...{ emojis: [], stickers: [], features: [], member_count: 3, joined_at: new Date(0).toISOString() },
  });

  function identified(to: WebSocket, token: string): void {
    if (token !== state.token) {
      to.close(4_004, 'Authentication failed.');
      return;
    }
    made += 1;
    session = { id: `session-${made}`, seq: 0, kept: [] };
    socket = to;
    gateway.identified += 1;
    bring('READY', {
      ...{ v: 10, session_id: session.id, resume_gateway_url: parts.address(), session_type: 'normal' },
      user: { id: botUser, username: 'Crewsmith', discriminator: '0', bot: true, avatar: null },
      guilds: state.isThere ? [{ id: guild, unavailable: true }] : [],
      application: { id: application, flags: 0 },
    });
    if (state.isThere) bring('GUILD_CREATE', guildJson());
    changed();
  }

  function resumed(to: WebSocket, { session_id: id, seq }: { session_id: string; seq: number }): void {
    if (refusing || session?.id !== id) {
      refusing = false;
      send(to, codes.invalid, false);
      return;
    }
    socket = to;
    gateway.resumed += 1;
    for (const one of session.kept.filter((kept) => kept.seq > seq))
      send(to, codes.dispatch, one.data, { s: one.seq, t: one.event });
    bring('RESUMED', {});
    changed();
  }

  const gateway = {
    deaf: false,
    isDown: false,
    turnedAway: 0,
    identified: 0,
    resumed: 0,
    get isConnected() {
      return socket !== null;
    },
    connect(to: WebSocket) {
      to.on('error', () => {});
      if (gateway.isDown) {
        gateway.turnedAway += 1;
        to.terminate();
        changed();
        return;
      }
      send(to, codes.hello, { heartbeat_interval: parts.heartbeatMs });
      to.on('message', (data) => {
        const { op, d } = JSON.parse(String(data)) as { op: number; d: never };
        if (op === codes.heartbeat && !gateway.deaf) send(to, codes.ack, null);
        else if (op === codes.identify) identified(to, (d as { token: string }).token);
        else if (op === codes.resume) resumed(to, d);
      });
      to.on('close', () => {
        if (socket === to) socket = null;
        changed();
      });
    },
    dispatch: bring,
    loses(count: number) {
      if (session !== null) session.seq += count;
    },
    raw: (packet: string) => socket?.send(packet),
    drop: () => socket?.terminate(),
    reconnect: () => socket !== null && send(socket, codes.reconnect, null),
    refuseResume() {
      refusing = true;
    },
  };
  return gateway;
}
