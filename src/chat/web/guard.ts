import { isIP } from 'node:net';
import type { PageContext } from './env.ts';

/** Where the page may be reached, besides by the numbers of the machine. */
export interface Reach {
  /** CREWSMITH_URL. */
  readonly url: string | null;
}

export const headers: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export const wrongName = 'This name does not lead to this page. Set CREWSMITH_URL to the address people use.';

/**
 * A page of elsewhere can name this machine by a name of its own and read what it serves (DNS rebinding); such a request says that
 * name. A number cannot be given away like this.
 */
export function isOurHost(host: string | undefined, { url }: Reach): boolean {
  if (host === undefined) return false;
  const name = hostnameOf(host);
  if (name === null) return false;
  return name === 'localhost' || isNumber(name) || (url !== null && new URL(url).host === host.toLowerCase());
}

const hostnameOf = (host: string) =>
  /[/@?#\s]/.test(host) ? null : (URL.parse(`http://${host}`)?.hostname ?? null);

const isNumber = (name: string) => isIP(name.replace(/^\[|\]$/g, '')) !== 0;

const loopbackNumber = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/** Somebody at this machine: the connection comes from it, names it, and nobody in between passed it on. */
export function isLoopback(context: PageContext): boolean {
  const { remoteAddress } = context.env.incoming.socket;
  const name = hostnameOf(context.req.header('host') ?? '')?.replace(/^\[|\]$/g, '') ?? '';
  const passedOn = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some(
    (header) => context.req.header(header) !== undefined,
  );
  const isHere = remoteAddress !== undefined && loopbackNumber.test(remoteAddress);
  return isHere && !passedOn && (name === 'localhost' || loopbackNumber.test(name));
}

/** What changes something must come from a page of ours: browsers say where a request began. */
export function isOurOrigin(context: PageContext, { url }: Reach): boolean {
  const origin = context.req.header('origin');
  if (origin === undefined) return context.req.header('sec-fetch-site') === 'same-origin';
  const host = context.req.header('host');
  if (url !== null && origin === new URL(url).origin) return true;
  return origin === `http://${host}`;
}
