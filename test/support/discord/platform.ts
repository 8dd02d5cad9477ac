import type { MakeRequest } from '../../../src/chat/discord/api.ts';
import type { Clock } from '../../../src/clock.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { tallyOf } from '../tally.ts';
import { type Answered, invalid, refused } from './answered.ts';
import { createRates, type Rates } from './rates.ts';
import { routes } from './routes.ts';
import { createSpec } from './spec.ts';
import { createState, type DiscordState, type FakeFile } from './state.ts';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly status: number;
  readonly code: number | null;
  readonly at: number;
}

/** A stand-in for Discord's servers, in this process and at this clock. */
export interface DiscordPlatform {
  readonly state: DiscordState;
  readonly request: MakeRequest;
  /** The place where Discord keeps files: no token, and nothing but what is there. */
  readonly fetch: typeof globalThis.fetch;
  readonly calls: readonly Call[];
  /** Files that were asked for. */
  readonly fetched: readonly string[];
  /** What no bot of good manners does: a body or a route that Discord does not have. */
  readonly mistakes: readonly string[];
  rates: Rates;
  /** The next request that matches `METHOD path` meets this. */
  next(pattern: RegExp, meets: Meets): void;
}

/** `lost`: it is done and nobody hears of it. */
export type Meets = Answered | 'lost' | 'no answer' | Promise<void>;

/** Nothing that a test does by itself comes near. */
const wide: Rates = { route: { most: 1_000, withinMs: 1_000 }, global: { most: 10_000, withinMs: 1_000 } };
const manners = [50_035, 50_024];

export function createPlatform(clock: Clock, tally = tallyOf('discord')): DiscordPlatform {
  const state = createState(clock);
  const calls: Call[] = [];
  const fetched: string[] = [];
  const mistakes: string[] = [];
  const line: { pattern: RegExp; meets: Meets }[] = [];
  const spec = createSpec(tally);
  const rated = createRates(clock, () => platform.rates);

  async function answer(
    method: string,
    url: URL,
    headers: Headers,
    sent: { body: JsonObject | null; files: FakeFile[] },
  ): Promise<Response> {
    const path = decodeURIComponent(url.pathname).replace(/^.*\/v10(?=\/)/, '');
    const note = ({ status, body }: Answered) => {
      const { code = null } = (body ?? {}) as { code?: number };
      calls.push({ method, path, body: sent.body, status, code, at: clock.now() });
    };
    const at = line.findIndex(({ pattern }) => pattern.test(`${method} ${path}`));
    const [meets] = at < 0 ? [] : line.splice(at, 1);
    if (meets?.meets instanceof Promise) await meets.meets;
    else if (meets?.meets === 'no answer') throw reset();
    else if (meets !== undefined && meets.meets !== 'lost') {
      note(meets.meets);
      return json(meets.meets);
    }
    const { wait, headers: limits } = rated(method, path);
    if (wait !== null) {
      const body = {
        message: 'You are being rate limited.',
        retry_after: wait.ms / 1_000,
        global: wait.isGlobal,
      };
      note({ status: 429, body });
      return json({ status: 429, body }, limits);
    }
    const found = carryOut(method, path, url, headers, sent);
    note(found);
    if (meets?.meets === 'lost') throw reset();
    return json(found, limits);
  }

  function carryOut(
    method: string,
    path: string,
    url: URL,
    headers: Headers,
    { body, files }: { body: JsonObject | null; files: FakeFile[] },
  ): Answered {
    const byToken = /^\/(?:interactions|webhooks)\//.test(path);
    if (!byToken && headers.get('authorization') !== `Bot ${state.token}`) {
      return refused(401, 0, '401: Unauthorized');
    }
    if (byToken && headers.get('authorization') !== null) mistakes.push(`${path} with the bot's token`);
    for (const [wanted, pattern, handle] of routes) {
      const ids = wanted === method ? pattern.exec(path) : null;
      if (ids === null) continue;
      const wrong = spec.problems({ method, path, query: url.searchParams, body });
      if (wrong.length > 0) {
        mistakes.push(...wrong);
        return invalid(wrong.join(', '));
      }
      const found = handle(state, { method, path, query: url.searchParams, body, files }, ids.slice(1));
      const { code = 0, message = '' } = (found.body ?? {}) as { code?: number; message?: string };
      if (manners.includes(code)) mistakes.push(`${method} ${path}: ${message}`);
      return found;
    }
    mistakes.push(`${method} ${path} is not there`);
    return refused(404, 0, '404: Not Found');
  }

  const platform: DiscordPlatform = {
    state,
    calls,
    fetched,
    mistakes,
    rates: wide,
    async fetch(input, init) {
      const url = String(input);
      fetched.push(url);
      const file = state.uploads.find((one) => one.url === url);
      if (new Headers(init?.headers).has('authorization')) mistakes.push('the place of files with a token');
      return file === undefined
        ? new Response('gone', { status: 404 })
        : new Response(new Uint8Array(file.bytes));
    },
    next: (pattern, meets) => void line.push({ pattern, meets }),
    async request(address, init) {
      const sent = await readBody(init.body);
      const headers = new Headers(init.headers as Record<string, string>);
      return (await answer(init.method ?? 'GET', new URL(address), headers, sent)) as never;
    },
  };
  return platform;
}

const reset = () =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });

const json = ({ status, body }: Answered, headers: Readonly<Record<string, string>> = {}) =>
  new Response(status === 204 ? null : JSON.stringify(body), {
    status,
    headers: status === 204 ? headers : { 'content-type': 'application/json', ...headers },
  });

/** JSON, or a form with files beside it. */
async function readBody(body: unknown): Promise<{ body: JsonObject | null; files: FakeFile[] }> {
  if (typeof body === 'string') return { body: JSON.parse(body) as JsonObject, files: [] };
  if (body === null || body === undefined) return { body: null, files: [] };
  const form = body as FormData;
  const files: FakeFile[] = [];
  let payload: JsonObject | null = null;
  for (const [name, value] of form.entries()) {
    if (name === 'payload_json') payload = JSON.parse(String(value)) as JsonObject;
    else if (typeof value !== 'string')
      files.push({ name: value.name, bytes: Buffer.from(await value.arrayBuffer()) });
  }
  return { body: payload, files };
}
