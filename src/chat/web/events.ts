import type { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { inertLine } from '../../core/inert.ts';
import { createBell } from '../bell.ts';
import type { RoomMessage } from '../rooms.ts';
import type { Session } from '../sign-in.ts';
import type { PageEnv } from './env.ts';
import { messageHtml, repliesText } from './message-html.ts';
import type { Late, PageParts } from './parts.ts';
import type { Html } from './text-html.ts';

/** A line at least so often, so that nothing in between takes the connection for dead. */
const everyMs = 25_000;

/** In one session: each is told of every change, at the cost of a few readings. */
const windowsMost = 30;

/** Tells a browser what changed since what it has seen, and goes on; a browser that was away asks from where it was. */
export function eventRoutes(app: Hono<PageEnv>, parts: PageParts, late: Late): void {
  const { rooms, signIn, clock, ending } = parts;

  const windows = new Map<string, number>();

  app.get('/events', (context) => {
    const { id } = context.get('session');
    const own = windows.get(id) ?? 0;
    if (own >= windowsMost) return context.text('The page is open in too many windows. Close some.', 429);
    windows.set(id, own + 1);
    const cookie = context.get('cookie');
    const asked = Number(context.req.header('last-event-id') ?? context.req.query('rev') ?? '');
    let rev = Number.isSafeInteger(asked) ? asked : 0;
    // A proxy such as nginx would hold a change back until there is more to pass on.
    context.header('x-accel-buffering', 'no');
    return streamSSE(context, async (stream) => {
      const bell = createBell();
      const forms: Html[] = [];
      const unwatch = rooms.watch(bell.ring);
      const detach = late.attach(id, (form) => {
        forms.push(form);
        bell.ring();
      });
      ending.addEventListener('abort', bell.ring);
      stream.onAbort(bell.ring);
      try {
        await stream.write(': hello\n\n');
        while (!stream.aborted && !ending.aborted) {
          // Somebody who was signed out, or who acts as somebody else by now, is told nothing more.
          const session = await signIn.session(cookie);
          if (session === null || session.person.member !== context.get('session').person.member) {
            await stream.writeSSE({ event: 'reload', data: '' });
            return;
          }
          const changes = await rooms.changes(session.person.member, rev);
          if (changes === null) {
            await stream.writeSSE({ event: 'reload', data: '' });
            return;
          }
          const names = new Map((await rooms.channels()).map((room) => [room.id, room.name]));
          for (const message of changes) {
            rev = message.rev;
            await stream.writeSSE({
              id: String(rev),
              data: await newsOf(message, session, names.get(message.channel) ?? ''),
            });
          }
          for (const form of forms.splice(0))
            await stream.writeSSE({ event: 'form', data: String(await form) });
          let quiet = false;
          const cancel = clock.after(everyMs, () => {
            quiet = true;
            bell.ring();
          });
          await bell.wait();
          cancel();
          if (quiet) await stream.write(': still here\n\n');
        }
      } finally {
        unwatch();
        detach();
        ending.removeEventListener('abort', bell.ring);
        const left = (windows.get(id) ?? 1) - 1;
        if (left > 0) windows.set(id, left);
        else windows.delete(id);
      }
    });
  });
}

async function newsOf(message: RoomMessage, session: Session, channel: string): Promise<string> {
  const { id, thread, rev } = message;
  const inChannel =
    thread === null ? String(await messageHtml(message, { session, channel, in: 'channel' })) : '';
  const inThread = String(await messageHtml(message, { session, channel, in: 'thread' }));
  const isOwn = message.by?.member === session.person.member;
  return JSON.stringify({
    id,
    channel,
    thread,
    rev,
    inChannel,
    inThread,
    replies: repliesText(message.replies),
    says: isOwn ? '' : saysOf(message),
  });
}

/** A message in a few words, for those who hear the page. */
function saysOf({ by, content }: RoomMessage): string {
  const who = by === null ? 'Crewsmith' : by.name;
  if (content.kind === 'said') return inertLine(`${who}: ${content.text}`).slice(0, 200);
  const { title, status } = content.card;
  return inertLine(`${who}: ${title}${status === '' ? '' : `, ${status}`}`).slice(0, 200);
}
