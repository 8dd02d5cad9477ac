import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { createApi, restOptions } from '../../src/chat/discord/api.ts';
import { createVirtualClock, type VirtualClock } from './clock.ts';
import { createPlatform, type DiscordPlatform } from './discord/platform.ts';
import { addChannel, token } from './discord/state.ts';
import { readSpec } from './openapi.ts';
import { noTally, readTally, tallyOf } from './tally.ts';

const sales = '600000000000000001';
const found = readSpec('discord-openapi.json');

describe('the stand-in for Discord', () => {
  let clock: VirtualClock;
  let platform: DiscordPlatform;
  beforeEach(() => {
    clock = createVirtualClock();
    platform = createPlatform(clock, noTally);
    addChannel(platform.state, sales, 'sales');
  });

  const ask = async (method: string, path: string, body: object | null, byToken = false) => {
    const headers = byToken ? {} : { authorization: `Bot ${token}` };
    const init = { method, headers, body: body === null ? null : JSON.stringify(body) };
    const answer = await platform.request(`https://discord.com/api/v10${path}`, init as never);
    return {
      status: answer.status,
      headers: answer.headers,
      body: answer.status === 204 ? null : await answer.json(),
    };
  };
  const asked = (more: object = {}) => {
    const one = {
      ...{ id: '9', token: 'token-9', user: '5', type: 2, channel: sales, at: clock.now(), on: null },
      ...{ answeredAfter: null, answer: null, original: null, choices: null, modal: null },
      ...more,
    };
    platform.state.interactions.set(one.token, one);
  };
  const callback = (type: number, data: object = {}) =>
    ask('POST', '/interactions/9/token-9/callback', { type, data }, true);

  test('takes one first answer, within three seconds, and more by its token for 15 minutes', async () => {
    asked();
    expect((await callback(5, { flags: 64 })).status).toBe(204);
    expect((await callback(5)).body).toMatchObject({ code: 40_060 });
    const more = () =>
      ask('POST', '/webhooks/800000000000000001/token-9', { content: 'more', flags: 64 }, true);
    expect((await more()).status).toBe(200);
    await clock.advance(15 * 60_000 + 1);
    expect((await more()).body).toMatchObject({ code: 50_027 });
    asked();
    await clock.advance(3_001);
    expect((await callback(5)).body).toMatchObject({ code: 10_062 });
  });

  test('refuses what Discord refuses: too much, twice, of the wrong kind', async () => {
    const text = (n: number) => ({ type: 10, content: 'x'.repeat(n) });
    const post = (body: object) => ask('POST', `/channels/${sales}/messages`, body);
    const flags = 32_768;
    expect((await post({ flags, components: [text(4_000)] })).status).toBe(200);
    expect((await post({ flags, components: [text(4_000), text(1)] })).body).toMatchObject({ code: 50_035 });
    expect((await post({ flags, components: Array.from({ length: 41 }, () => text(1)) })).status).toBe(400);
    expect((await post({ content: 'x'.repeat(2_001) })).status).toBe(400);
    expect((await post({ content: 'x', flags, components: [text(1)] })).status).toBe(400);
    const button = { type: 2, style: 1, label: 'A', custom_id: 'same' };
    expect((await post({ components: [{ type: 1, components: [button, button] }] })).status).toBe(400);
    expect((await post({ content: 'x', nonce: 'n'.repeat(26) })).status).toBe(400);
  });

  test('gives back the message of a nonce for some minutes', async () => {
    const post = () =>
      ask('POST', `/channels/${sales}/messages`, { content: 'x', nonce: 'n', enforce_nonce: true });
    const [first, second] = [await post(), await post()];
    expect(second.body).toEqual(first.body);
    await clock.advance(180_000);
    expect((await post()).body).not.toMatchObject({ id: (first.body as { id: string }).id });
  });

  test('says with its own headers what is left, and who has to wait for how long', async () => {
    platform.rates = { route: { most: 2, withinMs: 5_000 }, global: { most: 3, withinMs: 1_000 } };
    const post = () => ask('POST', `/channels/${sales}/messages`, { content: 'x' });
    const first = await post();
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1');
    expect(first.headers.get('x-ratelimit-reset-after')).toBe('5.000');
    await post();
    expect((await post()).body).toMatchObject({ retry_after: 5, global: false });
    const all = await ask('GET', `/channels/${sales}`, null);
    expect([all.status, all.headers.get('x-ratelimit-global')]).toEqual([429, 'true']);
    await clock.advance(5_000);
    expect((await post()).status).toBe(200);
  });

  test('of a limit that is far off, the adapter says when to come again and asks no more', async () => {
    platform.rates = { route: { most: 1, withinMs: 60_000 }, global: { most: 50, withinMs: 1_000 } };
    const api = createApi(token, restOptions(null, platform.request));
    const post = () => api.call('post', `/channels/${sales}/messages`, { body: { content: 'x' } });
    await post();
    const refused = await post().catch((error: unknown) => error);
    expect(refused).toMatchObject({ sent: 'no', again: true });
    expect((refused as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(50_000);
    // It learns of the limit from the first answer that names it.
    const calls = platform.calls.length;
    await expect(post()).rejects.toMatchObject({ sent: 'no' });
    expect(platform.calls).toHaveLength(calls);
  });
});

describe.skipIf(found === null)(
  `Discord's own description of its API${found === null ? ' (skipped: no specs)' : ''}`,
  () => {
    let problems: string[];
    let platform: DiscordPlatform;
    beforeEach(() => {
      problems = [];
      const tally = { fits: () => {}, fitsNot: (found: readonly string[]) => void problems.push(...found) };
      platform = createPlatform(createVirtualClock(), tally);
      addChannel(platform.state, sales, 'sales');
    });
    const send = async (method: string, path: string, body: object | null) => {
      const headers = path.startsWith('/interactions/') ? {} : { authorization: `Bot ${token}` };
      const init = { method, headers, body: body === null ? null : JSON.stringify(body) };
      return (await platform.request(`https://discord.com/api/v10${path}`, init as never)).status;
    };

    test('allows a message, and refuses a field, a parameter, an id or a body that it does not know', async () => {
      const messages = `/channels/${sales}/messages`;
      expect(await send('POST', messages, { content: 'x' })).toBe(200);
      expect(await send('GET', `${messages}?limit=100`, null)).toBe(200);
      // A yes or no of an address is a word there.
      const answers = '/interactions/900000000000000001/some-token/callback';
      await send('POST', `${answers}?with_response=false`, { type: 5 });
      expect(problems).toEqual([]);
      const refused = [
        await send('POST', messages, { content: 'x', nonsense: 1 }),
        await send('GET', `${messages}?limit=101`, null),
        await send('GET', `${messages}?nonsense=1`, null),
        await send('POST', messages, null),
        await send('GET', '/channels/007', null),
      ];
      expect(refused).toEqual([400, 400, 400, 400, 400]);
      expect(problems.map((one) => one.split(' ').slice(2).join(' '))).toEqual([
        'is not known',
        expect.stringContaining('more than 100'),
        expect.stringContaining('has no nonsense in its query'),
        'has no body',
        expect.stringContaining('does not match'),
      ]);
      expect(platform.mistakes).toEqual(problems);
    });
  },
);

test('what fits is counted over the processes of a run, and what does not is kept', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tally-'));
  const tally = tallyOf('discord', folder);
  tally.fits();
  tally.fits();
  tally.fitsNot(['one thing', 'another']);
  expect(readTally(folder, 'discord')).toEqual({ fits: 2, fitsNot: ['one thing, another'] });
  rmSync(folder, { recursive: true });
});
