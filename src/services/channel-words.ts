import { channelWord } from '../core/person-words.ts';
import { CrewsmithError } from '../errors.ts';
import { surfacesOfName } from '../store/linked.ts';
import { type Channel, findChannel } from '../store/people.ts';
import type { Tx } from '../store/port.ts';

/** `sales`, or `sales (slack)` where another surface of the workspace has a channel of that name, too; null: there is none. */
export async function channelName(tx: Tx, workspace: string, id: string): Promise<string | null> {
  const channel = await findChannel(tx, workspace, id);
  if (channel === undefined) return null;
  const isTwice = (await surfacesOfName(tx, workspace, channel.name)).length > 1;
  return isTwice ? `${channel.name} (${channel.surface})` : channel.name;
}

/** The channel that words mean. Throws `channel.unknown`, `channel.choice`. `typing`: where they were typed; null: nobody knows. */
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
