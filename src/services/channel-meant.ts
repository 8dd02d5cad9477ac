import { channelWord } from '../core/person-words.ts';
import { CrewsmithError } from '../errors.ts';
import type { Channel } from '../store/people.ts';

/** Throws `channel.unknown`, `channel.choice`. `typing`: where the words were typed; null: nobody knows. */
export function channelMeant(
  channels: readonly Channel[],
  words: string,
  typing: { readonly surface: string; readonly channel: string } | null,
): Channel {
  const word = channelWord(words);
  const own = channels.filter((c) => c.surface === typing?.surface);
  const among = (all: readonly Channel[]) =>
    all.filter((c) => {
      if (word?.by === 'here') return c.id === typing?.channel;
      if (word?.by === 'native') return c.native === word.word || c.native.endsWith(`:${word.word}`);
      return word?.by === 'id' ? c.id === word.word : c.name.toLowerCase() === word?.word;
    });
  // Where it is typed is meant before other surfaces that have a channel of the same name.
  const here = among(own);
  const [channel, ...more] = here.length > 0 ? here : among(channels);
  if (channel === undefined) throw new CrewsmithError('channel.unknown', { channel: words.slice(0, 100) });
  if (more.length > 0) {
    throw new CrewsmithError('channel.choice', {
      channel: words.slice(0, 100),
      choices: [channel, ...more].map((c) => `channel:${c.id}`),
    });
  }
  return channel;
}
