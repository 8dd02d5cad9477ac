import type { Role } from '../core/access.ts';

/** Who sits at a browser (rule K10). */
export interface SignIn {
  /** A link that signs this member in once; `path` is what follows the page's address. Throws `page.foreign`, `page.looks-only`. */
  link(member: string): Promise<{ readonly path: string; readonly minutes: number }>;
  /** Looks at a link without using it up. */
  look(token: string): Promise<LinkState>;
  /** Uses it up and begins a session. */
  enter(token: string): Promise<{ readonly state: LinkState; readonly cookie: string | null }>;
  /** Admits by CREWSMITH_WEB_TOKEN to look; null: that is not the token. */
  admit(token: string): Promise<string | null>;
  /** null: it is over, or never was. */
  session(cookie: string): Promise<Session | null>;
  leave(cookie: string): Promise<void>;
  /** The account on the page of the one person here who is called so: by their whole name, or its first word. */
  account(name: string): Promise<string | null>;
  /** People that do not exist, to try approvals alone (rule K10). */
  readonly pretend: {
    /** Makes them. Throws `pretend.key`. */
    begin(session: Session): Promise<void>;
    /** Acts as one of them, or as oneself again. Throws `pretend.key`, `pretend.unknown`. */
    act(session: Session, member: string): Promise<void>;
  };
}

export type LinkState = 'open' | 'used' | 'over' | 'unknown';

export interface Person {
  readonly member: string;
  readonly name: string;
  readonly role: Role | null;
}

export interface Session {
  readonly id: string;
  /** `token`: admitted to look; never decides. */
  readonly kind: 'link' | 'token';
  /** Whose session it is. */
  readonly owner: Person;
  /** Who acts: its owner, or a pretend member. */
  readonly person: Person;
  /** The account of who acts on the page. */
  readonly native: string;
  /** Only from this machine (rule G3). */
  readonly loopbackOnly: boolean;
  /** A form that carries it was made by us, for this session. */
  readonly csrf: string;
  /** Whether nothing but the sandbox answers here. */
  readonly sandbox: boolean;
  /** Pretend members there are, without who acts now. */
  readonly others: readonly Person[];
}
