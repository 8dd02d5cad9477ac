import { isAccount, type PersonAccount } from './access.ts';

/** How people are named in commands. Pure. */
export interface Named {
  readonly memberId: string;
  readonly name: string;
  readonly accounts: readonly PersonAccount[];
}

/** `slack:U2` of `<@U2|bo>` and the like, or of the word itself where it names an account; null: it names nobody this way. */
function accountWord(text: string, surface: string): string | null {
  const [, mentioned] = /^<@!?((?:[a-z]+:)?\w+)(?:\|[^>]*)?>$/.exec(text) ?? [];
  if (mentioned !== undefined) return `${surface}:${mentioned}`;
  return /^[a-z]+:[^\s:]+(?::[^\s:]+)?$/.test(text) ? text : null;
}

/** The surface's own id of who is mentioned, as `<@U2>`; null: nobody is. */
export function mentioned(text: string): string | null {
  const account = accountWord(text, '');
  return account === null || !account.startsWith(':') ? null : account.slice(1);
}

/**
 * Who is meant: a mention as the surface writes it, an account (`slack:U2`, `discord:456`), a member's id, or `@bo`, the name
 * that people see. Names are chosen freely, so several may be meant.
 */
export function peopleMeant<P extends Named>(
  people: readonly P[],
  text: string,
  surface: string,
): readonly P[] {
  const account = accountWord(text, surface);
  if (account !== null) {
    return people.filter((p) =>
      isAccount(
        p.accounts.map((a) => `${a.surface}:${a.native}`),
        account,
      ),
    );
  }
  const name = folded(text.replace(/^@/, ''));
  if (name === '') return [];
  return people.filter(
    (p) => p.memberId === text || folded(p.name) === name || p.accounts.some((a) => folded(a.name) === name),
  );
}

/** `<@&123|Reviewers>`: a role of the team's own, with what it is called where that is known; null: the words are no such one. */
export function teamRoleWord(text: string): { readonly native: string; readonly name: string } | null {
  const [, native, name = ''] = /^<@&(\w+)(?:\|([^>]*))?>$/.exec(text) ?? [];
  return native === undefined ? null : { native, name: name.trim() || native };
}

/** A channel as it is named in commands: `#sales`, `<#C1|sales>`, `channel:ID`, `here`; null: the word is no such name. */
export function channelWord(
  text: string,
): { readonly by: 'name' | 'native' | 'id' | 'here'; readonly word: string } | null {
  if (text === 'here') return { by: 'here', word: text };
  const [, native] = /^<#([A-Za-z0-9]+)(?:\|[^>]*)?>$/.exec(text) ?? [];
  if (native !== undefined) return { by: 'native', word: native };
  if (text.startsWith('channel:')) return { by: 'id', word: text.slice('channel:'.length) };
  return /^#./.test(text) ? { by: 'name', word: folded(text.slice(1)) } : null;
}

const folded = (text: string) => text.trim().normalize('NFKC').toLowerCase();
