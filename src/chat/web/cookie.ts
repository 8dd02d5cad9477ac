import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { PageContext } from './env.ts';
import type { Reach } from './guard.ts';

/** A month; the session's row decides. */
const seconds = 30 * 86_400;

/**
 * Browsers keep cookies by host, not by port: two installations on one machine need two names. Over https nobody but this very
 * host may set it.
 */
function nameOf(context: PageContext, secure: boolean): string {
  if (secure) return '__Host-crewsmith';
  const port = URL.parse(`http://${context.req.header('host') ?? ''}`)?.port ?? '';
  return `crewsmith_${port === '' ? '80' : port}`;
}

const isSecure = (context: PageContext, { url }: Reach) =>
  url?.startsWith('https:') === true && context.req.header('host') === URL.parse(url)?.host;

export const readCookie = (context: PageContext, reach: Reach): string | null =>
  getCookie(context, nameOf(context, isSecure(context, reach))) ?? null;

export function writeCookie(context: PageContext, reach: Reach, cookie: string): void {
  const secure = isSecure(context, reach);
  setCookie(context, nameOf(context, secure), cookie, {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure,
    maxAge: seconds,
  });
}

export function forgetCookie(context: PageContext, reach: Reach): void {
  const secure = isSecure(context, reach);
  deleteCookie(context, nameOf(context, secure), { path: '/', secure });
}
