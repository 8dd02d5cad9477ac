import type { Clock } from '../../../src/clock.ts';
import { badPicture } from './files.ts';
import { type Answer, contentProblem, methods, scopeOf } from './methods.ts';
import { createRates } from './rates.ts';
import { createState, type FakeMessage, type SlackState } from './state.ts';

/** A stand-in for Slack's servers, in this process and at this clock. */
export interface SlackPlatform {
  readonly state: SlackState;
  /** As `globalThis.fetch` would reach it: Web API, answers to response addresses, uploads. */
  readonly fetch: typeof globalThis.fetch;
  /** Each call of the Web API with what came of it, in order. */
  readonly calls: readonly Call[];
  /** Every address that was asked for. */
  readonly fetched: readonly string[];
  /** What no app of good manners does, e.g. a field that a method does not have. */
  readonly mistakes: readonly string[];
  /** Refuses the next calls of a method with this; `times` of them. */
  fail(method: string, error: string | 'no answer' | 'lost', times?: number): void;
  /** From now on calls of a method stay unanswered until it is let go. */
  hold(method: string): () => void;
}

export interface Call {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly error: string | null;
  readonly at: number;
}

/** What an app that keeps to the limits is never told. */
const badManners = [
  'invalid_blocks',
  'invalid_arguments',
  'invalid_metadata_format',
  'no_text',
  'msg_too_long',
  'msg_blocks_too_long',
  'cant_update_message',
];

const jsonArgs = ['blocks', 'view', 'metadata', 'files'];

function readArgs(body: string): Record<string, unknown> {
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, value]): [string, unknown] => {
      if (jsonArgs.includes(name)) return [name, JSON.parse(value)];
      return [name, value === 'true' ? true : value === 'false' ? false : value];
    }),
  );
}

const reply = (status: number, body: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

const isAskedAgain = (answer: Answer) => JSON.stringify(answer).includes(badPicture);

export function createPlatform(clock: Clock): SlackPlatform {
  const state = createState(clock);
  const rates = createRates(clock);
  const calls: Call[] = [];
  const fetched: string[] = [];
  const mistakes: string[] = [];
  const failing = new Map<string, { error: string; times: number }>();
  const held = new Map<string, PromiseWithResolvers<void>>();

  async function api(method: string, headers: Headers, body: string): Promise<Response> {
    await held.get(method)?.promise;
    const args = readArgs(body);
    const note = (error: string | null) => void calls.push({ method, args, error, at: clock.now() });
    const refuse = (error: string, more: object = {}) => {
      note(error);
      return reply(200, { ok: false, error, ...more });
    };
    const spec = methods[method];
    if (spec === undefined || state.lacks.has(method)) return refuse('unknown_method');
    if (headers.get('authorization') !== `Bearer ${state.token}`) return refuse('invalid_auth');
    if (state.tokenIs !== 'good') return refuse(state.tokenIs);
    const scope = scopeOf(spec, state, args);
    if (scope !== null && state.scopes.size > 0 && !state.scopes.has(scope))
      return refuse('missing_scope', { needed: scope });
    const unknown = Object.keys(args).filter((name) => name !== 'token' && !spec.args.includes(name));
    if (unknown.length > 0) {
      mistakes.push(`${method} has no field ${unknown.join(', ')}`);
      return refuse('invalid_arguments');
    }
    const wait = rates(method, spec.tier, String(args.channel ?? ''));
    if (wait !== null) {
      note('ratelimited');
      return reply(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(wait) });
    }
    const planned = failing.get(method);
    if (planned !== undefined && planned.times > 0) {
      planned.times -= 1;
      if (planned.error === 'no answer') {
        note('no answer');
        throw new TypeError('fetch failed', {
          cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
        });
      }
      if (planned.error === '429') {
        note('ratelimited');
        return reply(429, { ok: false, error: 'ratelimited' }, { 'retry-after': '3' });
      }
      if (planned.error !== 'lost') return refuse(planned.error);
      // It was done, and nobody hears of it.
      spec.run(state, args);
      note('lost');
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
      });
    }
    const answer: Answer = spec.run(state, args);
    const error = typeof answer.error === 'string' ? answer.error : null;
    if (error !== null && badManners.includes(error) && !isAskedAgain(answer))
      mistakes.push(`${method}: ${error} ${JSON.stringify(answer.response_metadata ?? '')}`);
    note(error);
    return reply(200, answer, { 'x-oauth-scopes': [...state.scopes].join(',') });
  }

  /** Five answers in 30 minutes. */
  function respond(url: string, body: string): Response {
    const known = state.responses.get(url);
    if (known === undefined || known.uses >= 5 || clock.now() - known.at > 30 * 60_000)
      return reply(404, { ok: false, error: 'used_url' });
    known.uses += 1;
    const {
      text = '',
      blocks = [],
      replace_original: replaces,
      response_type: type,
      thread_ts: thread = null,
    } = JSON.parse(body) as {
      text?: string;
      blocks?: FakeMessage['blocks'];
      replace_original?: boolean;
      response_type?: string;
      thread_ts?: string;
    };
    const problem = contentProblem(state, { text, blocks }, undefined, 'private');
    if (problem !== null) {
      if (!isAskedAgain(problem)) mistakes.push(`a response: ${JSON.stringify(problem)}`);
      return reply(404, problem);
    }
    if (type !== 'ephemeral') mistakes.push('a private answer that everybody sees');
    if (replaces === true && known.original !== null) Object.assign(known.original, { text, blocks });
    else
      state.privates.push({
        channel: known.channel,
        user: known.user,
        ts: state.nextTs(),
        thread,
        text,
        blocks,
      });
    return reply(200, { ok: true });
  }

  /** A file is for who may read it; anybody else is sent to where people sign in. */
  function download(url: string, headers: Headers): Response {
    const file = state.shared.find((one) => one.url === url);
    const mayRead = state.scopes.size === 0 || state.scopes.has('files:read');
    if (headers.get('authorization') !== `Bearer ${state.token}` || !mayRead)
      return new Response(null, {
        status: 302,
        headers: { location: 'https://acme.slack.com/?redir=files' },
      });
    return file === undefined
      ? new Response('gone', { status: 404 })
      : new Response(new Uint8Array(file.bytes), { headers: { 'content-type': 'application/octet-stream' } });
  }

  return {
    state,
    calls,
    fetched,
    mistakes,
    async fetch(input, init) {
      const url = new URL(String(input instanceof Request ? input.url : input));
      const body = typeof init?.body === 'string' ? init.body : '';
      fetched.push(url.href);
      if (url.href.startsWith(`${state.uploads}/files-pri/`))
        return download(url.href, new Headers(init?.headers));
      if (url.href.startsWith(`${state.hooks}/actions/`)) return respond(url.href, body);
      if (url.href.startsWith(`${state.uploads}/upload/`)) {
        const file = state.files.find((f) => url.pathname.endsWith(`/${f.id}`));
        const sent = init?.body instanceof FormData ? init.body.get('body') : null;
        if (file === undefined || !(sent instanceof Blob)) return new Response('no', { status: 400 });
        file.bytes = Buffer.from(await sent.arrayBuffer());
        return new Response('OK');
      }
      return await api(url.pathname.replace(/^.*\/api\//, ''), new Headers(init?.headers), body);
    },
    fail: (method, error, times = 1) => void failing.set(method, { error, times }),
    hold(method) {
      const wait = Promise.withResolvers<void>();
      held.set(method, wait);
      return () => {
        held.delete(method);
        wait.resolve();
      };
    },
  };
}
