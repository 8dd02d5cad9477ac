import { CrewsmithError } from '../errors.ts';
import type { Card } from './card.ts';
import type { Form, FormOutcome, FormRef } from './form.ts';
import type { Memory } from './memory.ts';
import type { Press } from './press.ts';
import type { Suggestion, TypedCommand } from './typed.ts';

export type SurfaceName = 'terminal' | 'web' | 'slack' | 'discord';

/**
 * Where a card goes. `channel` is the surface's own id, or what `directTo` gives. `thread` is the surface's own address of the
 * parent message; null posts to the channel itself.
 */
export interface Place {
  readonly channel: string;
  readonly thread: string | null;
}

/** The conversation with one person alone, which the surface opens where it is not open yet. */
export const directTo = (native: string): string => `@${native}`;

/** What came of looking for a message whose sending is doubtful (rule S3). */
export type Found =
  | { readonly found: 'yes'; readonly address: string }
  | { readonly found: 'no' | 'unknown' };

/**
 * A file that somebody gave with what they did. What is said of it is not believed: what it is, its bytes say, which are asked for
 * when a crew needs them.
 */
export interface GivenFile {
  /** The input it is for; null: it came with a message. */
  readonly field: string | null;
  readonly name: string;
  /** Where the surface has it, or what came along. */
  readonly from: { readonly address: string } | { readonly bytes: Uint8Array };
}

/** One that its surface keeps. */
export type SharedFile = GivenFile & { readonly from: { readonly address: string } };

/**
 * A surface as services see it. Failures are `SurfaceFailure`; anything else thrown counts as doubtful.
 */
export interface Surface {
  readonly name: SurfaceName;
  /** Edits of one message closer together than this are coalesced, ms. */
  readonly editEveryMs: number;
  /** Posts once; `dedupe` lets `find` recognize it. Resolves to the surface's own address of the message. */
  post(card: Card, place: Place, dedupe: string): Promise<string>;
  edit(card: Card, place: Place, address: string): Promise<void>;
  /** One bounded look for a post by its dedupe id. */
  find(place: Place, dedupe: string): Promise<Found>;
  /** Whether an account sees what is posted in a channel (rule G5). One bounded look. */
  sees(native: string, channel: string): Promise<boolean>;
  /**
   * How an account or a channel is called there; null: there is none that `asker`, an account, sees, or the surface does not say
   * now. One bounded look.
   */
  nameOf(
    what: { readonly person: string } | { readonly channel: string },
    asker: string,
  ): Promise<string | null>;
  /**
   * The bytes of a file that somebody shared there, from the platform's own places alone. Throws `file.unread`, which says what is
   * allowed, and takes no more than `most` bytes to find out.
   */
  fetchFile(file: SharedFile, most: number): Promise<Uint8Array>;
  /**
   * Whether what an account typed in a channel stands where no card of ours ever can: a conversation between people that takes
   * nobody else in. False where the surface does not say now. One bounded look.
   */
  isClosed(native: string, channel: string): Promise<boolean>;
}

/** Of surfaces whose people are all known here, whose files come along with what is sent, and whose channels are all ours. */
export const nothingElsewhere: Pick<Surface, 'nameOf' | 'fetchFile' | 'isClosed'> = {
  nameOf: () => Promise.resolve(null),
  isClosed: () => Promise.resolve(false),
  fetchFile: ({ name }) => {
    const why = 'no files are kept here';
    return Promise.reject(new CrewsmithError('file.unread', { file: name, why, next: 'Give it again.' }));
  },
};

/** A surface on which people type and press: it hands on what they do once it has acknowledged it (rule S1). */
export interface ChatSurface extends Surface {
  /** From now on what people do goes to the desk. */
  listen(desk: Desk, teams: Teams, memory: Memory): Promise<void>;
  /** Where its platform sends over HTTP; null: it is connected in another way. Whoever serves HTTP here opens it. */
  readonly http: HttpDoor | null;
  /** Looks at its own connection; each sentence says what is wrong and what to click. Never rejects. */
  check(): Promise<readonly string[]>;
  /** Takes nothing more; resolves when what was taken is handed on. */
  close(): Promise<void>;
}

/** A platform's own way in over HTTP. It proves by itself that the platform sent something: no origin or session does. */
export interface HttpDoor {
  readonly path: string;
  take(request: {
    readonly headers: (name: string) => string | undefined;
    readonly body: string;
  }): Promise<HttpAnswer>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Told which teams of a platform this program is connected to (rule K8). */
export interface Teams {
  /** By the operator's own settings: it belongs to the workspace `default`. */
  connected(surface: SurfaceName, team: { readonly id: string; readonly name: string }): Promise<void>;
  /** The platform says that we are no longer there: nothing more is done for it. */
  removed(surface: SurfaceName, team: string): Promise<void>;
  /** We may speak in this channel from now on, or in all of the team (null). What could not be said there before is sent. */
  letIn(surface: SurfaceName, team: string, channel: string | null): Promise<void>;
  /** Somebody is no full member any more, which the platform says without their doing anything (rule K8). */
  changed(sender: Sender): Promise<void>;
}

/** Who did something, as the platform vouches for it. */
export interface Sender {
  readonly surface: SurfaceName;
  /** The platform's tenant: a Slack team, a guild; `local` for page and terminal. */
  readonly team: string;
  /** Their account as we keep it: `team:user` on Slack, the user's own id elsewhere. */
  readonly native: string;
  readonly name: string;
  /** Rule K8: guests and bots may do nothing; this program's own messages come from a bot. */
  readonly standing: 'member' | 'guest' | 'bot';
  /** Ids of the roles that their team itself has given them, as Discord says with everything that somebody does. */
  readonly teamRoles: readonly string[];
}

/** Where they did it. */
export interface Spot {
  /** The surface's own id of the channel. */
  readonly channel: string;
  readonly channelName: string;
  readonly thread: string | null;
  /** A conversation with one person alone (rule G3). */
  readonly direct: boolean;
}

interface Incoming {
  readonly sender: Sender;
  readonly spot: Spot;
  /** Unique on its surface, the same when it is delivered again (rule S2). */
  readonly dedupe: string;
}

/**
 * What stood after `/crew`, as it was typed: quoting and flags are read by the desk. A mention of a person stands as
 * `<@NATIVE>`, one of a channel as `<#NATIVE>`; an address is as the person typed it.
 */
export interface Command extends Incoming {
  readonly text: string;
  /** Shared with the message, in its order, or chosen for an input. */
  readonly files: readonly SharedFile[];
}

export interface Pressed extends Incoming {
  readonly press: Press;
}

export interface Submitted extends Incoming {
  readonly form: FormRef;
  /** What was typed, by the names of the fields. A field that is left out stays as it was. */
  readonly values: Readonly<Record<string, string>>;
  /** Of its fields that take files. */
  readonly files: readonly GivenFile[];
}

/** How the desk answers whoever did something. What everybody sees goes through the outbox instead. */
export interface Answer {
  /** They alone see it. After a press on a private card it takes that card's place. */
  private(card: Card): Promise<void>;
  /** Opens a form for them. */
  form(form: Form): Promise<void>;
}

/**
 * What surfaces hand on to. Nothing here rejects: what goes wrong is told privately. What came before, and what bots do, is
 * ignored without an answer.
 */
export interface Desk {
  command(command: Command, answer: Answer): Promise<void>;
  press(pressed: Pressed, answer: Answer): Promise<void>;
  /** Resolves when it is saved or refused; what cannot be applied is sent back to its author, too (rule S1). */
  submit(submitted: Submitted, answer: Answer): Promise<FormOutcome>;
  /** Whether a form is the likely answer, for surfaces that must open one at once (rule S4). Says nothing about rights. */
  opensForm(of: Pick<Command, 'text'> | Pick<Pressed, 'press'>): Promise<boolean>;
  /** Every command and crew with its options, for surfaces on which they are chosen; crews by how much they are used. */
  typed(): Promise<readonly TypedCommand[]>;
  /** What could stand in an option, to somebody who may see it; nothing to others. Changes nothing. */
  suggest(asked: Suggesting): Promise<readonly Suggestion[]>;
}

/** Somebody fills in an option of a command. */
export interface Suggesting extends Pick<Incoming, 'sender' | 'spot'> {
  readonly command: string;
  readonly option: string;
  /** So far. */
  readonly typed: string;
}

/** `sent: 'no'`: the surface refused or was never reached. `'unknown'`: it may have arrived. */
export class SurfaceFailure extends Error {
  override readonly name = 'SurfaceFailure';
  readonly sent: 'no' | 'unknown';
  readonly retryAfterMs: number | null;
  /** False: sending the same again cannot succeed. */
  readonly again: boolean;
  /** We are not in that channel: it succeeds when somebody lets us in, which the surface tells (`letIn`). */
  readonly outside: boolean;

  constructor(
    says: string,
    detail: { sent: 'no' | 'unknown'; again: boolean; retryAfterMs?: number | null; outside?: boolean },
  ) {
    super(says);
    this.sent = detail.sent;
    this.again = detail.again;
    this.retryAfterMs = detail.retryAfterMs ?? null;
    this.outside = detail.outside ?? false;
  }
}
