import { randomUUID } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import type { Room } from '../rooms.ts';
import { channelHtml, listHtml, noThreadHtml, threadHtml } from './channel-html.ts';
import { checklistHtml } from './checklist-html.ts';
import type { PageEnv } from './env.ts';
import type { PageParts } from './parts.ts';
import { documentHtml, sidebarHtml } from './shell-html.ts';
import type { Html } from './text-html.ts';

/** What can be looked at; nothing here changes anything. */
export function readRoutes(app: Hono<PageEnv>, parts: PageParts): void {
  const { rooms, pictures } = parts;

  async function roomOf(context: Context<PageEnv>): Promise<Room | null> {
    const name = context.req.param('channel');
    return (await rooms.channels()).find((room) => room.name === name) ?? null;
  }

  async function wholePage(context: Context<PageEnv>, room: Room, thread: Html): Promise<Html> {
    const session = context.get('session');
    // Taken first: what comes while the page is made is told again.
    const rev = await rooms.newest();
    const reader = session.person.member;
    const before = context.req.query('before') ?? null;
    const listed = await rooms.page(reader, { channel: room.id, thread: null, before });
    const checklist = checklistHtml(await parts.todos());
    const content = html`<a class="skip" href="#words-channel">Skip to writing</a>
<div class="house">
${sidebarHtml({ session, rooms: await rooms.channels(), current: room.name, checklist })}
${channelHtml({ ...listed, session, channel: room.name, greeting: await parts.greeting(), request: randomUUID() })}
${thread}
</div>
<div id="modal"></div>
<div class="unseen" role="status" id="news"></div>
<div class="toast" role="alert" id="toast" hidden></div>`;
    return documentHtml(`#${room.name} · Crewsmith`, content, ['htmx.js', 'page.js', 'completion.js'], rev);
  }

  app.get('/', async (context) => {
    const [first] = await rooms.channels();
    return first === undefined ? context.notFound() : context.redirect(`/c/${first.name}`);
  });

  app.get('/c/:channel', async (context) => {
    const room = await roomOf(context);
    if (room === null) return context.notFound();
    return context.html(await wholePage(context, room, noThreadHtml));
  });

  app.get('/c/:channel/no-thread', (context) => context.html(noThreadHtml));

  app.get('/c/:channel/earlier', async (context) => {
    const room = await roomOf(context);
    if (room === null) return context.notFound();
    const session = context.get('session');
    const before = context.req.query('before') ?? null;
    const listed = await rooms.page(session.person.member, { channel: room.id, thread: null, before });
    return context.html(listHtml({ ...listed, session, channel: room.name }, 'channel'));
  });

  app.get('/c/:channel/t/:message', async (context) => {
    const room = await roomOf(context);
    const session = context.get('session');
    const reader = session.person.member;
    const parent = await rooms.message(reader, context.req.param('message'));
    if (room === null || parent === null || parent.channel !== room.id || parent.thread !== null)
      return context.notFound();
    const listed = await rooms.page(reader, { channel: room.id, thread: parent.id, before: null });
    const thread = threadHtml({ ...listed, session, channel: room.name, parent, request: randomUUID() });
    return context.html(context.get('part') ? thread : await wholePage(context, room, thread));
  });

  app.get('/checklist', async (context) => context.html(checklistHtml(await parts.todos())));

  // Not in an address, which stands in the logs of whatever passes it on: what is typed may be a key (rule K4).
  app.post('/complete', async (context) => {
    const { words } = await context.req.parseBody();
    return context.json(await parts.complete(typeof words === 'string' ? words.slice(0, 400) : ''));
  });

  app.get('/pictures/:message/:block/:look{(?:light|dark)\\.png}', async (context) => {
    const { message, block } = context.req.param();
    const look = context.req.param('look') === 'dark.png' ? 'dark' : 'light';
    const found = await rooms.message(context.get('session').person.member, message);
    const drawn = found?.content.kind === 'card' ? found.content.card.body[Number(block)] : undefined;
    if (drawn?.type !== 'chart') return context.notFound();
    const picture = new Uint8Array(await pictures.draw(drawn.chart, look));
    context.header('cache-control', 'private, max-age=3600');
    return context.body(picture, 200, { 'content-type': 'image/png' });
  });
}
