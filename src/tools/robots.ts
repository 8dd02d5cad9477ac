import type { Clock } from '../clock.ts';
import { unlessAborted } from './abort.ts';
import { FetchFailure, shown } from './fetch-failure.ts';
import { type GetOptions, httpGet } from './http-get.ts';

/** What RFC 9309 asks a crawler to parse at least. */
const fileBytes = 500 * 1024;
const keptMs = 60 * 60 * 1000;
const keptOrigins = 500;

type Rules = (url: URL) => boolean;
const everything: Rules = () => true;

export interface Robots {
  /** Throws FetchFailure: `robots` when the site asks not to read this page, else what kept its robots.txt from being read. */
  check(url: URL, signal: AbortSignal): Promise<void>;
}

/** Reads each origin's robots.txt at most once an hour (RFC 9309); many calls at a time share one reading. */
export function createRobots(options: {
  readonly get: Pick<GetOptions, 'guard' | 'userAgent' | 'connectMs' | 'redirects'>;
  readonly token: string;
  readonly clock: Clock;
  readonly fileMs: number;
}): Robots {
  const { clock, token } = options;
  const kept = new Map<string, { readonly rules: Promise<Rules>; readonly until: number }>();

  async function read(origin: string): Promise<Rules> {
    const file = new URL('/robots.txt', origin);
    const stop = new AbortController();
    const lift = clock.after(options.fileMs, () => {
      const says = `${shown(file.href)} took more than ${options.fileMs / 1000} s, so what the site allows is not known; try again later.`;
      stop.abort(new FetchFailure('timeout', says));
    });
    try {
      const got = await httpGet(file, {
        ...options.get,
        accept: 'text/plain,*/*;q=0.1',
        bodyBytes: fileBytes,
        longer: 'cut',
        signal: stop.signal,
        before: async () => {},
        judge: () => {},
      });
      if (got.status >= 500 || got.status === 429) {
        const says = `${shown(file.href)} answered ${got.status}, so what the site allows is not known; try again later.`;
        throw new FetchFailure('robots', says);
      }
      if (got.status !== 200) return everything;
      const { default: parse } = await import('robots-parser');
      const rules = (parse as unknown as ParseRobots)(
        file.href,
        fewerAgents(got.body.toString('utf8'), token),
      );
      return (url) => rules.isAllowed(url.href, token) !== false;
    } finally {
      lift();
    }
  }

  function rulesOf(origin: string): Promise<Rules> {
    const now = clock.now();
    const old = kept.get(origin);
    if (old !== undefined && old.until > now) return old.rules;
    kept.delete(origin);
    const entry = { rules: read(origin), until: now + keptMs };
    kept.set(origin, entry);
    // A failure is not kept: the next call asks anew.
    entry.rules.catch(() => {
      if (kept.get(origin) === entry) kept.delete(origin);
    });
    const [oldest] = kept.keys();
    if (kept.size > keptOrigins && oldest !== undefined) kept.delete(oldest);
    return entry.rules;
  }

  return {
    async check(url, signal) {
      if (url.pathname === '/robots.txt') return;
      const allowed = await unlessAborted(rulesOf(url.origin), signal);
      if (!allowed(url)) {
        const says = `The robots.txt of ${shown(url.host)} asks not to read ${shown(url.href)}; use another page or source.`;
        throw new FetchFailure('robots', says);
      }
    },
  };
}

/** Its published types describe another way of importing it than Node's. */
type ParseRobots = (
  url: string,
  text: string,
) => { isAllowed(url: string, agent: string): boolean | undefined };

/**
 * The same rules with every other agent's name made one: the parser keeps each rule once per agent, so a file of many
 * agents and many rules would fill the memory.
 */
export function fewerAgents(text: string, token: string): string {
  const lines: string[] = [];
  let group = new Set<string>();
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    const name = /^\s*user-agent\s*:\s*([^#/]*)/i.exec(line)?.[1]?.trim().toLowerCase();
    if (name === undefined) {
      if (/^\s*(allow|disallow)\s*:/i.test(line)) {
        lines.push(line);
        group = new Set();
      }
      continue;
    }
    const agent = name === '*' || name === token.toLowerCase() ? name : 'other';
    if (!group.has(agent)) lines.push(`user-agent: ${agent}`);
    group.add(agent);
  }
  return lines.join('\n');
}
