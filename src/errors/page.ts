import { row } from './row.ts';

/** What is said to somebody at a browser. */
export const pageErrors = {
  'channel.name': row<{ name: string }>((d) => ({
    says: `A channel cannot be called "${d.name}".`,
    next: 'Use small letters, digits and hyphens, at most 32, like launch-2.',
  })),
  'message.long': row<{ most: number }>((d) => ({
    says: `The message has more than ${d.most} characters; it was not sent.`,
    next: 'Send it in parts.',
  })),
  'page.port-taken': row<{ port: number; host: string }>((d) => ({
    says: `The page cannot be served: port ${d.port} of ${d.host} is taken or not allowed.`,
    next: 'Set PORT to another one, or to nothing: then the next free one from 3000 on is taken.',
  })),
  'page.foreign': row(() => ({
    says: 'The page belongs to another workspace of this installation.',
    next: 'Everything works here as well: /crew help.',
  })),
  'page.not-here': row(() => ({
    says: 'No page is served now.',
    next: 'Start it with "npm start"; that prints a link that signs in.',
  })),
  'page.only-here': row(() => ({
    says: 'The page is reached at the machine itself alone.',
    next: 'The operator can set CREWSMITH_URL to an address that others reach.',
  })),
  'page.looks-only': row(() => ({
    says: 'This browser was admitted by the page’s token: it looks, and signs nobody in.',
    next: 'Ask for a link in your team’s chat, or at the machine itself: npm run crew -- open.',
  })),
  'pretend.key': row(() => ({
    says: 'Pretend members are gone: this workspace has, or had, a key.',
    next: 'Invite people with "access grant"; what costs money is decided by people.',
  })),
  'pretend.unknown': row(() => ({
    says: 'There is no such pretend member for you here.',
    next: 'Load the page again; pretend members exist on the sandbox, at the machine itself.',
  })),
};
