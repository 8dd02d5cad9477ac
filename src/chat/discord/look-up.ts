import type { Clock } from '../../clock.ts';
import { fileName } from '../../core/input-file.ts';
import { CrewsmithError } from '../../errors.ts';
import { download } from '../download.ts';
import type { SharedFile, Surface } from '../port.ts';
import { type Channels, isThread } from './channels.ts';
import type { Seeing } from './seeing.ts';

export interface LookUpParts {
  readonly seeing: Pick<Seeing, 'member' | 'sees'>;
  readonly channels: Channels;
  /** Guilds that we are in. */
  readonly guilds: () => readonly string[];
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  /** null: Discord itself. */
  readonly apiUrl: string | null;
}

/** Where Discord keeps files. Nothing is asked for elsewhere, whatever a message says of its files. */
const discordHosts = ['cdn.discordapp.com', 'media.discordapp.net'];
const guildsMost = 5;

/** What Discord tells of people and channels, and the files that are kept there. */
export function createLookUp(parts: LookUpParts): Pick<Surface, 'nameOf' | 'fetchFile' | 'isClosed'> {
  const { seeing, channels, clock, fetch, apiUrl } = parts;

  function isOwn(url: URL): boolean {
    if (url.username !== '' || url.password !== '') return false;
    if (apiUrl !== null) return url.origin === new URL(apiUrl).origin;
    return url.protocol === 'https:' && url.port === '' && discordHosts.includes(url.hostname);
  }

  return {
    // Commands come from channels of a server alone.
    isClosed: () => Promise.resolve(false),

    async fetchFile({ name, from }: SharedFile, most) {
      const refuse = (why: string, next: string): never => {
        throw new CrewsmithError('file.unread', { file: fileName(name), why, next });
      };
      const url = URL.parse(from.address);
      if (url === null || !isOwn(url))
        return refuse('it is not kept by Discord', 'Upload it to Discord itself.');
      const got = await download({ fetch, clock, url, headers: {}, most });
      if (got.ok) return got.bytes;
      const count = most.toLocaleString('en');
      if (got.why === 'too big')
        return refuse(`it has more than ${count} bytes`, `Share one of at most ${count} bytes.`);
      if (got.why === 'not reached') return refuse('Discord was not reached', 'Ask again in a moment.');
      return refuse('Discord does not hand it out any more', 'Upload it again, and ask again.');
    },

    async nameOf(what, asker) {
      try {
        if ('channel' in what) {
          const channel = await channels.get(what.channel);
          // Who sees a thread is said of the channel that it is in.
          const place = isThread(channel.type) && 'parent_id' in channel ? channel.parent_id : channel.id;
          const isSeen = place != null && (await seeing.sees(asker, place));
          return isSeen && 'name' in channel ? (channel.name ?? null) : null;
        }
        for (const guild of parts.guilds().slice(0, guildsMost)) {
          // Another server is another team's: who is in it, and what they are called there, is told to its own people.
          if ((await seeing.member(guild, asker)) === null) continue;
          const member = await seeing.member(guild, what.person);
          if (member !== null) return member.nick ?? member.user.global_name ?? member.user.username;
        }
        return null;
      } catch {
        return null;
      }
    },
  };
}
