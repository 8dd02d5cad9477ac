import type { Reply } from '../../commands/port.ts';
import { drawCard } from '../chat/terminal/draw.ts';
import { inertText } from '../chat/terminal/inert.ts';
import type { TerminalIO } from '../chat/terminal/session.ts';
import { CrewsmithError } from '../errors.ts';

/** Results go to standard output: drawn, or one JSON object and nothing else; what is not drawn is JSON that people can read. */
export function sayReply(reply: Reply, io: TerminalIO, json: boolean): void {
  if (json) io.out(`${JSON.stringify(reply.data)}\n`);
  else if (reply.cards.length === 0) io.out(`${JSON.stringify(reply.data, null, 2)}\n`);
  else for (const card of reply.cards) io.out(`${drawCard(card, { color: io.outColor, width: io.width })}\n`);
}

/** A sentence with what to do next; the code small behind it. Machines get it as the one JSON object. */
export function sayError(error: unknown, io: TerminalIO, json: boolean): void {
  const known = error instanceof CrewsmithError ? error : unexpected(error);
  const { code, says, next } = known;
  if (json) io.out(`${JSON.stringify({ error: { code, says, next } })}\n`);
  io.err(`${inertText(says)}\n${next === '' ? '' : `${inertText(next)}\n`}(${code})\n`);
}

const unexpected = (error: unknown) => {
  const what = error instanceof Error ? error.message : String(error);
  return new CrewsmithError('internal.unexpected', { what }, { cause: error });
};
