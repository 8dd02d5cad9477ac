import type { Clock } from '../../clock.ts';
import type { KeyDoor } from '../key-door.ts';
import type { Pictures } from '../picture.ts';
import type { Desk, HttpDoor } from '../port.ts';
import type { Rooms } from '../rooms.ts';
import type { SignIn } from '../sign-in.ts';
import type { Completion } from '../typed.ts';
import type { Greeting } from './channel-html.ts';
import type { Todo } from './checklist-html.ts';
import type { Reach } from './guard.ts';
import type { Html } from './text-html.ts';

/** What the page is made of. */
export interface PageParts {
  readonly clock: Clock;
  readonly rooms: Rooms;
  readonly signIn: SignIn;
  readonly keyDoor: KeyDoor;
  readonly pictures: Pictures;
  readonly desk: Desk;
  readonly reach: Reach;
  /** CREWSMITH_WEB_TOKEN is set. */
  readonly hasToken: boolean;
  greeting(): Promise<Greeting>;
  todos(): Promise<readonly Todo[]>;
  complete(words: string): Promise<readonly Completion[]>;
  /** The account of a person on the page, by what somebody calls them; null: nobody is called so. */
  account(name: string): Promise<string | null>;
  /** Ways in of platforms whose surfaces work here. */
  readonly doors: readonly HttpDoor[];
  readonly log: { error(detail: object, says: string): void };
  /** Aborts when the page ends. */
  readonly ending: AbortSignal;
}

/** What is to be shown to one session, whichever of its browsers asks. */
export interface Late {
  /** Shows a form to a session whose request was answered already. */
  send(session: string, form: Html): void;
  attach(session: string, then: (form: Html) => void): () => void;
}

export function createLate(): Late {
  const attached = new Map<string, Set<(form: Html) => void>>();
  return {
    send(session, form) {
      for (const then of attached.get(session) ?? []) then(form);
    },
    attach(session, then) {
      const all = attached.get(session) ?? new Set();
      attached.set(session, all.add(then));
      return () => {
        all.delete(then);
        if (all.size === 0 && attached.get(session) === all) attached.delete(session);
      };
    },
  };
}
