import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { LinkState, Person, Session, SignIn } from '../chat/sign-in.ts';
import type { Clock } from '../clock.ts';
import { signedInNative, vouches } from '../core/access.ts';
import type { Secret } from '../core/secret.ts';
import { CrewsmithError } from '../errors.ts';
import {
  accountsOf,
  allAccounts,
  allMembers,
  findMember,
  findWorkspace,
  insertAccount,
} from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import type { AccountRow, WebLinkRow, WebSessionRow } from '../store/schema.ts';
import {
  changeSession,
  insertLink,
  insertSession,
  linkByToken,
  sessionByToken,
  useLink,
} from '../store/web-sessions.ts';
import type { Ids } from './ids.ts';
import type { People } from './people.ts';
import { beginPretending, pretendPrefix } from './pretend.ts';
import type { Random } from './sealing.ts';
import type { Home } from './workspaces.ts';

export interface SignInParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly people: People;
  readonly home: Home;
  /** CREWSMITH_WEB_TOKEN. */
  readonly token: Secret | null;
}

/** A link from the terminal may wait for its reader; one that anybody's chat carried may not. */
const linkMs = { local: 3_600_000, chat: 600_000 };
/** A browser that does not come back for so long is signed out. */
const idleMs = 30 * 86_400_000;
const noteSeenMs = 3_600_000;

const surface = 'web';
const localNative = 'local';
const tokenNative = 'token';

export function createSignIn(parts: SignInParts): SignIn {
  const { store, clock, ids, home, people } = parts;
  const { workspace } = home;
  const fresh = () => parts.random(24).toString('base64url');
  /** A session that the token of the page opened ends when that token changes. */
  const hashOf = (cookie: string) =>
    hash(cookie.startsWith('t.') ? cookie + (parts.token?.reveal() ?? '') : cookie);

  async function begin(
    tx: Tx,
    row: Pick<WebSessionRow, 'workspace_id' | 'member_id' | 'kind'>,
  ): Promise<string> {
    const cookie = `${row.kind === 'token' ? 't' : 'l'}.${fresh()}`;
    const now = clock.now();
    const times = { created_at: now, seen_at: now, ended_at: null };
    await insertSession(tx, {
      ...row,
      ...times,
      id: ids.next('session'),
      acts_as: null,
      token_hash: hashOf(cookie),
    });
    return cookie;
  }

  async function accountOf(tx: Tx, member: string): Promise<AccountRow | undefined> {
    return (await accountsOf(tx, workspace, member)).find((a) => a.surface === surface);
  }

  /** On the page everybody has an account; who comes from a chat gets theirs when they sign in. */
  async function arrive(tx: Tx, member: string): Promise<void> {
    if ((await accountOf(tx, member)) !== undefined) return;
    const person = await findMember(tx, workspace, member);
    await insertAccount(tx, {
      id: ids.next('account'),
      workspace_id: workspace,
      member_id: member,
      surface,
      native: signedInNative(member),
      name: person?.name ?? '',
      standing: 'member',
      created_at: clock.now(),
    });
  }

  async function personOf(tx: Tx, member: string): Promise<Person | null> {
    const row = await findMember(tx, workspace, member);
    if (row === undefined || row.removed_at !== null) return null;
    if (!(await accountsOf(tx, workspace, member)).some(vouches)) return null;
    return { member, name: row.name, role: await people.roleOf(tx, workspace, member, '') };
  }

  async function pretenders(tx: Tx): Promise<Person[]> {
    const accounts = (await allAccounts(tx, workspace)).filter(
      (a) => a.surface === surface && a.native.startsWith(pretendPrefix),
    );
    const found = await Promise.all(accounts.map((a) => personOf(tx, a.member_id)));
    return found.filter((person) => person !== null);
  }

  async function mustBeSandbox(tx: Tx): Promise<void> {
    if ((await findWorkspace(tx, workspace))?.had_key !== 0) throw new CrewsmithError('pretend.key', {});
  }

  async function sessionOf(tx: Tx, row: WebSessionRow, cookie: string): Promise<Session | null> {
    if (row.workspace_id !== workspace || row.seen_at + idleMs < clock.now()) return null;
    const owner = await personOf(tx, row.member_id);
    if (owner === null) return null;
    const person = (row.acts_as === null ? null : await personOf(tx, row.acts_as)) ?? owner;
    const own = await accountOf(tx, row.member_id);
    const acting = await accountOf(tx, person.member);
    return {
      id: row.id,
      kind: row.kind,
      owner,
      person,
      native: acting?.native ?? '',
      loopbackOnly: own?.native === localNative,
      csrf: createHmac('sha256', cookie).update('csrf').digest('base64url'),
      sandbox: (await findWorkspace(tx, workspace))?.had_key === 0,
      others: [owner, ...(await pretenders(tx))].filter((p) => p.member !== person.member),
    };
  }

  return {
    async link(member) {
      const token = fresh();
      const lasts = member === home.member ? linkMs.local : linkMs.chat;
      await store.transact(async (tx) => {
        if ((await findMember(tx, workspace, member)) === undefined)
          throw new CrewsmithError('page.foreign', {});
        // Whom the token admits is nobody: a link would outlive the token, and decide.
        if ((await accountOf(tx, member))?.native === tokenNative)
          throw new CrewsmithError('page.looks-only', {});
        const now = clock.now();
        await insertLink(tx, {
          id: ids.next('link'),
          workspace_id: workspace,
          member_id: member,
          token_hash: hash(token),
          created_at: now,
          expires_at: now + lasts,
          used_at: null,
        });
      });
      return { path: `/enter/${token}`, minutes: lasts / 60_000 };
    },

    look: (token) => store.read(async (tx) => stateOf(await linkByToken(tx, hash(token)), clock.now())),

    enter: (token) =>
      store.transact(async (tx) => {
        const row = await linkByToken(tx, hash(token));
        const state = stateOf(row, clock.now());
        if (row === undefined || state !== 'open') return { state, cookie: null };
        if (!(await useLink(tx, row.workspace_id, row.id, clock.now())))
          return { state: 'used', cookie: null };
        await arrive(tx, row.member_id);
        const cookie = await begin(tx, {
          workspace_id: row.workspace_id,
          member_id: row.member_id,
          kind: 'link',
        });
        return { state, cookie };
      }),

    async admit(token) {
      if (parts.token === null || !isSame(token, parts.token.reveal())) return null;
      return await store.transact(async (tx) => {
        const member = await people.arrive(tx, {
          workspace,
          surface,
          native: tokenNative,
          name: 'Guest',
          standing: 'member',
          role: 'viewer',
        });
        return await begin(tx, { workspace_id: workspace, member_id: member, kind: 'token' });
      });
    },

    async session(cookie) {
      const found = await store.read(async (tx) => {
        const row = await sessionByToken(tx, hashOf(cookie));
        return row === undefined ? null : { row, session: await sessionOf(tx, row, cookie) };
      });
      if (found === null || found.session === null) return null;
      const now = clock.now();
      if (found.row.seen_at + noteSeenMs < now) {
        await store.transact((tx) => changeSession(tx, workspace, found.row.id, { seen_at: now }));
      }
      return found.session;
    },

    async leave(cookie) {
      await store.transact(async (tx) => {
        const row = await sessionByToken(tx, hashOf(cookie));
        if (row !== undefined) await changeSession(tx, row.workspace_id, row.id, { ended_at: clock.now() });
      });
    },

    account: (name) =>
      store.read(async (tx) => {
        const called = name.toLowerCase();
        const here = (await allMembers(tx, workspace)).filter((m) => m.removed_at === null).map((m) => m.id);
        const accounts = (await allAccounts(tx, workspace)).filter(
          (a) => a.surface === surface && here.includes(a.member_id),
        );
        const whole = accounts.filter((a) => a.name.toLowerCase() === called);
        const first = accounts.filter((a) => a.name.toLowerCase().split(' ', 1)[0] === called);
        const [found, ...more] = whole.length > 0 ? whole : first;
        return found === undefined || more.length > 0 ? null : found.native;
      }),

    pretend: {
      async begin(session) {
        await store.transact(async (tx) => {
          await mustBeSandbox(tx);
          mustBeOwn(session);
          await beginPretending(tx, people, workspace);
        });
      },
      async act(session, member) {
        await store.transact(async (tx) => {
          await mustBeSandbox(tx);
          mustBeOwn(session);
          const known =
            member === session.owner.member || (await pretenders(tx)).some((p) => p.member === member);
          if (!known) throw new CrewsmithError('pretend.unknown', {});
          const acts = member === session.owner.member ? null : member;
          await changeSession(tx, workspace, session.id, { acts_as: acts });
        });
      },
    },
  };
}

/** Only who sits at this machine plays others: everybody else is somebody. */
function mustBeOwn(session: Session): void {
  if (!session.loopbackOnly) throw new CrewsmithError('pretend.unknown', {});
}

function stateOf(row: WebLinkRow | undefined, now: number): LinkState {
  if (row === undefined) return 'unknown';
  if (row.used_at !== null) return 'used';
  return row.expires_at <= now ? 'over' : 'open';
}

const hash = (text: string) => createHash('sha256').update(text).digest('base64url');

const isSame = (a: string, b: string) =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
