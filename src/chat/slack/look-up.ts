import type { Clock } from '../../clock.ts';
import { fileName } from '../../core/input-file.ts';
import { CrewsmithError } from '../../errors.ts';
import { type Downloaded, download } from '../download.ts';
import type { SharedFile, Surface } from '../port.ts';
import { userOf } from './blocks.ts';
import type { Direct } from './direct.ts';
import type { Features } from './features.ts';
import { isDirect } from './incoming.ts';
import { readAddress } from './shared-files.ts';
import { codeOf, type WebApi } from './web-api.ts';

export interface LookUpParts {
  readonly api: WebApi;
  readonly features: Features;
  readonly sees: Surface['sees'];
  readonly direct: Direct;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly token: string;
  /** null: Slack itself. */
  readonly apiUrl: string | null;
}

/** Where Slack keeps files. The token goes nowhere else, whatever a message says of its files. */
const slackHosts = ['slack.com', 'slack-gov.com', 'slack-files.com'];

/** What Slack tells of people and channels, and the files that are kept there. */
export function createLookUp(parts: LookUpParts): Pick<Surface, 'nameOf' | 'fetchFile' | 'isClosed'> {
  const { api, features, sees, direct, clock, fetch, token, apiUrl } = parts;

  function isOwn(url: URL): boolean {
    if (url.username !== '' || url.password !== '') return false;
    if (apiUrl !== null) return url.origin === new URL(apiUrl).origin;
    const isSlack = slackHosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`));
    return url.protocol === 'https:' && url.port === '' && isSlack;
  }

  /** Where a file is, or Slack's word for why it does not say. */
  async function placeOf(id: string): Promise<{ readonly url: string | null } | { readonly code: string }> {
    try {
      const { file } = await api.call(
        'files.info',
        null,
        (client) => client.files.info({ file: id }),
        'prompt',
      );
      return { url: file?.url_private_download ?? file?.url_private ?? null };
    } catch (error) {
      return { code: codeOf(error) || 'no answer' };
    }
  }

  async function fetchFile({ name, from }: SharedFile, most: number): Promise<Uint8Array> {
    const refuse = ({ why, next }: Refused): never => {
      throw new CrewsmithError('file.unread', { file: fileName(name), why, next });
    };
    const { id, url: told } = readAddress(from.address);
    const place = told === null ? await placeOf(id) : { url: told };
    if ('code' in place) return refuse(refusedBy(place.code));
    const url = place.url === null ? null : URL.parse(place.url);
    if (url === null || !isOwn(url)) return refuse(refusals.elsewhere);
    const headers = { authorization: `Bearer ${token}` };
    const got: Downloaded = await download({ fetch, clock, url, headers, most });
    if (got.ok) return got.bytes;
    if (got.why === 'too big') return refuse(tooBig(most));
    if (got.why === 'not reached') return refuse(refusals.notReached);
    // An app that may not read it is sent to a page for people to sign in; the method says why.
    const why = await placeOf(id);
    return refuse('code' in why ? refusedBy(why.code) : refusals.gone);
  }

  return {
    fetchFile,

    // Slack says nothing of a conversation between two people; but the one of theirs with us is another one.
    async isClosed(native, channel) {
      if (!isDirect(channel)) return false;
      try {
        return (await direct.with(native, 'prompt')) !== channel;
      } catch {
        return false;
      }
    },

    async nameOf(what, asker) {
      try {
        if ('channel' in what) {
          const { channel } = await api.call(
            'conversations.info',
            null,
            (client) => client.conversations.info({ channel: what.channel }),
            'prompt',
          );
          const isOpen = channel?.is_private !== true && channel?.is_im !== true;
          return isOpen || (await sees(asker, what.channel)) ? (channel?.name ?? null) : null;
        }
        if (!features.has('people')) return null;
        const user = userOf(what.person);
        const { user: found } = await api.call(
          'users.info',
          null,
          (client) => client.users.info({ user }),
          'prompt',
        );
        return found?.profile?.display_name || found?.real_name || found?.name || null;
      } catch {
        return null;
      }
    },
  };
}

interface Refused {
  readonly why: string;
  readonly next: string;
}

const refusals = {
  scope: {
    why: 'the Slack app lacks the scope files:read',
    next: 'An admin opens the app at https://api.slack.com/apps, pastes slack-manifest.yaml under "App Manifest", and presses "Reinstall to Workspace". Until then type what matters of it.',
  },
  gone: {
    why: 'Slack does not show it to Crewsmith',
    next: 'Invite Crewsmith to the channel in which it is (/invite @Crewsmith), or share it here.',
  },
  elsewhere: { why: 'it is not kept by Slack', next: 'Upload it to Slack itself, and ask again.' },
  notReached: { why: 'Slack was not reached', next: 'Ask again in a moment.' },
} as const satisfies Readonly<Record<string, Refused>>;

function refusedBy(code: string): Refused {
  if (code === 'missing_scope') return refusals.scope;
  return ['no answer', 'ratelimited', 'paced'].includes(code) ? refusals.notReached : refusals.gone;
}

const tooBig = (most: number): Refused => ({
  why: `it has more than ${most.toLocaleString('en')} bytes`,
  next: `Share one of at most ${most.toLocaleString('en')} bytes; nothing was started and nothing paid.`,
});
