import { DateTime } from 'luxon';
import type { Card, CardBlock, Notice } from '../chat/card.ts';
import { directTo, type Place, type Surface, type SurfaceName } from '../chat/port.ts';
import type { Queue } from '../queue/port.ts';
import { findGate, type Gate } from '../store/gates.ts';
import { postsOf } from '../store/outbox.ts';
import { findChannel } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import { runTitle } from './cards.ts';
import { channelName } from './channel-words.ts';
import type { DeciderCheck, Told } from './deciders.ts';
import type { Outbox } from './outbox.ts';
import type { Loaded, Runs } from './runs/load.ts';
import type { Settings } from './settings.ts';

/** Being told of a gate (rule G5): a mention in its thread, and a card of their own for those who do not see the channel. */
export interface GateTold {
  /** Whom the gate's card in the thread calls. Nobody: null. */
  notice(tx: Tx, loaded: Loaded, gate: Gate): Promise<Notice | null>;
  /** A gate has opened and calls people: who of them sees the channel is asked after the commit. */
  opened(tx: Tx, gate: Gate): Promise<void>;
  /** A card could not be sent. Where it was that of a gate in its thread, nobody sees that gate, so they all get one of their own. */
  lost(tx: Tx, card: { workspace_id: string; run_id: string; message: string }): Promise<void>;
  /** Puts the cards of their own. Works on the job that `opened` or `lost` stored. */
  tell(workspace: string, told: Telling): Promise<void>;
  /** The gate was closed: their cards are swept like the one in the thread. */
  closed(tx: Tx, loaded: Loaded, gate: Gate, card: Card): Promise<void>;
}

interface Telling {
  readonly gate: string;
  readonly opening: number;
  /** Its card does not stand in the thread, so who sees the channel is told, too. */
  readonly lost: boolean;
}

export function createGateTold(parts: {
  store: Store;
  clock: { now(): number };
  queue: Queue;
  outbox: Outbox;
  runs: Runs;
  settings: Settings;
  deciders: DeciderCheck;
  surfaces: ReadonlyMap<SurfaceName, Surface>;
  /** The gate as it is now. */
  draw: (tx: Tx, loaded: Loaded, gate: Gate) => Promise<Card>;
}): GateTold {
  const { store, queue, outbox, runs, settings, deciders, surfaces } = parts;

  async function pushOf(tx: Tx, loaded: Loaded, gate: Gate): Promise<string> {
    const { workspace_id: workspace, channel_id: channel } = loaded.row;
    const { zone } = await settings.get(tx, workspace);
    const until = DateTime.fromMillis(gate.expires_at, { zone }).setLocale('en').toFormat('ccc d LLL H:mm');
    return `${runTitle(loaded.crew, loaded.input)} waits for your decision in ${await named(tx, workspace, channel)} until ${until}`;
  }

  const named = async (tx: Tx, workspace: string, channel: string) =>
    `#${(await channelName(tx, workspace, channel)) ?? 'the channel'}`;

  /** Where to reach somebody who does not see the channel; null: they see it, or nowhere. */
  async function directPlace(person: Told, run: { surface: string; channel: string; lost: boolean }) {
    const accounts = person.accounts.map(accountOf).filter((a) => surfaces.has(a.surface));
    const here = accounts.filter((a) => a.surface === run.surface);
    for (const { surface, native } of run.lost ? [] : here) {
      // Who cannot be asked about is rather told twice than not at all.
      const sees = await surfaces
        .get(surface)
        ?.sees(native, run.channel)
        .catch(() => false);
      if (sees === true) return null;
    }
    // Who is on page and terminal alone is called from nowhere else (rule G3).
    const [account] = [...here, ...accounts.filter((a) => a.surface === 'slack' || a.surface === 'discord')];
    if (account === undefined) return null;
    const place: Place = { channel: directTo(account.native), thread: null };
    return { member: person.memberId, surface: account.surface, place };
  }

  const enqueue = (tx: Tx, workspace: string, run: string, payload: Telling) =>
    queue.enqueue(tx, {
      ...{ workspace, kind: 'tell', run, payload: { ...payload }, dueAt: parts.clock.now() },
    });

  const mine = (gate: Gate, opening: number) => `gate:${gate.id}:${opening}:to:`;

  return {
    async notice(tx, loaded, gate) {
      const { surface } = loaded.row;
      // Who is at the terminal has asked, and sees it.
      if (surface === 'terminal') return null;
      const told = await deciders.toBeTold(tx, loaded, gate);
      const teamRoles = await deciders.rolesToBeTold(tx, loaded, gate);
      if (told.length + teamRoles.length === 0) return null;
      const people = told.flatMap(({ name, accounts }) => {
        const here = accounts.map(accountOf).find((a) => a.surface === surface);
        return here === undefined ? [] : [{ native: here.native, name }];
      });
      return { type: 'notice', people: [...people, ...teamRoles], push: await pushOf(tx, loaded, gate) };
    },

    opened: (tx, gate) =>
      enqueue(tx, gate.workspace_id, gate.run_id, { gate: gate.id, opening: gate.openings, lost: false }),

    async lost(tx, { workspace_id: workspace, run_id: run, message }) {
      const [, gate, opening] = /^gate:([^:]+):(\d+)$/.exec(message) ?? [];
      if (gate === undefined) return;
      await enqueue(tx, workspace, run, { gate, opening: Number(opening), lost: true });
    },

    async tell(workspace, { gate: gateId, opening, lost }) {
      const asked = await store.read(async (tx) => {
        const gate = await findGate(tx, workspace, gateId);
        if (gate?.status !== 'open' || gate.openings !== opening) return null;
        const loaded = await runs.read(tx, workspace, gate.run_id);
        const channel = (await findChannel(tx, workspace, loaded.row.channel_id))?.native ?? '';
        const told = await deciders.toBeTold(tx, loaded, gate);
        return { run: gate.run_id, surface: loaded.row.surface, channel, told, lost };
      });
      if (asked === null) return;
      const places = await Promise.all(asked.told.map((person) => directPlace(person, asked)));
      const direct = places.filter((place) => place !== null);
      if (direct.length === 0) return;
      await store.transact(async (tx) => {
        const loaded = await runs.lock(tx, workspace, asked.run);
        const gate = await findGate(tx, workspace, gateId);
        if (gate?.status !== 'open' || gate.openings !== opening) return;
        const where = await named(tx, workspace, loaded.row.channel_id);
        const says = lost ? `this could not be shown in ${where}` : `you do not see ${where}`;
        const why: CardBlock = { type: 'text', text: `You are asked here because ${says}.` };
        const notice: Notice = { type: 'notice', people: [], push: await pushOf(tx, loaded, gate) };
        const drawn = await parts.draw(tx, loaded, gate);
        const card: Card = { ...drawn, body: [notice, why, ...drawn.body] };
        for (const { member, surface, place } of direct) {
          const message = `${mine(gate, opening)}${member}`;
          await outbox.put(tx, {
            ...{ workspace, surface, place, message, card, kind: 'post' },
            ...{ run: loaded.row.id, order: loaded.row.version, dedupe: `${loaded.row.id}:${message}` },
          });
        }
      });
    },

    async closed(tx, { row }, gate, card) {
      if (row.surface === 'terminal') return;
      for (const post of await postsOf(tx, row.workspace_id, row.id, mine(gate, gate.openings))) {
        await outbox.put(tx, {
          ...{
            workspace: row.workspace_id,
            surface: post.surface as SurfaceName,
            run: row.id,
            order: row.version,
          },
          ...{ message: post.message, kind: 'edit', card, dedupe: `${row.id}:${post.message}` },
          place: JSON.parse(post.address) as Place,
        });
      }
    },
  };
}

function accountOf(text: string): { readonly surface: SurfaceName; readonly native: string } {
  const colon = text.indexOf(':');
  return { surface: text.slice(0, colon) as SurfaceName, native: text.slice(colon + 1) };
}
