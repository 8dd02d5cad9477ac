import type { Answer, Sender } from '../src/chat/port.ts';
import { type Press, readPress } from '../src/chat/press.ts';
import type { LeftOver, Visit } from '../src/services/visits.ts';
import { answer, text } from './cards.ts';
import type { Writing } from './house.ts';

/** What was asked a moment before the program ended is done now; what is older is not, since nobody waits for it any more. */
const youngMs = 15 * 60_000;

/**
 * Rule S1: what was saved and not carried out, because the process ended. Each is answered by a message to its author alone,
 * since what they were answered by has passed. Forms are not among them: they stayed open.
 */
export async function takeUp(
  house: Writing,
  does: {
    command(visit: Visit, sender: Sender, to: Answer, words: string): Promise<void>;
    press(visit: Visit, sender: Sender, to: Answer, pressed: Press): Promise<void>;
  },
): Promise<void> {
  for (const left of await house.visits.leftOver()) {
    const { visit, sender } = left;
    const to = answerLater(house, left);
    if (house.clock.now() - left.receivedAt > youngMs) await to.private(tooOld(left));
    else if (left.text !== null) await does.command(visit, sender, to, left.text);
    else {
      const pressed = readPress(left.press);
      if (pressed !== null) await does.press(visit, sender, to, pressed);
    }
    await house.visits.end(visit);
  }
}

function answerLater({ visits }: Writing, left: LeftOver): Answer {
  let count = 0;
  const tell = (card: Parameters<Answer['private']>[0]) => visits.tellLater(left, card, count++);
  return {
    private: tell,
    form: (form) =>
      tell(answer(`${form.title}: a form is needed`, [text('Ask for it again to fill it in.')])),
  };
}

const tooOld = ({ text: words }: LeftOver) =>
  answer('Crewsmith was stopped before this was done', [
    text(words === null ? 'Press the button again.' : `Type it again: /crew ${words}`),
  ]);
