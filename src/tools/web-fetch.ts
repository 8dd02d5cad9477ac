import packageJson from '../../package.json' with { type: 'json' };
import type { Clock } from '../clock.ts';
import { unlessAborted } from './abort.ts';
import type { AddressGuard } from './address-guard.ts';
import { announcedKind, decodePage } from './decode-page.ts';
import { FetchFailure, shown } from './fetch-failure.ts';
import { type Got, httpGet } from './http-get.ts';
import { createPageReader } from './page-reader.ts';
import type { Page, Tool, ToolResult } from './port.ts';
import { createRobots } from './robots.ts';
import { readText } from './text-page.ts';
import { candidatesOf, wantedAddresses } from './wanted-address.ts';
import { webFetch } from './web-fetch-spec.ts';

export interface FetchLimits {
  /** For one page, from robots.txt and redirects to its last byte. */
  readonly totalMs: number;
  readonly connectMs: number;
  /** For taking one page apart. */
  readonly pageMs: number;
  readonly redirects: number;
  /** Of the decoded body. */
  readonly bodyBytes: number;
  readonly textChars: number;
  /** Addresses in one call. */
  readonly addresses: number;
}

const fetchLimits: FetchLimits = {
  totalMs: 15_000,
  connectMs: 5_000,
  pageMs: 8_000,
  redirects: 5,
  bodyBytes: 3_000_000,
  textChars: 60_000,
  addresses: 8,
};

/**
 * The tool `web.fetch`. It says honestly who asks and keeps to robots.txt (`agentName` is the name a site's rules can
 * use), sends no cookies and no credentials, and reaches nothing but what `guard` lets through.
 * Of several addresses in one call, those that could be read come back; the call fails only if none could.
 */
export function createWebFetch(options: {
  readonly guard: AddressGuard;
  readonly clock: Clock;
  readonly agentName?: string;
  readonly limits?: Partial<FetchLimits>;
}): Tool {
  const { guard, clock } = options;
  const limits = { ...fetchLimits, ...options.limits };
  const token = options.agentName ?? 'CrewsmithBot';
  const userAgent = `${token}/${packageJson.version} (+reads pages a member asked for)`;
  const get = { guard, userAgent, connectMs: limits.connectMs, redirects: limits.redirects };
  const robots = createRobots({ get, token, clock, fileMs: limits.totalMs / 3 });
  const reader = createPageReader({ clock, pageMs: limits.pageMs });

  const getPage = (url: URL, signal: AbortSignal): Promise<Got> =>
    httpGet(url, {
      ...get,
      accept: 'text/html,application/xhtml+xml,text/markdown,text/plain,application/json;q=0.9',
      bodyBytes: limits.bodyBytes,
      longer: 'refuse',
      signal,
      before: (hop) => robots.check(hop, signal),
      judge(answer) {
        if (answer.status < 200 || answer.status > 299) throw badStatus(answer.url, answer.status);
        announcedKind(answer.url, answer.type);
      },
    });

  async function getFirst(candidates: readonly URL[], signal: AbortSignal): Promise<Got> {
    let failed: unknown;
    for (const url of candidates) {
      try {
        return await getPage(url, signal);
      } catch (error) {
        failed = error;
        if (!(error instanceof FetchFailure) || error.code !== 'unreachable') break;
      }
    }
    throw failed;
  }

  async function getInTime(address: string, signal: AbortSignal): Promise<Got> {
    const candidates = candidatesOf(address, guard);
    const stop = new AbortController();
    const lift = clock.after(limits.totalMs, () => {
      const says = `${shown(address)} did not answer in full within ${limits.totalMs / 1000} s; try again later or use another source.`;
      stop.abort(new FetchFailure('timeout', says));
    });
    try {
      const both = AbortSignal.any([signal, stop.signal]);
      return await unlessAborted(getFirst(candidates, both), both);
    } finally {
      lift();
    }
  }

  async function read(address: string, signal: AbortSignal): Promise<Page> {
    const got = await getInTime(address, signal);
    const { kind, text } = decodePage(got.url, got.type, got.body);
    const { textChars } = limits;
    const url = got.url.href;
    const page =
      kind === 'html'
        ? await reader.read({ html: text, url, textChars }, signal)
        : readText(text, url, textChars);
    if (page.text === '' && page.links.length === 0) {
      const says = `${shown(url)} has no text to read (it may need a browser); try another page of that site.`;
      throw new FetchFailure('empty-page', says);
    }
    return page;
  }

  return {
    spec: webFetch,
    async run(call, signal): Promise<ToolResult> {
      signal.throwIfAborted();
      try {
        const addresses = wantedAddresses(call, limits.addresses);
        const outcomes = await Promise.allSettled(addresses.map((address) => read(address, signal)));
        signal.throwIfAborted();
        const pages = outcomes.filter((o) => o.status === 'fulfilled').map((o) => o.value);
        const first = outcomes.find((o) => o.status === 'rejected');
        if (pages.length === 0 && first !== undefined) throw first.reason;
        return { ok: true, pages: [...new Map(pages.map((page) => [page.url, page])).values()] };
      } catch (error) {
        if (!(error instanceof FetchFailure)) throw error;
        return { ok: false, code: error.code, says: error.says };
      }
    },
  };
}

function badStatus(url: URL, status: number): FetchFailure {
  const meaning =
    status === 404 || status === 410
      ? 'that page does not exist; check the address or choose one from the links of another page'
      : status === 401 || status === 403
        ? 'it does not let us read that page; use another page or source'
        : status === 429
          ? 'it asks for fewer requests; try again later'
          : status >= 500
            ? 'that site has a fault at the moment; try again later'
            : 'no page came; use another address';
  return new FetchFailure(`http-${status}`, `${shown(url.href)} answered ${status}: ${meaning}.`);
}
