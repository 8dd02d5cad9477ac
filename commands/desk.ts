import type { FormOutcome } from '../src/chat/form.ts';
import type { Answer, Command, Desk, Pressed, Sender, Submitted } from '../src/chat/port.ts';
import { looksLikeKey, refuseKeys } from '../src/core/pasted-key.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { Arriving, Visit } from '../src/services/visits.ts';
import { claimedReply } from './access.ts';
import { carryOut } from './carry-out.ts';
import { errorCard } from './error-card.ts';
import type { Writing } from './house.ts';
import { resolve } from './index.ts';
import { opensForm, press, type Say } from './presses.ts';
import { needsForm } from './run.ts';
import { send } from './sent-forms.ts';
import { takeUp } from './take-up.ts';
import { contextOf, mustReach, mustTakeCards, mustUse, typedInChat, type Visitor } from './visitor.ts';
import { splitWords } from './words.ts';

export interface DeskParts {
  /** Of the workspace `default`; each visitor works on theirs. */
  readonly house: Writing;
  readonly log: { error(detail: object, says: string): void };
}

type Incoming = Command | Pressed | Submitted;

/** What surfaces hand on to: one way from what people type, press and send to what is done and who is told. */
export function createDesk(parts: DeskParts): Desk & {
  /** Carries out what the process before saved and did not do; before anything new is taken. */
  takeUp(): Promise<void>;
} {
  const { visits } = parts.house;
  const crewsHere = () => parts.house.crews();
  /** Forms that are being applied, by their dedupe ids: the same one sent twice waits for the first. */
  const sending = new Map<string, Promise<FormOutcome>>();

  /** Saves what came (rule S1). Null: it came before, so it is not answered either. */
  async function welcome(incoming: Incoming, what: Arriving, answer: Answer): Promise<Visitor | null> {
    const { sender } = incoming;
    if (sender.standing === 'guest') {
      await visits.turnAway(sender);
      throw new CrewsmithError('access.guest', {});
    }
    const arrived = await visits.arrive(incoming, what);
    if (arrived.as === 'again') return null;
    if (arrived.as === 'unclaimed') throw new CrewsmithError('access.unclaimed', {});
    return visitor(arrived.visit, sender, answer);
  }

  /** The one thing that somebody of a team may do that nobody has claimed (rule K8). Null: it is done. */
  async function claiming(command: Command, code: string, answer: Answer): Promise<Visitor | null> {
    const { surface, native, name, standing, team } = command.sender;
    const arrived =
      standing === 'member' ? await visits.arrive(command, { kind: 'command', text: '', files: [] }) : null;
    if (arrived?.as === 'visitor') return visitor(arrived.visit, command.sender, answer);
    if (arrived?.as === 'again') return null;
    const claimer = { surface, native, name, standing, team: { id: team, name: team } };
    const claimed = await parts.house.claims.claimTeam(claimer, code);
    for (const card of claimedReply(claimed, typedInChat).cards) await answer.private(card);
    return null;
  }

  const visitor = (visit: Visit, sender: Sender, answer: Answer): Visitor => ({
    visit,
    sender,
    answer,
    house: { ...parts.house, workspace: visit.workspace },
  });

  /** What fails is told to who did it, with what to do next; nobody else sees it. */
  async function telling(
    answer: Answer,
    { sender }: Pick<Incoming, 'sender'>,
    work: () => Promise<void>,
  ): Promise<void> {
    if (sender.standing === 'bot') return;
    try {
      await work();
    } catch (error) {
      await answer.private(errorCard(noted(error)));
    }
  }

  function noted(error: unknown): unknown {
    if (!(error instanceof CrewsmithError))
      parts.log.error({ err: error }, 'what a member did could not be carried out');
    return error;
  }

  /** `stop` alone, in the thread of a run, means that one. */
  async function withRunOfThread({ visit, house }: Visitor, words: readonly string[]) {
    const { workspace, channel, thread } = visit;
    if (thread === null || words.length !== 1 || words[0] !== 'stop') return words;
    const run = await house.runs.inThread(workspace, channel.id, thread);
    return run === null ? words : [...words, run];
  }

  /** One way for words that were typed, pressed or confirmed. */
  const say: Say = async (by, words, from) => {
    const { visit, answer, house } = by;
    const resolved = await resolve(await withRunOfThread(by, splitWords(words)), crewsHere, 'chat');
    await mustUse(by, resolved.spec);
    if (resolved.crew !== null) await mustTakeCards(by);
    const run = resolved.spec.args.some((arg) => arg.name === 'run') ? resolved.values.arg('run') : null;
    if (run !== null) await mustReach(by, run, resolved.spec);
    const asks = { request: from?.request ?? visit.request, confirmed: from?.confirmed ?? null };
    const context = contextOf(by, asks, from === undefined ? {} : { dedupe: from.dedupe, files: from.files });
    const reply = await carryOut({ can: 'write', house }, context, resolved);
    if (reply.form !== null) await answer.form(reply.form);
    for (const card of reply.cards) await answer.private(card);
  };

  return {
    takeUp: () =>
      takeUp(parts.house, {
        command: (visit, sender, to, words) =>
          telling(to, { sender }, () => say(visitor(visit, sender, to), words)),
        press: (visit, sender, to, pressed) =>
          telling(to, { sender }, () => press(visitor(visit, sender, to), pressed, say)),
      }),

    command: (command, answer) =>
      telling(answer, command, async () => {
        // Rule K4: a key among the words is not even kept in the row of the request, and a code that holds is not either.
        // Taken up after a kill it says how it is typed.
        const said = hasLinkCode(command.text) ? 'help access link' : command.text;
        const text = looksLikeKey(command.text) === null ? said : '';
        const code = claimCodeIn(command.text);
        const by =
          code === null
            ? await welcome(command, { kind: 'command', text, files: command.files }, answer)
            : await claiming(command, code, answer);
        if (by === null) return;
        await say(by, command.text).finally(() => visits.end(by.visit));
      }),

    press: (pressed, answer) =>
      telling(answer, pressed, async () => {
        // What comes back as a press may be of anybody's making, and is kept.
        if (pressed.press.do === 'say') refuseKeys([pressed.press.words]);
        const by = await welcome(pressed, { kind: 'press', ref: { ...pressed.press } }, answer);
        if (by === null) return;
        await press(by, pressed.press, say).finally(() => visits.end(by.visit));
      }),

    async submit(submitted, answer) {
      const id = `${submitted.sender.surface} ${submitted.dedupe}`;
      const same = sending.get(id);
      if (same !== undefined) return await same;
      const outcome = apply(submitted, answer).finally(() => sending.delete(id));
      sending.set(id, outcome);
      return await outcome;
    },

    async opensForm(of) {
      if ('press' in of) return opensForm(of.press);
      try {
        const { spec, values } = await resolve(splitWords(of.text), crewsHere, 'chat');
        const crew = (await crewsHere()).list().find((c) => c.name === spec.name);
        return spec.reply === 'form' || (crew !== undefined && needsForm(crew, values));
      } catch {
        return false;
      }
    },

    typed: async () => await (await suggestions()).allTyped(parts.house),
    suggest: async (asked) => await (await suggestions()).suggest(parts.house, asked),
  };

  async function apply(submitted: Submitted, answer: Answer): Promise<FormOutcome> {
    const closes: FormOutcome = { form: 'closes' };
    if (submitted.sender.standing === 'bot') return closes;
    try {
      const by = await welcome(submitted, { kind: 'form', ref: { ...submitted.form } }, answer);
      if (by === null) return closes;
      // Rule K4: there is one form for keys; anywhere else what is wrong with a text is said with the text.
      if (submitted.form.form !== 'key') refuseKeys(Object.values(submitted.values));
      const outcome = await send(by, submitted.form, submitted, crewsHere);
      // One that stays open may be sent again, under the same id.
      if (outcome.form === 'closes') await visits.end(by.visit);
      return outcome;
    } catch (error) {
      const known = noted(error) instanceof CrewsmithError ? (error as CrewsmithError) : null;
      const says = known === null ? new CrewsmithError('internal.hidden', {}) : known;
      return { form: 'stays', says: `${says.says} ${says.next}`.trim(), fields: {} };
    }
  }
}

/** Imported where commands are chosen and not typed. */
const suggestions = () => import('./suggest.ts');

/** Whether it is `access link CODE`. */
const hasLinkCode = (text: string): boolean => /^\s*access\s+link\s+(?!me\s*$)\S/i.test(text);

/** The code of `access claim CODE`; null: something else is typed. */
function claimCodeIn(text: string): string | null {
  const [, code = null] = /^\s*access\s+claim\s+(\S.*)$/i.exec(text) ?? [];
  return code;
}
