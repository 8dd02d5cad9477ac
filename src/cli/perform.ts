import { carryOut } from '../../commands/carry-out.ts';
import { type Resolved, resolve } from '../../commands/index.ts';
import type { Reply } from '../../commands/port.ts';
import { NoAnswer, type TerminalIO } from '../chat/terminal/session.ts';
import type { End, TypedFile } from '../chat/terminal/wire.ts';
import { CrewsmithError, isCrewsmithError } from '../errors.ts';
import { exitOfError, exits } from './exit.ts';
import type { House } from './house.ts';
import { sayError, sayReply } from './say.ts';
import { typedHere } from './typed.ts';

/** What was typed in a terminal, here or at the other end of the socket. */
export interface Typed {
  readonly words: readonly string[];
  readonly files: readonly TypedFile[];
  /** The crew that is meant, as it is known where they were typed; null: none. */
  readonly crew: string | null;
  /** The run that the command had in a process that has left. */
  readonly follow: string | null;
  readonly dedupe: string;
}

/** Carries a command out. Never rejects: what goes wrong is said. */
export async function perform(house: House, typed: Typed, io: TerminalIO): Promise<End> {
  try {
    const resolved = await resolve(typed.words, () => house.crews(), 'terminal');
    if (typed.follow !== null) return await stayWith(house, typed.follow, resolved, io);
    const reply = await priced(house, typed, resolved, io);
    if (reply === null) return { exit: exits.refused };
    if (reply.run !== null) return await stayWith(house, reply.run, resolved, io);
    sayReply(reply, io, wantsJson(resolved));
    return { exit: reply.exit };
  } catch (error) {
    // A question that was taken back because this process leaves: nothing was done yet, another may begin anew.
    if (error instanceof NoAnswer) return house.leaving.aborted ? { left: null } : { exit: exits.canceled };
    const known = explained(error, typed);
    sayError(known, io, typed.words.includes('--json'));
    return { exit: exitOfError(known) };
  }
}

/** What is known where it was typed and not here is no wrong word. */
function explained(error: unknown, { crew }: Typed): unknown {
  const isWord = isCrewsmithError(error, 'usage.word') || isCrewsmithError(error, 'crew.unknown');
  return isWord && crew !== null ? new CrewsmithError('crew.not-here', { crew }) : error;
}

async function stayWith(house: House, run: string, resolved: Resolved, io: TerminalIO): Promise<End> {
  const { follow } = await import('./follow.ts');
  return await follow(house, run, optionsOf(resolved), io);
}

/** Rules M3 and G3: above `ask-above`, and where nobody could decide, a person is asked, where there is one; null: no. */
async function priced(house: House, typed: Typed, resolved: Resolved, io: TerminalIO): Promise<Reply | null> {
  const context = {
    surface: 'terminal' as const,
    ...house.local,
    dedupe: typed.dedupe,
    files: typed.files.map(({ field, name, base64 }) => ({
      field,
      name,
      from: { bytes: Buffer.from(base64, 'base64') },
    })),
    typed: typedHere,
    name: 'local',
    thread: null,
    asks: null,
    may: () => true,
    sees: () => true,
    tell: (line: string) => io.err(`${line}\n`),
    secret: (what: string) => io.secret(what, AbortSignal.any([house.leaving, io.gone])),
  };
  try {
    return await carryOut({ can: 'write', house }, { ...context, priceAgreed: false }, resolved);
  } catch (error) {
    const isAsked = isCrewsmithError(error, 'price.ask') || isCrewsmithError(error, 'gate.nobody');
    if (!isAsked || !io.interactive) throw error;
    io.err(`${error.says}\n`);
    const answer = await io.ask('Go on? [y/N] ', AbortSignal.any([house.leaving, io.gone]));
    if (!/^y(es)?$/i.test(answer.trim())) {
      io.err('Nothing was started and nothing paid.\n');
      return null;
    }
    return await carryOut({ can: 'write', house }, { ...context, priceAgreed: true }, resolved);
  }
}

const has = ({ spec, values }: Resolved, flag: string) =>
  spec.flags.some((f) => f.name === flag) && values.has(flag);

export const wantsJson = (resolved: Resolved): boolean => has(resolved, 'json');

const optionsOf = (resolved: Resolved) => ({
  decision: has(resolved, 'approve')
    ? ('approve' as const)
    : has(resolved, 'reject')
      ? ('reject' as const)
      : null,
  json: wantsJson(resolved),
});
