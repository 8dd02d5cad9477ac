import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { matchedRoutes } from 'hono/route';
import { fileBytesMost } from '../../core/input-file.ts';
import { CrewsmithError } from '../../errors.ts';
import { asset } from './assets.ts';
import { readCookie } from './cookie.ts';
import { doRoutes } from './do-routes.ts';
import { enterRoutes } from './enter-routes.ts';
import type { PageContext, PageEnv } from './env.ts';
import { eventRoutes } from './events.ts';
import { headers, isLoopback, isOurHost, isOurOrigin, wrongName } from './guard.ts';
import { keyRoutes } from './key-routes.ts';
import { createLate, type PageParts } from './parts.ts';
import { readRoutes } from './read-routes.ts';
import { againHtml, refusedHtml, welcomeHtml } from './welcome-html.ts';

const routeOf = (context: PageContext) =>
  matchedRoutes(context).find(({ method }) => method === context.req.method)?.path ?? 'none';

/** More than anything that a form of ours can hold. */
const bodyMost = 512 * 1024;
const tooMuch = `This is too much at once. A file has at most ${fileBytesMost.toLocaleString('en')} bytes.`;

/** Everything that the page answers, from the doors inward: who may ask at all, who is signed in, what they want. */
export function createPageApp(parts: PageParts): Hono<PageEnv> {
  const { signIn, reach, log } = parts;
  const late = createLate();
  const app = new Hono<PageEnv>();

  app.onError(async (error, context) => {
    if (error instanceof CrewsmithError) return context.text(`${error.says} ${error.next}`.trim(), 422);
    // The route, not the address: that of a link holds what signs in.
    log.error({ err: error, path: routeOf(context) }, 'the page could not answer');
    return context.text('Something went wrong here; nothing was changed by it. Load the page again.', 500);
  });

  // Before the doors for people: a platform has no browser's origin and calls by our public name. What it sends proves itself.
  for (const door of parts.doors) {
    app.post(door.path, bodyLimit({ maxSize: bodyMost }), async (context) => {
      const body = await context.req.text();
      const {
        status,
        type,
        body: said,
      } = await door.take({ headers: (name) => context.req.header(name), body });
      return new Response(said, { status, headers: { 'content-type': type } });
    });
  }

  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
    if (!isOurHost(context.req.header('host'), reach)) {
      return context.text(wrongName, 421);
    }
    if (!['GET', 'HEAD'].includes(context.req.method) && !isOurOrigin(context, reach)) {
      return context.text('Another site asked for this, so nothing was done. Open the page itself.', 403);
    }
    context.set(
      'part',
      context.req.header('hx-request') === 'true' &&
        context.req.header('hx-history-restore-request') !== 'true',
    );
    await next();
    return;
  });
  app.use(bodyLimit({ maxSize: bodyMost, onError: (context) => context.text(tooMuch, 413) }));

  app.get('/assets/:mark/:name', async (context) => {
    const found = await asset(context.req.param('name'));
    if (found === null) return context.notFound();
    context.header('cache-control', 'public, max-age=31536000, immutable');
    return context.body(found.bytes, 200, { 'content-type': found.type });
  });
  enterRoutes(app, parts);
  keyRoutes(app, parts);

  app.use(async (context, next) => {
    const cookie = readCookie(context, reach);
    const session = cookie === null ? null : await signIn.session(cookie);
    const isHere = isLoopback(context);
    if (cookie !== null && session !== null && (isHere || !session.loopbackOnly)) {
      context.set('session', session);
      context.set('cookie', cookie);
      return await next();
    }
    // The cookie stays at home when somebody follows a link of another site to us; asked by ourselves, it comes.
    const isFollowed = context.req.header('sec-fetch-site') === 'cross-site' && context.req.method === 'GET';
    if (isFollowed && context.req.header('sec-fetch-mode') === 'navigate') return context.html(againHtml);
    if (context.req.path === '/') {
      return context.html(welcomeHtml({ hasToken: parts.hasToken, says: null, isHere }));
    }
    if (context.req.method === 'GET' && !context.get('part') && context.req.path.startsWith('/c/'))
      return context.redirect('/');
    return context.text('You are signed out. Load the page again to sign in.', 401);
  });

  /** Nothing is changed by a form that was not made for this session. */
  app.use(async (context, next) => {
    if (context.req.method !== 'POST') return await next();
    const { csrf } = await context.req.parseBody();
    if (csrf === context.get('session').csrf) return await next();
    return context.text('This form is of another session, so nothing was done. Load the page again.', 403);
  });

  readRoutes(app, parts);
  eventRoutes(app, parts, late);
  doRoutes(app, parts, late);

  app.notFound((context) =>
    context.html(
      refusedHtml('Nothing here', 'There is no such page.', 'Go back, or begin at the channels.'),
      404,
    ),
  );
  return app;
}
