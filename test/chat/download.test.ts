import { describe, expect, test } from 'vitest';
import { createLookUp as discordLookUp } from '../../src/chat/discord/look-up.ts';
import { download } from '../../src/chat/download.ts';
import type { SharedFile } from '../../src/chat/port.ts';
import { createDirect } from '../../src/chat/slack/direct.ts';
import { createFeatures } from '../../src/chat/slack/features.ts';
import { createLookUp as slackLookUp } from '../../src/chat/slack/look-up.ts';
import { createWebApi } from '../../src/chat/slack/web-api.ts';
import { isCrewsmithError } from '../../src/errors.ts';
import { createVirtualClock } from '../support/clock.ts';

const url = new URL('https://files.example/a');
const most = 1_000;

/** A body of pieces of 100 bytes without an end, and how many were taken of it. */
function endless(): { readonly body: ReadableStream<Uint8Array>; readonly taken: () => number } {
  let taken = 0;
  let isOver = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        taken += 1;
        controller.enqueue(new Uint8Array(100));
      },
      cancel() {
        isOver = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, taken: () => (isOver ? taken : Number.POSITIVE_INFINITY) };
}

const got = (response: Response | Promise<Response>, clock = createVirtualClock()) =>
  download({ fetch: async () => await response, clock, url, headers: {}, most });

describe('what is fetched from a platform', () => {
  test('is taken up to what is allowed, at the limit and one over', async () => {
    const whole = await got(new Response(new Uint8Array(most)));
    expect(whole.ok && whole.bytes.length).toBe(most);
    expect(await got(new Response(new Uint8Array(most + 1)))).toMatchObject({ ok: false, why: 'too big' });
  });

  test('is not read to its end where that is far, whatever it says of its length', async () => {
    const { body, taken } = endless();
    const response = new Response(body, { headers: { 'content-length': '10' } });
    expect(await got(response)).toMatchObject({ ok: false, why: 'too big' });
    expect(taken()).toBe(11);
  });

  test('leads nowhere else: a redirect is an answer', async () => {
    const asked: (RequestInit | undefined)[] = [];
    const found = await download({
      fetch: async (_, init) => {
        asked.push(init);
        return new Response(null, { status: 302, headers: { location: 'http://169.254.169.254/' } });
      },
      ...{ clock: createVirtualClock(), url, headers: { authorization: 'Bearer x' }, most },
    });
    expect(found).toEqual({ ok: false, why: 'refused', status: 302 });
    expect(asked).toMatchObject([{ redirect: 'manual' }]);
  });

  test('is waited for 20 seconds', async () => {
    const clock = createVirtualClock();
    const found = download({
      fetch: (_, init) =>
        new Promise((_, reject) =>
          init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
        ),
      ...{ clock, url, headers: {}, most },
    });
    await clock.advance(20_000);
    expect(await found).toEqual({ ok: false, why: 'not reached', status: null });
  });
});

const clock = createVirtualClock();
const quiet = { warn: () => {}, error: () => {} };
const logger = {
  ...quiet,
  debug: () => {},
  info: () => {},
  setLevel: () => {},
  getLevel: () => 'error' as never,
  setName: () => {},
};

/** Where another server has the platform's API: what is asked for, with which token. */
function beside(surface: 'slack' | 'discord', apiUrl: string) {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    asked.push(`${String(input)} ${new Headers(init?.headers).get('authorization') ?? 'no token'}`);
    return new Response('Tea.');
  };
  const features = createFeatures(quiet);
  const api = createWebApi({ token: 't', apiUrl, clock, fetch, logger });
  const { fetchFile } =
    surface === 'slack'
      ? slackLookUp({
          ...{ api, features, sees: async () => false, direct: createDirect(api), clock, fetch },
          ...{ token: 't', apiUrl },
        })
      : discordLookUp({
          ...{
            seeing: { member: async () => null, sees: async () => false },
            channels: {} as never,
            guilds: () => [],
          },
          ...{ clock, fetch, apiUrl },
        });
  const give = async (at: string) => {
    const address = surface === 'slack' ? `F1 ${at}` : at;
    const file: SharedFile = { field: null, name: 'a.md', from: { address } };
    try {
      return Buffer.from(await fetchFile(file, most)).toString();
    } catch (error) {
      if (isCrewsmithError(error, 'file.unread')) return error.detail.why;
      throw error;
    }
  };
  return { asked, give };
}

describe('files of another server with the API of', () => {
  test.each(['slack', 'discord'] as const)('%s are fetched from that server alone', async (surface) => {
    const { asked, give } = beside(surface, 'http://127.0.0.1:4010/api');
    expect(await give('http://127.0.0.1:4010/files/a.md')).toBe('Tea.');
    const token = surface === 'slack' ? 'Bearer t' : 'no token';
    expect(asked).toEqual([`http://127.0.0.1:4010/files/a.md ${token}`]);
    for (const elsewhere of [
      'http://127.0.0.1:4011/files/a.md',
      'https://127.0.0.1:4010/files/a.md',
      'http://localhost:4010/files/a.md',
      'https://files.slack.com/a.md',
      'https://cdn.discordapp.com/a.md',
      'http://u:p@127.0.0.1:4010/files/a.md',
    ])
      expect(await give(elsewhere)).toMatch(/^it is not kept by (Slack|Discord)$/);
    expect(asked).toHaveLength(1);
  });
});
