import type { Hono } from 'hono';
import { readCookie, writeCookie } from './cookie.ts';
import type { PageEnv } from './env.ts';
import { isLoopback } from './guard.ts';
import type { PageParts } from './parts.ts';
import { enterHtml, welcomeHtml } from './welcome-html.ts';

/** So many wrong tokens a minute, whoever tries. */
const triesMost = 10;
const triesMs = 60_000;

/** How people get in. Looking at a link changes nothing, however often; pressing its button signs in, once. */
export function enterRoutes(app: Hono<PageEnv>, parts: PageParts): void {
  const { signIn, reach, clock } = parts;
  let tries: number[] = [];

  app.get('/enter/:token', async (context) => {
    const cookie = readCookie(context, reach);
    if (cookie !== null && (await signIn.session(cookie))?.kind === 'link') return context.redirect('/');
    const token = context.req.param('token');
    const state = await signIn.look(token);
    return context.html(enterHtml(token, state), state === 'open' ? 200 : 410);
  });

  app.post('/enter/:token', async (context) => {
    const token = context.req.param('token');
    const { state, cookie } = await signIn.enter(token);
    if (cookie === null) return context.html(enterHtml(token, state), 410);
    writeCookie(context, reach, cookie);
    return context.redirect('/', 303);
  });

  app.post('/sign-in', async (context) => {
    const refuse = (says: string, status: 401 | 429) =>
      context.html(welcomeHtml({ hasToken: parts.hasToken, says, isHere: isLoopback(context) }), status);
    const now = clock.now();
    tries = tries.filter((at) => at > now - triesMs);
    if (tries.length >= triesMost) return refuse('Too many wrong tokens. Wait a minute and try again.', 429);
    const { token } = await context.req.parseBody();
    const cookie = typeof token === 'string' ? await signIn.admit(token) : null;
    if (cookie === null) {
      tries.push(now);
      return refuse('That is not the token of this page.', 401);
    }
    writeCookie(context, reach, cookie);
    return context.redirect('/', 303);
  });
}
