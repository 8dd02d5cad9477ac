import type { SharedFile, Spot } from '../port.ts';
import { asTyped } from './mrkdwn.ts';
import { sharedFiles } from './shared-files.ts';

/** A conversation with one person alone begins with this letter. */
export const isDirect = (channel: string): boolean => channel.startsWith('D');

/** What Slack says in the place of a name that it does not tell. */
const nameless = ['privategroup', 'directmessage'];

export function spotOf(channel: string, name: string | undefined, thread: string | undefined): Spot {
  return {
    channel,
    channelName: name === undefined || nameless.includes(name) ? channel : name,
    thread: thread ?? null,
    direct: isDirect(channel),
  };
}

/** A message to us; what precedes the mention is no command. null: it names us nowhere. */
export function wordsTo(bot: string, text: string): string | null {
  const [, ...after] = text.split(new RegExp(`<@${bot}(?:\\|[^>]*)?>`));
  return after.length === 0 ? null : asTyped(after.join(' ').trim());
}

/** What is typed to us alone needs no mention. A `/crew` that somebody typed out of habit is taken off. */
export const wordsAlone = (bot: string, text: string): string =>
  (wordsTo(bot, text) ?? asTyped(text)).replace(/^\/?crew\b\s*/i, '');

/** What was shared with a message. */
export const filesOf = (message: object): SharedFile[] =>
  sharedFiles((message as { files?: unknown }).files, null);

/** The team of who wrote it; in a channel that two workspaces share it may be the other one. */
export function teamIn(event: object): string | null {
  const { user_team: own, team } = event as { user_team?: unknown; team?: unknown };
  return typeof own === 'string' ? own : typeof team === 'string' ? team : null;
}

export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
