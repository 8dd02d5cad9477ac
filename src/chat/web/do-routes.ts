import { createHash } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { looksLikeKey } from '../../core/pasted-key.ts';
import { CrewsmithError } from '../../errors.ts';
import { readFormRef } from '../form.ts';
import type { Answer, GivenFile, Sender, Spot } from '../port.ts';
import { readPress } from '../press.ts';
import { type Room, type RoomMessage, saidMost } from '../rooms.ts';
import type { Session } from '../sign-in.ts';
import { forgetCookie } from './cookie.ts';
import type { PageEnv } from './env.ts';
import { formHtml, staysHtml } from './form-html.ts';
import type { Late, PageParts } from './parts.ts';
import { documentHtml } from './shell-html.ts';
import type { Html } from './text-html.ts';

/** A browser is answered after so long at most; what comes later reaches it with the news. */
const answerMs = 700;
const pressPattern = /^[\w-]{8,64}$/;
const mentionPattern = /(?<!\S)@[\p{L}\d._-]+/gu;
/** Each is looked up, and no command is about more people. */
const mentionsMost = 10;

/** Where somebody does something, and the id by which it is done once. */
interface Doing {
  readonly room: Room;
  readonly thread: string | null;
  readonly dedupe: string;
}

/** What stands with the answers to it. */
interface Told {
  /** The words that were typed for it; null: it was pressed or sent. */
  readonly asked: string | null;
  /** The private card whose place the first answer takes. */
  readonly instead: string | null;
}

const unasked: Told = { asked: null, instead: null };

/** What people do. Each request has an id of its own, so that the same one sent twice is done once (rule S2). */
export function doRoutes(app: Hono<PageEnv>, parts: PageParts, late: Late): void {
  const { rooms, signIn, desk, clock } = parts;

  const senderOf = ({ person, native }: Session): Sender => ({
    surface: 'web',
    team: 'local',
    native,
    name: person.name,
    standing: 'member',
    teamRoles: [],
  });

  const roomNamed = async (name: string | undefined) =>
    (await rooms.channels()).find((room) => room.name === name) ?? null;

  /** Whether a thread stands there, for them to see: what is said of it goes there, and must not be lost. */
  async function isThread({ person }: Session, room: Room, thread: string | null): Promise<boolean> {
    if (thread === null) return true;
    const parent = await rooms.message(person.member, thread);
    return parent?.channel === room.id && parent.thread === null && !parent.isPrivate;
  }

  /** How the desk answers: a private card stands in the room for its reader alone, a form is opened in their browser. */
  function answerTo(session: Session, at: Doing, told: Told, open: (form: Html) => void): Answer {
    const { room, thread, dedupe } = at;
    const { member } = session.person;
    let count = 0;
    return {
      async private(card) {
        if (told.instead !== null && (await rooms.tellInstead(member, told.instead, card))) return;
        const own = { asked: told.asked, card, dedupe: `private:${session.id}:${dedupe}:${count++}` };
        await rooms.tell({ channel: room.id, thread, member, ...own });
      },
      async form(form) {
        const { csrf } = session;
        open(formHtml({ form, request: `${dedupe}:form`, csrf, channel: room.name, thread }));
      },
    };
  }

  /** Hands something on to the desk and answers the browser: with a form, or with nothing, since the rest is news. */
  async function handOn(
    context: Context<PageEnv>,
    at: Doing,
    told: Told,
    work: (answer: Answer) => Promise<unknown>,
  ): Promise<Response> {
    const session = context.get('session');
    let isAnswered = false;
    const opened = Promise.withResolvers<Html>();
    const answer = answerTo(session, at, told, (form) => {
      if (isAnswered) late.send(session.id, form);
      else opened.resolve(form);
    });
    const soon = Promise.withResolvers<null>();
    const cancel = clock.after(answerMs, () => soon.resolve(null));
    const done = work(answer).then(
      () => null,
      (error: unknown) => {
        parts.log.error({ err: error }, 'what somebody did on the page failed');
        return null;
      },
    );
    const form = await Promise.race([opened.promise, done, soon.promise]);
    cancel();
    isAnswered = true;
    return form === null ? back(context, at.room.name, at.thread) : modal(context, form);
  }

  app.post('/c/:channel/say', async (context) => {
    const session = context.get('session');
    const room = await roomNamed(context.req.param('channel'));
    const body = await context.req.parseBody();
    const text = textOf(body.text).trim();
    const request = textOf(body.request);
    const dedupe = `${request}.${markOf(text)}`;
    const thread = textOf(body.thread) === '' ? null : textOf(body.thread);
    if (
      room === null ||
      text === '' ||
      !pressPattern.test(request) ||
      !(await isThread(session, room, thread))
    )
      return context.text('There is nothing to send, or no such channel or thread.', 422);
    if (text.length > saidMost) throw new CrewsmithError('message.long', { most: saidMost });
    const command = /^(?:\/crew|@crewsmith)(?=\s|$)(.*)$/is.exec(text);
    if (command === null && text.startsWith('/')) {
      const word = text.split(/\s/, 1)[0];
      return context.text(
        `Commands begin with /crew here. ${looksLikeKey(text) === null ? `Did you mean /crew ${word?.slice(1)}?` : ''}`.trim(),
        422,
      );
    }
    if (command === null) {
      if (session.kind === 'token') return context.text(looksOnly, 403);
      await rooms.say({
        channel: room.id,
        thread,
        member: session.person.member,
        text,
        dedupe: `said:${session.id}:${dedupe}`,
      });
      return back(context, room.name, thread);
    }
    const words = await withAccounts(command[1]?.trim() ?? '');
    const spot: Spot = { channel: room.name, channelName: room.name, thread, direct: false };
    // Rule K4: a key that was typed is not kept, not even to say what was asked.
    const asked = looksLikeKey(text) === null ? text : null;
    const at = { room, thread, dedupe: `${session.id}:${dedupe}` };
    return await handOn(context, at, { ...unasked, asked }, (answer) =>
      desk.command({ sender: senderOf(session), spot, dedupe: at.dedupe, text: words, files: [] }, answer),
    );
  });

  app.post('/press', async (context) => {
    const session = context.get('session');
    const body = await context.req.parseBody();
    const press = readPress(readJson(textOf(body.press)));
    const message = await rooms.message(session.person.member, textOf(body.message));
    const room =
      message === null ? null : ((await rooms.channels()).find(({ id }) => id === message.channel) ?? null);
    if (press === null || message === null || room === null) {
      return context.text('This button is not known here any more. Load the page again.', 422);
    }
    if (session.kind === 'token') return context.text(looksOnly, 403);
    const given = textOf(body.request);
    const dedupe = `${session.id}:${pressPattern.test(given) ? given : crypto.randomUUID()}`;
    const at = { room, thread: message.thread, dedupe };
    const told = { ...unasked, instead: message.isPrivate ? message.id : null };
    return await handOn(context, at, told, (answer) =>
      desk.press({ sender: senderOf(session), spot: spotOf(message, room.name), dedupe, press }, answer),
    );
  });

  app.post('/forms', async (context) => {
    const session = context.get('session');
    const body = await context.req.parseBody();
    const ref = readFormRef(readJson(textOf(body.ref)));
    const room = await roomNamed(textOf(body.channel));
    const dedupe = textOf(body.request);
    const thread = textOf(body.thread) === '' ? null : textOf(body.thread);
    if (ref === null || room === null || dedupe === '' || !(await isThread(session, room, thread)))
      return stays(context, 'This form is not known here any more.', {});
    if (session.kind === 'token') return stays(context, looksOnly, {});
    const values = Object.fromEntries(
      Object.entries(body).flatMap(([name, value]) =>
        name.startsWith('value:') && typeof value === 'string'
          ? [[name.slice('value:'.length), value.replaceAll('\r\n', '\n')]]
          : [],
      ),
    );
    const answer = answerTo(session, { room, thread, dedupe }, unasked, (form) =>
      late.send(session.id, form),
    );
    const spot: Spot = { channel: room.name, channelName: room.name, thread, direct: false };
    const given = { sender: senderOf(session), spot, dedupe, form: ref, values };
    const outcome = await desk.submit({ ...given, files: await filesIn(body) }, answer);
    if (outcome.form === 'stays') return stays(context, outcome.says, outcome.fields);
    return context.get('part') ? context.body('', 200) : back(context, room.name, thread);
  });

  app.post('/put-away', async (context) => {
    await rooms.putAway(
      context.get('session').person.member,
      textOf((await context.req.parseBody()).message),
    );
    return context.get('part') ? context.body('', 200) : context.redirect('/', 303);
  });

  app.post('/channels', async (context) => {
    if (context.get('session').kind === 'token') return context.text(looksOnly, 403);
    const room = await rooms.addChannel(textOf((await context.req.parseBody()).name));
    return context.redirect(`/c/${room.name}`, 303);
  });

  app.post('/pretend', async (context) => {
    await signIn.pretend.begin(context.get('session'));
    return context.redirect('/', 303);
  });

  app.post('/act-as', async (context) => {
    await signIn.pretend.act(context.get('session'), textOf((await context.req.parseBody()).member));
    return context.redirect('/', 303);
  });

  app.post('/sign-out', async (context) => {
    await signIn.leave(context.get('cookie'));
    forgetCookie(context, parts.reach);
    return context.redirect('/', 303);
  });

  /** `@bo` as the desk knows people: by account. What names nobody stays as it was typed. */
  async function withAccounts(words: string): Promise<string> {
    const found = new Map<string, string>();
    const mentions = new Set(words.match(mentionPattern) ?? []);
    for (const mention of [...mentions].slice(0, mentionsMost)) {
      const native = await parts.account(mention.slice(1));
      if (native !== null) found.set(mention, `<@${native}>`);
    }
    return words.replaceAll(mentionPattern, (mention) => found.get(mention) ?? mention);
  }
}

/** Who never heard that a line arrived, and has changed it since, sends another one under the same id. */
const markOf = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 8);

const looksOnly =
  'This browser was admitted by the page’s token: it looks, and never decides. Sign in by a link to do this.';

const spotOf = (message: RoomMessage, name: string): Spot => ({
  channel: name,
  channelName: name,
  thread: message.thread,
  direct: false,
});

/** To a script: nothing more to show. To a browser without one: the page again. */
function back(context: Context<PageEnv>, channel: string, thread: string | null): Response {
  if (context.get('part')) return context.body(null, 204);
  return context.redirect(thread === null ? `/c/${channel}` : `/c/${channel}/t/${thread}`, 303);
}

async function modal(context: Context<PageEnv>, form: Html): Promise<Response> {
  if (!context.get('part')) {
    return context.html(documentHtml('Crewsmith', html`<main class="stage">${form}</main>`, []));
  }
  context.header('hx-retarget', '#modal');
  context.header('hx-reswap', 'innerHTML');
  return context.html(form);
}

/** The form stays open as it is, with the sentence: nothing that was typed is lost (rule S1). */
function stays(
  context: Context<PageEnv>,
  says: string,
  fields: Readonly<Record<string, string>>,
): Response | Promise<Response> {
  if (!context.get('part'))
    return context.text(`${[says, ...Object.values(fields)].join(' ')} Go back to change it.`, 422);
  context.header('hx-reswap', 'none');
  return context.html(staysHtml(says, fields));
}

/** Files that were chosen. A field that was left alone comes as a file without a name. */
async function filesIn(body: Readonly<Record<string, unknown>>): Promise<GivenFile[]> {
  const files: GivenFile[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (!name.startsWith('file:') || !(value instanceof File) || value.name === '') continue;
    const bytes = new Uint8Array(await value.arrayBuffer());
    files.push({ field: name.slice('file:'.length), name: value.name, from: { bytes } });
  }
  return files;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
