import type { Agent, Response } from 'undici';
import { type AddressGuard, unknownHost } from './address-guard.ts';
import { FetchFailure, shown } from './fetch-failure.ts';

export interface GetOptions {
  readonly guard: AddressGuard;
  readonly userAgent: string;
  readonly accept: string;
  readonly connectMs: number;
  readonly redirects: number;
  /** Of the decoded body, so that a compressed one cannot grow beyond it. */
  readonly bodyBytes: number;
  /** What happens to a longer body. Either way nothing beyond is read. */
  readonly longer: 'refuse' | 'cut';
  /** An abort ends the request and throws the signal's reason. */
  readonly signal: AbortSignal;
  /** Asked before each hop; throws FetchFailure to stop it. */
  before(url: URL): Promise<void>;
  /** Looks at the answer before its body is read; throws FetchFailure to leave it unread. */
  judge(answer: { url: URL; status: number; type: string }): void;
}

export interface Got {
  /** After redirects. */
  readonly url: URL;
  readonly status: number;
  /** The `content-type` header as sent, empty when there was none. */
  readonly type: string;
  readonly body: Buffer;
}

/**
 * One GET with its redirects, each hop through the guard (rule S5): no cookies, no credentials, nothing kept.
 * Throws FetchFailure for what the outside does, and the signal's reason.
 */
export async function httpGet(start: URL, options: GetOptions): Promise<Got> {
  options.signal.throwIfAborted();
  options.guard.check(start);
  const agent = await options.guard.openAgent(options.connectMs);
  const seen = new Set<string>();
  let url = start;
  try {
    for (;;) {
      if (seen.has(url.href)) {
        throw new FetchFailure(
          'redirect-loop',
          `${shown(start.href)} redirects in a circle; try another page of that site.`,
        );
      }
      if (seen.size > options.redirects) {
        const says = `${shown(start.href)} redirects more than ${options.redirects} times; try the address where it should end.`;
        throw new FetchFailure('redirect-loop', says);
      }
      seen.add(url.href);
      options.guard.check(url);
      await options.before(url);
      const response = await send(url, agent, options);
      const next = redirectOf(url, response);
      if (next === null) {
        const answer = { url, status: response.status, type: response.headers.get('content-type') ?? '' };
        options.judge(answer);
        return { ...answer, body: await bodyOf(url, response, options) };
      }
      // Unread, it would keep the connection that the next hop may want.
      await response.body?.cancel();
      url = next;
    }
  } catch (error) {
    options.signal.throwIfAborted();
    throw failureOf(url, error);
  } finally {
    // Not awaited: a connection that is still being made would hold up the answer.
    agent.destroy().catch(() => {});
  }
}

async function send(url: URL, agent: Agent, options: GetOptions): Promise<Response> {
  const { fetch } = await import('undici');
  return await fetch(url, {
    dispatcher: agent,
    redirect: 'manual',
    credentials: 'omit',
    signal: options.signal,
    headers: { 'user-agent': options.userAgent, accept: options.accept },
  });
}

function redirectOf(url: URL, response: Response): URL | null {
  const location = response.headers.get('location');
  if (location === null || ![301, 302, 303, 307, 308].includes(response.status)) return null;
  // Header bytes arrive as Latin-1; servers write UTF-8.
  const next = URL.parse(Buffer.from(location, 'latin1').toString('utf8'), url.href);
  if (next === null) {
    const says = `${shown(url.href)} redirects to something that is not an address; try another page of that site.`;
    throw new FetchFailure('redirect-loop', says);
  }
  next.hash = '';
  return next;
}

async function bodyOf(url: URL, response: Response, options: GetOptions): Promise<Buffer> {
  const tooLarge = () =>
    new FetchFailure(
      'too-large',
      `${shown(url.href)} is larger than ${sizeOf(options.bodyBytes)}, so it was not read; ask for a smaller page.`,
    );
  const declared = Number(response.headers.get('content-length') ?? '0');
  if (options.longer === 'refuse' && declared > options.bodyBytes) throw tooLarge();
  if (response.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > options.bodyBytes) {
      if (options.longer === 'refuse') throw tooLarge();
      break;
    }
  }
  return Buffer.concat(chunks, Math.min(size, options.bodyBytes));
}

const sizeOf = (bytes: number) =>
  bytes >= 1_000_000 ? `${Math.floor(bytes / 1_000_000)} MB` : `${bytes} bytes`;

const certificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ISSUER/;
const decoding = /^(Z_|ERR__?ZLIB|ERR_BROTLI|ERR_PADDING|ERR__ERROR_FORMAT)/;

function failureOf(url: URL, error: unknown): FetchFailure {
  const host = shown(url.host);
  const causes: unknown[] = [];
  for (
    let e: unknown = error;
    e !== undefined && causes.length < 5;
    e = e instanceof Error ? e.cause : undefined
  ) {
    if (e instanceof FetchFailure) return e;
    causes.push(e);
  }
  const codes = causes.map((e) => (e instanceof Error && 'code' in e ? String(e.code) : ''));
  const has = (pattern: RegExp) => codes.some((code) => pattern.test(code));
  const cause = { cause: error };
  if (causes.some((e) => e instanceof Error && e.message === 'bad port')) {
    return new FetchFailure(
      'refused-address',
      `${host} was not read because its port is no web port; ask for a web page.`,
      cause,
    );
  }
  if (has(/^(ENOTFOUND|ENODATA)$/)) return new FetchFailure('unknown-host', unknownHost(url.hostname), cause);
  if (has(certificate)) {
    const says = `${host} shows a certificate that cannot be trusted; check the address, or try another site.`;
    return new FetchFailure('bad-certificate', says, cause);
  }
  if (has(decoding)) {
    return new FetchFailure(
      'unreadable',
      `${host} sends compressed data that cannot be unpacked; try another page.`,
      cause,
    );
  }
  const says = `${host} could not be reached or broke off; check the address, or try again later.`;
  return new FetchFailure('unreachable', says, cause);
}
