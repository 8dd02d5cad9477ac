import type { Secret } from '../core/secret.ts';

/** Where the page shows the form of a one-time link: its address, then this, then the token (rule K4). */
export const keyLinkPath = '/key/';

/** What the page needs of one-time links for keys: who has the token needs no session. */
export interface KeyDoor {
  /** What the form is for; changes nothing. Throws `link.over`. */
  look(token: string): Promise<KeyForm>;
  /** Stores the key and uses the link up; what is refused leaves it open. Throws `link.over`, and what a key is refused with. */
  use(token: string, secret: Secret): Promise<{ readonly provider: string; readonly label: string }>;
}

export interface KeyForm {
  /** Whose key it is, or which one it replaces. */
  readonly whose: string;
  readonly replaces: boolean;
  /** In whose name it is stored. */
  readonly name: string;
  readonly until: number;
}
