import type { Answer, Sender } from '../src/chat/port.ts';
import { maySee, mayUse } from '../src/core/access.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { Whereabouts } from '../src/services/runs/index.ts';
import type { SavedCommand, Visit } from '../src/services/visits.ts';
import type { Bare, Writing } from './house.ts';
import type { Asks, CommandSpec, Context } from './port.ts';

/** Somebody at the desk, with what they may work on. */
export interface Visitor {
  readonly visit: Visit;
  readonly sender: Sender;
  readonly answer: Answer;
  /** Of their workspace. */
  readonly house: Writing;
}

/** What needs a role: a command, or what a button does. */
type Need = Pick<CommandSpec, 'name' | 'role' | 'of'>;

/** In the channel where they are, or in another one. Throws `access.forbidden`, which names who may. */
export async function mustUse(
  { visit, house }: Visitor,
  command: Need,
  channel = visit.channel.id,
): Promise<void> {
  const { workspace, member } = visit;
  await house.store.read((tx) => house.people.mustBe(tx, { workspace, member, channel, command }));
}

/** Whether a run is theirs to see, from where they are. */
const seenBy =
  ({ member, channel, standing }: Visit) =>
  (run: Whereabouts): boolean =>
    maySee(run, { member, channel: channel.id, everywhere: standing.everywhere });

/** To see a run and act on it. Throws `run.unknown`, `access.forbidden`. */
export async function mustReach(visitor: Visitor, run: string, need: Need): Promise<void> {
  const { visit, house } = visitor;
  const where = await house.runs.whereabouts(visit.workspace, run);
  if (!seenBy(visit)(where)) throw new CrewsmithError('run.unknown', { run });
  await mustUse(visitor, need, where.channel);
}

/** Their own command, as it was saved. Throws `request.unknown`, and `request.others` where it is another member's. */
export async function ownCommand({ visit, house }: Visitor, request: string): Promise<SavedCommand> {
  const command = await house.visits.command(visit.workspace, request);
  if (command.member !== visit.member) throw new CrewsmithError('request.others', {});
  return command;
}

/** To begin a run where they are. Throws `place.closed`. */
export async function mustTakeCards({ visit, sender, house }: Visitor): Promise<void> {
  const { surface, native: asker } = sender;
  await house.places.mustTakeCards({ surface, channel: visit.channel.native, asker });
}

/** What a command is given of whoever typed it where people talk. */
export function contextOf(
  { visit, sender }: Visitor,
  asks: Asks,
  more: Partial<Pick<Context<Bare>, 'dedupe' | 'files' | 'secret'>> = {},
): Omit<Context<Bare>, 'house'> {
  return {
    surface: sender.surface,
    channel: visit.channel,
    thread: visit.thread,
    member: visit.member,
    name: sender.name,
    dedupe: visit.dedupe,
    files: visit.files,
    priceAgreed: false,
    asks,
    may: (need) => mayUse(need, visit.standing).ok,
    sees: seenBy(visit),
    typed: typedInChat,
    // A run's own card says it all, and comes at once.
    tell: () => {},
    secret: null,
    ...more,
  };
}

/** A command as it is typed where people talk. */
export const typedInChat = (words: string): string => `/crew ${words}`;
