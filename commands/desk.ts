import type { Answer, Command, Desk, Sender } from '../src/chat/port.ts';
import { looksLikeKey } from '../src/core/pasted-key.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { Arriving, Visit, Visits } from '../src/services/visits.ts';
import { claimedReply } from './access.ts';
import { carryOut } from './carry-out.ts';
import { errorCard } from './error-card.ts';
import type { Writing } from './house.ts';
import { type Resolved, resolve } from './index.ts';
import type { Reply } from './port.ts';
import { splitWords } from './words.ts';

export interface DeskParts {
  /** Of the workspace `default`; for each visitor it is that of theirs. */
  readonly house: Writing;
  readonly visits: Visits;
  readonly log: { error(detail: object, says: string): void };
}

/** What surfaces hand on to: one way from what people type and press to what is done and who is told. */
export function createDesk(parts: DeskParts): Desk {
  const { visits } = parts;
  const houseOf = (visit: Visit): Writing => ({ ...parts.house, workspace: visit.workspace });
  const crewsHere = async () => (await parts.house.crews()).list();

  /** Null: it is not to be answered. */
  async function welcome(incoming: Parameters<Visits['arrive']>[0], what: Arriving): Promise<Visit | null> {
    if (incoming.sender.standing === 'guest') throw new CrewsmithError('access.guest', {});
    const arrived = await visits.arrive(incoming, what);
    if (arrived.as === 'again') return null;
    if (arrived.as === 'unclaimed') throw new CrewsmithError('access.unclaimed', {});
    return arrived.visit;
  }

  /** The one thing that somebody of a team may do that nobody has claimed (rule K8). Null: it is done. */
  async function claiming(command: Command, code: string, answer: Answer): Promise<Visit | null> {
    const { surface, native, name, standing, team } = command.sender;
    const arrived =
      standing === 'member' ? await visits.arrive(command, { kind: 'command', text: '' }) : null;
    if (arrived?.as === 'visitor') return arrived.visit;
    if (arrived?.as === 'again') return null;
    const claimer = { surface, native, name, standing, team: { id: team, name: team } };
    const claimed = await parts.house.claims.claimTeam(claimer, code);
    for (const card of claimedReply(claimed, typedInChat).cards) await answer.private(card);
    return null;
  }

  /** What fails is told to who asked, with what to do next; nobody else sees it. */
  async function telling(answer: Answer, sender: Sender, work: () => Promise<void>): Promise<void> {
    if (sender.standing === 'bot') return;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof CrewsmithError)) parts.log.error({ err: error }, 'a request of a member failed');
      await answer.private(errorCard(error));
    }
  }

  async function perform(visit: Visit, command: Command, resolved: Resolved): Promise<Reply> {
    const { workspace, member, channel } = visit;
    const need = { workspace, member, channel: channel.id, command: resolved.spec };
    await parts.house.store.read((tx) => parts.house.people.mustBe(tx, need));
    const context = {
      surface: command.sender.surface,
      channel,
      member,
      dedupe: command.dedupe,
      priceAgreed: false,
      typed: typedInChat,
      // A run's own card says all of it, and it comes at once.
      tell: () => {},
      secret: null,
    };
    return await carryOut({ can: 'write', house: houseOf(visit) }, context, resolved);
  }

  return {
    command: (command, answer) =>
      telling(answer, command.sender, async () => {
        // Rule K4: a key among the words is not even kept in the row of the request.
        const text = looksLikeKey(command.text) === null ? command.text : '';
        const code = claimCodeIn(command.text);
        const visit =
          code === null
            ? await welcome(command, { kind: 'command', text })
            : await claiming(command, code, answer);
        if (visit === null) return;
        try {
          const resolved = await resolve(splitWords(command.text), crewsHere, 'chat');
          const reply = await perform(visit, command, resolved);
          for (const card of reply.cards) await answer.private(card);
        } finally {
          await visits.end(visit);
        }
      }),

    press: (pressed, answer) =>
      telling(answer, pressed.sender, async () => {
        const visit = await welcome(pressed, { kind: 'press', ref: { ...pressed.press } });
        if (visit === null) return;
        await visits.end(visit);
        throw new CrewsmithError('request.unknown', {});
      }),

    submit: () => Promise.resolve({ form: 'stays', says: 'This form is not known here.', fields: {} }),

    async opensForm(of) {
      if ('press' in of) return ['edit', 'changes', 'limit'].includes(of.press.do);
      try {
        const { spec } = await resolve(splitWords(of.text), crewsHere, 'chat');
        return spec.reply === 'form';
      } catch {
        return false;
      }
    },
  };
}

/** The code of `access claim CODE`; null: something else is typed. */
function claimCodeIn(text: string): string | null {
  const [, code = null] = /^\s*access\s+claim\s+(\S.*)$/i.exec(text) ?? [];
  return code;
}

/** A command as it is typed where people talk. */
const typedInChat = (words: string): string => `/crew ${words}`;
