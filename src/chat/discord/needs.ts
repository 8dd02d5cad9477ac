/** Discord's own bits; this file is read where its library is not. */
const bits = {
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  attachFiles: 1n << 15n,
  readHistory: 1n << 16n,
  createThreads: 1n << 35n,
  sendInThreads: 1n << 38n,
};

/** What Crewsmith asks of a server, and why; nothing else. */
const needs = [
  { flag: bits.viewChannel, name: 'View Channel', why: 'to be where people ask' },
  { flag: bits.sendMessages, name: 'Send Messages', why: 'to post the card of a run' },
  {
    flag: bits.sendInThreads,
    name: 'Send Messages in Threads',
    why: 'to put everything else in its thread',
  },
  {
    flag: bits.createThreads,
    name: 'Create Public Threads',
    why: 'to begin that thread',
  },
  { flag: bits.attachFiles, name: 'Attach Files', why: 'for long texts and charts' },
  {
    flag: bits.readHistory,
    name: 'Read Message History',
    why: 'to find its own message again when an answer was lost',
  },
] as const;

/** Without these nothing can be shown; without the others it is shown less well. */
const mustChannel = [bits.viewChannel, bits.sendMessages];
const mustThread = [bits.viewChannel, bits.sendInThreads];

export const missingIn = (may: bigint, inThread: boolean): string[] => {
  // A thread that can be begun and not written in would stay empty.
  const begins = (may & bits.createThreads) !== 0n;
  const must = inThread ? mustThread : [...mustChannel, ...(begins ? [bits.sendInThreads] : [])];
  return needs.filter(({ flag }) => must.includes(flag) && (may & flag) !== flag).map(({ name }) => name);
};

/** Those without which nothing can be shown, for a sentence. */
export const mustNames = needs
  .filter(({ flag }) => [...mustChannel, ...mustThread].includes(flag))
  .map(({ name }) => name)
  .join(', ');

export const lackingOf = (may: bigint): string[] =>
  needs.filter(({ flag }) => (may & flag) !== flag).map(({ name }) => name);

/** Where an admin of a server invites us, with these permissions and the commands. */
export function inviteLink(application: string): string {
  const permissions = needs.reduce((all, { flag }) => all | flag, 0n);
  const query = new URLSearchParams({
    client_id: application,
    scope: 'bot applications.commands',
    permissions: String(permissions),
  });
  return `https://discord.com/oauth2/authorize?${query}`;
}
