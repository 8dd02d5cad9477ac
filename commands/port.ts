import type { Card } from '../src/chat/card.ts';
import type { Form } from '../src/chat/form.ts';
import type { GivenFile, SurfaceName } from '../src/chat/port.ts';
import type { Role } from '../src/core/access.ts';
import type { Json } from '../src/core/json.ts';
import type { Secret } from '../src/core/secret.ts';
import type { Whereabouts } from '../src/services/runs/index.ts';
import type { Bare, Reading, Writing } from './house.ts';

/** A word of the command line and of chat, declared once for every surface. */
export type CommandSpec = Declared &
  (
    | { readonly data: 'none'; run(context: Context<Bare>, values: Values): Promise<Reply> }
    | { readonly data: 'read'; run(context: Context<Reading>, values: Values): Promise<Reply> }
    | { readonly data: 'write'; run(context: Context<Writing>, values: Values): Promise<Reply> }
  );

interface Declared {
  /** One word, or two: `keys add`. */
  readonly name: string;
  /** One sentence, shown by `help`. */
  readonly summary: string;
  /** The least that may use it: by their role in the channel where it is typed, or in the whole workspace. */
  readonly role: Role;
  readonly of: 'channel' | 'workspace';
  /** What works on the files of the machine, or decides by typed words (rule G4), is of the terminal. */
  readonly surfaces: 'all' | 'terminal';
  /** How chat answers: to the asker alone, where everybody sees it, or by a form. */
  readonly reply: 'private' | 'thread' | 'form';
  readonly args: readonly ArgSpec[];
  readonly flags: readonly FlagSpec[];
}

export interface ArgSpec {
  readonly name: string;
  readonly summary: string;
  /** It must stand among the words. */
  readonly required: boolean;
  /** It cannot be left out: what does not stand among the words is given by a flag, or asked for by a form. */
  readonly needed: boolean;
  /** null: any word. */
  readonly choices: readonly string[] | null;
  /** Takes all words that are left, as one text. Only of the last. */
  readonly rest: boolean;
  /** A file is named in a terminal alone; elsewhere it is shared with the message. */
  readonly surfaces: 'all' | 'terminal';
}

export interface FlagSpec {
  readonly name: string;
  readonly summary: string;
  /** What it takes, as help shows it: `0.50`; null: it is a switch. */
  readonly takes: string | null;
  /** May be given more than once. */
  readonly many: boolean;
  readonly surfaces: 'all' | 'terminal';
}

/** What was typed, matched to a declaration. Asking for what is not declared is a mistake of the command. */
export interface Values {
  arg(name: string): string | null;
  /** Throws when it was not given; for arguments that are declared `required`. */
  given(name: string): string;
  /** The value of a flag; null: not given. */
  flag(name: string): string | null;
  flags(name: string): readonly string[];
  has(name: string): boolean;
}

export interface Context<House extends Bare> {
  readonly house: House;
  readonly surface: SurfaceName;
  readonly channel: { readonly id: string; readonly native: string };
  /** The thread in which it was typed, by the surface's own address. */
  readonly thread: string | null;
  readonly member: string;
  /** As they are called, for what is said in a thread. */
  readonly name: string;
  /** Unique on its surface: one request, one run (rule S2). */
  readonly dedupe: string;
  /** Given with the words: shared with the message, chosen in a form, or read by the terminal in which it was typed. */
  readonly files: readonly GivenFile[];
  /** A person was asked and has agreed: to the price that was said, or that nobody could decide yet. */
  readonly priceAgreed: boolean;
  /** How the command asks before it acts: by buttons and forms. Null in a terminal, which asks by itself. */
  readonly asks: Asks | null;
  /** Whether they may use something here, so that nobody is offered what is refused. */
  may(need: Pick<Declared, 'name' | 'role' | 'of'>): boolean;
  /** Whether a run is theirs to see, from where they type. */
  sees(run: Whereabouts): boolean;
  /** A command as it is typed on this surface, for texts that say how to go on. */
  typed(words: string): string;
  /** A line that is wanted at once, before the reply. */
  tell(line: string): void;
  /** Rule K4: how a secret is typed here, never among the words of a command; null: not on this surface. */
  readonly secret: ((what: string) => Promise<Secret>) | null;
}

/** For cards and forms that ask whoever typed the command. */
export interface Asks {
  /** The row of the command: `confirm` carries it out again. */
  readonly request: string;
  /** What was shown when they pressed `confirm`; null: nothing was asked yet. */
  readonly confirmed: string | null;
}

export interface Reply {
  /** None, and no form and no run: a terminal prints the data itself, for a file to take it. */
  readonly cards: readonly Card[];
  /** Opened in the place of cards, where the surface has forms. */
  readonly form: Form | null;
  /** What `--json` prints. */
  readonly data: Json;
  /** Rule T1. */
  readonly exit: number;
  /** The run that came of it: its thread shows the rest, and a terminal stays with it. */
  readonly run: string | null;
}
