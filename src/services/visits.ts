import type { Card } from '../chat/card.ts';
import {
  type Command,
  directTo,
  type Pressed,
  type Sender,
  type SharedFile,
  type Spot,
  type Submitted,
  type SurfaceName,
} from '../chat/port.ts';
import { readPress } from '../chat/press.ts';
import type { Clock } from '../clock.ts';
import { arrivalRole } from '../core/access.ts';
import type { Json } from '../core/json.ts';
import { CrewsmithError } from '../errors.ts';
import { workspaceOfTeam } from '../store/installations.ts';
import { memberNow } from '../store/linked.ts';
import { accountByNative, channelByNative, insertChannel } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import {
  acceptRequest,
  endRequest,
  findRequest,
  isRequestOpen,
  requestsLeftOver,
} from '../store/requests.ts';
import type { Ids } from './ids.ts';
import type { Outbox } from './outbox.ts';
import type { People, RolesHeld } from './people.ts';
import type { TeamRoles } from './team-roles.ts';

/** Somebody of a workspace did something here, and it is saved. */
export interface Visit {
  /** The row of what they did (rule S1). */
  readonly request: string;
  readonly surface: SurfaceName;
  readonly dedupe: string;
  readonly workspace: string;
  readonly member: string;
  readonly channel: { readonly id: string; readonly native: string };
  /** The surface's own address of the thread in which they did it. */
  readonly thread: string | null;
  /** What they shared with it. */
  readonly files: readonly SharedFile[];
  readonly standing: RolesHeld;
}

export type Known = Pick<Visit, 'workspace' | 'member' | 'standing'> & { readonly channel: string | null };

export type Arrived =
  | { readonly as: 'visitor'; readonly visit: Visit }
  /** It came before: nothing is done twice (rule S2). */
  | { readonly as: 'again' }
  /** Nobody has claimed this team (rule K8). */
  | { readonly as: 'unclaimed' };

/** A command as it was saved, typed or by a button that says it. Holds no key: a text with one is not kept. */
export interface SavedCommand {
  readonly member: string;
  readonly text: string;
  readonly files: readonly SharedFile[];
  readonly dedupe: string;
}

/** A command or a press that was saved before the process ended. */
export interface LeftOver {
  readonly visit: Visit;
  readonly sender: Sender;
  readonly receivedAt: number;
  /** Null: it was a press. */
  readonly text: string | null;
  readonly press: unknown;
}

type Incoming = Pick<Command | Pressed | Submitted, 'sender' | 'spot' | 'dedupe'>;

export interface Visits {
  /** Saves what arrived, before anything is done about it; people and channels are made when they are first seen. */
  arrive(incoming: Incoming, what: Arriving): Promise<Arrived>;
  /** Who somebody is here, `member` '' where they did nothing before; null: nobody. Saves nothing. */
  known(incoming: Pick<Incoming, 'sender' | 'spot'>): Promise<Known | null>;
  /** Somebody is a guest or bot by now: if they were here before, they lose what they had (rule K8). */
  turnAway(sender: Sender): Promise<void>;
  /** What could not be said in a channel, with null in any of that team, is said: we were let in. */
  letIn(surface: SurfaceName, team: string, channel: string | null): Promise<void>;
  /** Nothing is left to do about it. */
  end(visit: Visit): Promise<void>;
  /** The same in the commit that does it, where a second time would do more: a start takes up what was not ended. */
  ended(tx: Tx, of: Pick<Visit, 'workspace' | 'surface' | 'dedupe'>): Promise<void>;
  /** What the process before saved and did not carry out; asked before anything new is taken. */
  leftOver(): Promise<readonly LeftOver[]>;
  /** Tells its author alone, by a message of its own; `nth` of the answers to it. */
  tellLater(left: LeftOver, card: Card, nth: number): Promise<void>;
  /** Throws `request.unknown`. */
  command(workspace: string, request: string): Promise<SavedCommand>;
}

export type Arriving =
  | { readonly kind: 'command'; readonly text: string; readonly files: readonly SharedFile[] }
  | { readonly kind: 'press' | 'form'; readonly ref: Json };

/** What is saved of each: enough to carry it out in another process. */
interface Body {
  readonly v: 1;
  readonly member: string;
  readonly channel: Visit['channel'];
  readonly sender: Sender;
  readonly thread: string | null;
}

type Saved = Body & { readonly text?: string; readonly files?: readonly SharedFile[]; readonly ref?: Json };

/** More than people can do in the moment before a process ends. */
const takenUp = 500;

export function createVisits(parts: {
  store: Store;
  clock: Clock;
  ids: Ids;
  people: People;
  teamRoles: TeamRoles;
  /** Known after the engine is made. */
  outbox: () => Outbox;
}): Visits {
  const { store, clock, ids, people, teamRoles } = parts;

  async function channelOf(tx: Tx, workspace: string, { surface }: Sender, spot: Spot) {
    const own = { workspace_id: workspace, surface, native: spot.channel };
    const known = await channelByNative(tx, workspace, surface, spot.channel);
    if (known !== undefined) return { id: known.id, native: spot.channel };
    const id = ids.next('channel');
    const direct = spot.direct ? 1 : 0;
    await insertChannel(tx, { ...own, id, name: spot.channelName, direct, created_at: clock.now() });
    const made = await channelByNative(tx, workspace, surface, spot.channel);
    return { id: made?.id ?? id, native: spot.channel };
  }

  const ended: Visits['ended'] = (tx, { workspace, surface, dedupe }) =>
    endRequest(tx, workspace, surface, dedupe);

  return {
    leftOver: () =>
      store.read(async (tx) => {
        const left: LeftOver[] = [];
        for (const row of await requestsLeftOver(tx, takenUp)) {
          const { channel, sender, thread, text, files = [], ref, ...by } = JSON.parse(row.body) as Saved;
          const member = await memberNow(tx, row.workspace_id, by.member);
          const standing = await people.rolesOf(tx, row.workspace_id, member, channel.id);
          const { id: request, dedupe, workspace_id: workspace } = row;
          const own = { request, surface: sender.surface, dedupe, workspace, member };
          const visit = { ...own, channel, thread, files, standing };
          left.push({ visit, sender, receivedAt: row.received_at, text: text ?? null, press: ref ?? null });
        }
        return left;
      }),

    tellLater: ({ visit, sender }, card, nth) =>
      store.transact(async (tx) => {
        const { workspace, surface, request } = visit;
        const dedupe = `${request}:answer:${nth}`;
        const place = { channel: directTo(sender.native), thread: null };
        const message = `answer:${nth}`;
        await parts
          .outbox()
          .put(tx, { workspace, surface, run: null, order: 0, place, message, kind: 'post', card, dedupe });
      }),

    arrive: ({ sender, spot, dedupe }, what) =>
      store.transact(async (tx): Promise<Arrived> => {
        const { surface, team, native, name, standing: vouched } = sender;
        const workspace = await workspaceOfTeam(tx, surface, team);
        if (workspace === undefined) return { as: 'unclaimed' };
        const channel = await channelOf(tx, workspace, sender, spot);
        const role = arrivalRole(surface);
        const member = await people.arrive(tx, { workspace, surface, native, name, standing: vouched, role });
        await teamRoles.seen(tx, { workspace, surface, native, teamRoles: sender.teamRoles });
        const request = ids.next('request');
        const fresh = await acceptRequest(tx, {
          id: request,
          workspace_id: workspace,
          surface,
          dedupe,
          kind: what.kind,
          body: JSON.stringify({ v: 1, member, channel, sender, thread: spot.thread, ...bodyOf(what) }),
          received_at: clock.now(),
          state: 'received',
          run_id: null,
        });
        // A form that stayed open, or whose answer was lost, is sent again under its id.
        const open = !fresh && what.kind === 'form' && (await isRequestOpen(tx, workspace, surface, dedupe));
        if (!fresh && !open) return { as: 'again' };
        const standing = await people.rolesOf(tx, workspace, member, channel.id);
        const files = what.kind === 'command' ? what.files : [];
        const own = { request, surface, dedupe, workspace, member };
        return { as: 'visitor', visit: { ...own, channel, thread: spot.thread, files, standing } };
      }),

    known: ({ sender, spot }) =>
      store.read(async (tx) => {
        const { surface, team } = sender;
        const workspace = await workspaceOfTeam(tx, surface, team);
        if (workspace === undefined || sender.standing !== 'member') return null;
        const channel = (await channelByNative(tx, workspace, surface, spot.channel))?.id ?? null;
        const now = await teamRoles.standingNow(tx, workspace, sender, channel ?? '');
        return now === null ? null : { workspace, channel, ...now };
      }),

    turnAway: ({ surface, team, native, name, standing }) =>
      store.transact(async (tx) => {
        const workspace = await workspaceOfTeam(tx, surface, team);
        if (workspace === undefined) return;
        if ((await accountByNative(tx, workspace, surface, native)) === undefined) return;
        await people.arrive(tx, { workspace, surface, native, name, standing, role: null });
      }),

    letIn: (surface, team, channel) =>
      store.transact(async (tx) => {
        const workspace = await workspaceOfTeam(tx, surface, team);
        if (workspace !== undefined) await parts.outbox().letIn(tx, workspace, surface, channel);
      }),

    end: (visit) => store.transact((tx) => ended(tx, visit)),

    ended,

    async command(workspace, request) {
      return await store.read(async (tx) => {
        const row = await findRequest(tx, workspace, request);
        const { member, text, files = [], ref } = JSON.parse(row?.body ?? '{}') as Partial<Saved>;
        const words = text ?? wordsOf(ref ?? null);
        if (row === undefined || member === undefined || words === null)
          throw new CrewsmithError('request.unknown', {});
        return { member: await memberNow(tx, workspace, member), text: words, files, dedupe: row.dedupe };
      });
    },
  };
}

const bodyOf = (what: Arriving) => {
  if (what.kind !== 'command') return { ref: what.ref };
  return { text: what.text, ...(what.files.length === 0 ? {} : { files: what.files }) };
};

/** Of a button that says a command; null: it is none. */
function wordsOf(ref: Json): string | null {
  const press = readPress(ref);
  return press?.do === 'say' ? press.words : null;
}
