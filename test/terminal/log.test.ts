import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog } from '../../src/cli/log.ts';
import { type Environment, readConfig } from '../../src/config.ts';
import { type DiscordServer, startDiscord } from '../support/discord/server.ts';
import { type Installation, install } from '../support/program.ts';
import { type Site, startSite } from '../support/site.ts';

// What whoever runs the program reads of it on standard error.

/** Gives the log what `says` says, and resolves to what stands on standard error when that has got as far as `last`. */
function read(
  says: (log: ReturnType<typeof createLog>) => void,
  { env = {}, interactive = false, last }: { env?: Environment; interactive?: boolean; last: string },
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  const line = (more: string) => {
    text += `${more}\n`;
    if (text.includes(last)) resolve(text);
  };
  says(createLog(readConfig(env, '/srv'), { line, interactive }));
  return promise;
}

describe('a line', () => {
  test('is an object of JSON where no terminal is: when, how bad, what, and of which surface', async () => {
    const cause = new Error('the disk is full');
    const error = Object.assign(new Error('not written', { cause }), { code: 'EIO' });
    const text = await read(
      (log) => {
        log.warn({ err: error, job: 'job_1' }, 'a job failed');
        log.of('slack').error({}, 'nothing comes from there');
      },
      { last: 'nothing comes' },
    );
    const [first, second] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ level: 'warn', msg: 'a job failed', job: 'job_1' });
    expect(first.err).toMatchObject({ type: 'Error', message: 'not written', code: 'EIO' });
    expect(first.err.cause).toMatchObject({ message: 'the disk is full' });
    expect(first.err.stack).toContain('log.test.ts');
    expect(Date.parse(first.time)).toBeGreaterThan(0);
    expect(second).toMatchObject({ level: 'error', surface: 'slack', msg: 'nothing comes from there' });
  });

  test('is words at a terminal, in one line and inert whatever somebody else put into it', async () => {
    const text = await read(
      (log) => {
        log
          .of('discord')
          .warn({ err: new Error('two\nlines \u001b[31mred'), tries: 2 }, 'a card is sent again');
        log.error({}, 'the end');
      },
      { interactive: true, last: 'the end' },
    );
    expect(text).toBe('  discord   a card is sent again (two lines red, tries 2)\n  error     the end\n');
  });

  test('holds no secret of the settings, no key of a provider, and nothing that a library hung on its error', async () => {
    const master = Buffer.alloc(32, 'k"y').toString('base64');
    const env = {
      SLACK_BOT_TOKEN: 'xoxb-planted-1',
      OPENAI_API_KEY: 'planted "2"',
      CREWSMITH_MASTER_KEY: master,
    };
    const error = Object.assign(new Error(`refused xoxb-planted-1 and ${master}`), {
      request: { headers: { authorization: 'Bearer hung-on-it' } },
    });
    const text = await read(
      (log) =>
        log.error({ err: error, said: 'planted "2"', seen: [`sk-proj-${'1a'.repeat(12)}`] }, 'all said'),
      { env, last: 'all said' },
    );
    expect(text).toContain('refused [secret] and [secret]');
    for (const planted of ['planted', master, 'sk-proj', 'hung-on-it']) expect(text).not.toContain(planted);
    expect(JSON.parse(text)).toMatchObject({ said: '[secret]', seen: ['[secret]'] });
  });

  test.each([
    ['as JSON within JSON', (secret: string) => JSON.stringify({ body: JSON.stringify({ secret }) })],
    ['in an address', (secret: string) => `https://h.example/?${new URLSearchParams({ secret })}`],
    ['in a path', (secret: string) => `/${encodeURIComponent(secret)}/`],
    ['in base64 after one byte', (secret: string) => Buffer.from(`:${secret}`).toString('base64')],
    ['in base64 after five bytes', (secret: string) => Buffer.from(`user:${secret}@h`).toString('base64url')],
    ['in base64 alone', (secret: string) => Buffer.from(secret).toString('base64')],
  ])('holds no secret of the settings %s', async (_, told) => {
    const secret = 'plan+ted "3" of & many? bytes';
    const text = await read((log) => log.error({ err: new Error(told(secret)) }, 'all said'), {
      env: { SLACK_BOT_TOKEN: secret },
      last: 'all said',
    });
    expect(JSON.parse(text).err.message).toContain('[secret]');
    expect(JSON.parse(text).err.message).not.toMatch(/plan|ted|many|bytes/);
  });

  test.each([
    ['a new line', 'said:\n'],
    ['a color', '\u001b[31m'],
    ['a new line of JSON within JSON', 'said:\\n'],
    ['a sign of an address', '?key%3D'],
  ])('holds no key of a provider after %s', async (_, before) => {
    for (const interactive of [false, true]) {
      const text = await read(
        (log) => log.error({ err: new Error(`${before}sk-proj-${'1a'.repeat(12)}`) }, 'all said'),
        { interactive, last: 'all said' },
      );
      expect(text).not.toContain('1a1a');
    }
  });

  test('leaves no end of a secret that begins with another, and is whole where a secret is a word of its own', async () => {
    const env = { CREWSMITH_WEB_TOKEN: '7', SLACK_BOT_TOKEN: 'planted', OPENAI_API_KEY: 'planted-more' };
    const says = (log: ReturnType<typeof createLog>) =>
      log.error({ err: new Error('planted-more'), tries: 7 }, 'all said');
    const text = await read(says, { env, last: 'all said' });
    expect(JSON.parse(text)).toMatchObject({ err: { message: '[secret]' }, tries: 7 });
    expect(await read(says, { env, interactive: true, last: 'all said' })).toContain('[secret]');
  });

  test('is written whatever its details do, and is never long', async () => {
    const circular: Record<string, unknown> = { amount: 3n };
    circular.self = circular;
    const bad = {
      get thrown() {
        throw new Error('a getter');
      },
      good: 1,
    };
    const error = Object.defineProperty(new Error('e'.repeat(5_000_000)), 'code', {
      get() {
        throw new Error('a getter');
      },
    });
    error.cause = error;
    const gone = Proxy.revocable({}, {});
    gone.revoke();
    const text = await read(
      (log) => {
        log.warn({ err: error, circular, bad, none: Object.create(null), gone: gone.proxy }, 'one');
        log.warn(gone.proxy, 'two');
        log.warn(bad, 'three');
        log.error({ err: new AggregateError([new Error('left'), new Error('right')]) }, 'the end');
      },
      { last: 'the end' },
    );
    const [one, two, three, end] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(one).toMatchObject({
      circular: { amount: '3' },
      bad: { good: 1 },
      none: {},
      gone: '[unreadable]',
    });
    expect(JSON.stringify(one).length).toBeLessThan(100_000);
    expect(two).toMatchObject({ detail: '[unreadable]' });
    expect(three).toMatchObject({ thrown: '[unreadable]', good: 1 });
    expect(end.err.errors).toMatchObject([{ message: 'left' }, { message: 'right' }]);
  });

  test('is not written below LOG_LEVEL', async () => {
    const text = await read(
      (log) => {
        log.warn({}, 'a small thing');
        log.error({}, 'a large thing');
      },
      { env: { LOG_LEVEL: 'error' }, last: 'a large thing' },
    );
    expect(text).not.toContain('a small thing');
  });
});

describe('a start', () => {
  let discord: DiscordServer;
  let site: Site;
  let here: Installation;

  beforeEach(async () => {
    discord = await startDiscord();
    site = await startSite();
  });
  afterEach(async () => {
    await here.remove();
    await discord.end();
    await site.close();
  });

  test('says what its engine could not do: here a card, whose channel is gone', async () => {
    const ana = discord.person('Ana');
    here = await install({
      ...discord.settings,
      CREWSMITH_FETCH_ALLOW: site.host,
      CREWSMITH_ADMINS: `discord:${ana.user.id}`,
      PORT: '0',
    });
    const running = here.start(['start']);
    await discord.until(() => discord.gateway.isConnected);
    await ana.chooses('research', { company: site.host });
    await discord.until(() => discord.platform.state.messages.length > 1);
    discord.platform.state.channels.clear();
    const line = await running.finds(/^\{.*a card could not be sent.*$/m);
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', row: expect.any(String) });
  }, 60_000);
});
