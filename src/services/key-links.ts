import { createHash } from 'node:crypto';
import type { Card } from '../chat/card.ts';
import { type KeyForm, keyLinkPath } from '../chat/key-door.ts';
import { directTo, type SurfaceName } from '../chat/port.ts';
import type { Clock } from '../clock.ts';
import type { Json } from '../core/json.ts';
import { keyName } from '../core/key-words.ts';
import type { Secret } from '../core/secret.ts';
import { CrewsmithError } from '../errors.ts';
import {
  findKeyLink,
  insertKeyLink,
  type KeyLink,
  keyLinkByToken,
  updateKeyLink,
} from '../store/key-links.ts';
import { accountsOf, findMember } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import type { Audit } from './audit.ts';
import type { Ids } from './ids.ts';
import type { KeyView } from './key-rows.ts';
import type { Keys } from './keys.ts';
import type { Outbox } from './outbox.ts';
import type { People } from './people.ts';
import type { Random } from './sealing.ts';

/** What is done with the secret that somebody types behind a link. */
export type KeyWish =
  | {
      readonly do: 'add';
      readonly provider: string;
      readonly label: string | null;
      readonly environment: string;
      readonly baseUrl: string | null;
    }
  /** `key`: its id. */
  | { readonly do: 'rotate'; readonly key: string };

/** Rule K4: a link to a form of our own, so that a secret never passes through a chat platform. */
export interface KeyLinks {
  /** False: there is no public page to lead to, since `CREWSMITH_URL` is not set. */
  readonly possible: boolean;
  /** A link for this member alone to give away: 10 minutes, one use. Only its hash is kept. */
  make(asked: {
    workspace: string;
    member: string;
    surface: SurfaceName;
    wish: KeyWish;
  }): Promise<{ readonly id: string; readonly url: string; readonly until: number }>;
  /** What the form is for. Changes nothing, since previewers open links, too. Throws `link.over`. */
  look(token: string): Promise<KeyForm>;
  /**
   * Stores the secret and uses the link up; a secret that is refused leaves it as it was. Who asked is told privately at once.
   * Throws `link.over`, `access.forbidden` where they lost the role meanwhile, and what `Keys.add` and `rotate` do.
   */
  use(token: string, secret: Secret): Promise<KeyView>;
  /** Of who asked: ends a link that was not used, and revokes the key that came of one that was. Throws `link.over`. */
  undo(asked: { workspace: string; member: string; link: string }): Promise<KeyView | null>;
}

const lastsMs = 10 * 60_000;
const tokenBytes = 32;
/** What adding and replacing keys needs, whoever does it and from wherever. */
const need = { name: 'keys', role: 'admin', of: 'workspace' } as const;

export function createKeyLinks(parts: {
  store: Store;
  clock: Clock;
  ids: Ids;
  random: Random;
  audit: Audit;
  people: Pick<People, 'mustBe'>;
  keys: Pick<Keys, 'add' | 'rotate' | 'revoke' | 'list'>;
  outbox: Pick<Outbox, 'put'>;
  /** Runs that wait for a key look again. */
  wake: (workspace: string) => Promise<void>;
  /** `CREWSMITH_URL`. */
  url: string | null;
}): KeyLinks {
  const { store, clock, ids, audit, keys, url } = parts;

  const isOpen = (link: KeyLink) => link.state === 'open' && clock.now() < link.expires_at;

  async function byToken(tx: Tx, token: string): Promise<KeyLink> {
    const link = await keyLinkByToken(tx, hashOf(token));
    if (link === undefined || !isOpen(link)) throw new CrewsmithError('link.over', {});
    return link;
  }

  /** Read anew at the use: who asked may have lost the role since (rule R7). */
  async function mayStill(tx: Tx, { workspace_id: workspace, member_id: member }: KeyLink): Promise<void> {
    await parts.people.mustBe(tx, { workspace, member, channel: '', command: need });
  }

  const written = (tx: Tx, link: KeyLink, actor: string, action: string, after: Json) =>
    audit.write(tx, {
      workspace: link.workspace_id,
      actor,
      action,
      target: link.id,
      before: link.state,
      after,
    });

  /** To who asked, alone: somebody else may have had the link. */
  async function tell(tx: Tx, link: KeyLink, key: KeyView): Promise<void> {
    const { workspace_id: workspace, member_id: member } = link;
    const surface = link.surface as SurfaceName;
    const account = (await accountsOf(tx, workspace, member)).find((a) => a.surface === surface);
    if (account === undefined) return;
    const did = wishOf(link).do === 'add' ? 'added' : 'replaced';
    const message = `key-link:${link.id}`;
    await parts.outbox.put(tx, {
      ...{ workspace, surface, run: null, order: 0, message, kind: 'post', dedupe: message },
      place: { channel: directTo(account.native), thread: null },
      card: usedCard(link.id, `${keyName(key)} was ${did} in your name`),
    });
  }

  /** One use: the link is taken before the provider is asked, and given back where the secret is refused. */
  async function taken(token: string): Promise<KeyLink> {
    return await store.transact(async (tx) => {
      const link = await byToken(tx, token);
      await mayStill(tx, link);
      if (!(await updateKeyLink(tx, link, { state: 'taken' }))) throw new CrewsmithError('link.over', {});
      return { ...link, state: 'taken' as const };
    });
  }

  return {
    possible: url !== null,

    async make({ workspace, member, surface, wish }) {
      if (url === null) throw new CrewsmithError('internal.impossible', { what: 'a link to no page' });
      const token = parts.random(tokenBytes).toString('base64url');
      const now = clock.now();
      const link: KeyLink = {
        ...{ id: ids.next('link'), workspace_id: workspace, member_id: member, surface },
        ...{ token_hash: hashOf(token), wants: JSON.stringify(wish), state: 'open', key_id: null },
        ...{ created_at: now, expires_at: now + lastsMs, used_at: null },
      };
      await store.transact(async (tx) => {
        await insertKeyLink(tx, link);
        await written(tx, link, member, 'key.link', { ...wish });
      });
      return { id: link.id, url: `${url.replace(/\/$/, '')}${keyLinkPath}${token}`, until: link.expires_at };
    },

    look: (token) =>
      store.read(async (tx) => {
        const link = await byToken(tx, token);
        const { workspace_id: workspace, member_id: member, expires_at: until } = link;
        const name = (await findMember(tx, workspace, member))?.name ?? '';
        const wish = wishOf(link);
        if (wish.do === 'add') return { whose: wish.provider, replaces: false, name, until };
        const key = (await keys.list(tx, workspace)).find((k) => k.id === wish.key);
        if (key === undefined) throw new CrewsmithError('link.over', {});
        return { whose: keyName(key), replaces: true, name, until };
      }),

    async use(token, secret) {
      const link = await taken(token);
      const { workspace_id: workspace, member_id: actor } = link;
      const wish = wishOf(link);
      const also = async (tx: Tx, key: KeyView) => {
        await updateKeyLink(tx, link, { state: 'used', used_at: clock.now(), key_id: key.id });
        await tell(tx, link, key);
        await written(tx, link, actor, 'key.link-used', { key: key.id });
      };
      const stored =
        wish.do === 'add'
          ? keys.add({ workspace, actor, scope: {}, secret, ...wish }, also)
          : keys.rotate({ workspace, actor, words: wish.key, secret }, also);
      const key = await stored.catch(async (error: unknown) => {
        await store.transact((tx) => updateKeyLink(tx, link, { state: 'open' }));
        throw error;
      });
      await parts.wake(workspace);
      return key;
    },

    async undo({ workspace, member, link: id }) {
      let revoked: KeyView | null = null;
      for (;;) {
        // The key first: ended in between, the link can still be undone. A link that was just used comes round with its key.
        const came = await store.transact(async (tx) => {
          const found = await findKeyLink(tx, workspace, id);
          if (found === undefined || found.member_id !== member || !['open', 'used'].includes(found.state))
            throw new CrewsmithError('link.over', {});
          const live = (await keys.list(tx, workspace)).find((k) => k.id === found.key_id);
          if (live !== undefined) return live;
          if (!(await updateKeyLink(tx, found, { state: 'void' }))) throw new CrewsmithError('link.over', {});
          await written(tx, found, member, 'key.link-undone', { key: found.key_id });
          return null;
        });
        if (came === null) return revoked;
        await keys.revoke({ workspace, actor: member, words: came.id, all: false });
        revoked = came;
      }
    },
  };
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');

const wishOf = (link: KeyLink) => JSON.parse(link.wants) as KeyWish;

const usedCard = (link: string, title: string): Card => ({
  v: 1,
  title,
  tone: 'neutral',
  status: '',
  body: [
    { type: 'notice', people: [], push: title },
    {
      type: 'text',
      text: 'By the link that you asked for. If that was not you: undo it, which revokes this key at once.',
    },
  ],
  actions: [{ label: 'Undo', style: 'danger', press: { do: 'undo', link } }],
  foot: link,
});
