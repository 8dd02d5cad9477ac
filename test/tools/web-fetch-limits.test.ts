import { once } from 'node:events';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { createAddressGuard, type Lookup } from '../../src/tools/address-guard.ts';
import { createWebFetch, type FetchLimits } from '../../src/tools/web-fetch.ts';
import { createVirtualClock } from '../support/clock.ts';
import { startWebServer } from '../support/web-server.ts';

interface Setup {
  allow: readonly string[];
  clock?: Clock;
  lookup?: Lookup;
  limits?: Partial<FetchLimits>;
}

const fetchTool = ({ allow, clock, lookup, limits }: Setup) =>
  createWebFetch({
    guard: createAddressGuard({ allow, lookup: lookup ?? (async () => []) }),
    clock: clock ?? systemClock(),
    limits: limits ?? {},
  });

const never = new AbortController().signal;

describe('size', () => {
  test('of a stream without end is cut off soon after the limit', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'a');
    let sent = 0;
    const closed = Promise.withResolvers<void>();
    await using server = await startWebServer((_path, response) => {
      response.setHeader('content-type', 'text/plain');
      response.on('close', () => closed.resolve());
      const push = () => {
        while (sent < 1_000_000_000 && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return response.once('drain', push);
        }
        return response.end();
      };
      push();
    });
    expect(await fetchTool({ allow: [server.host] }).run(server.origin, never)).toMatchObject({
      code: 'too-large',
    });
    await closed.promise;
    expect(sent).toBeLessThan(30_000_000);
  });

  test('that is announced above the limit is not read at all', async () => {
    await using server = await startWebServer((_path, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '3000001' });
      response.flushHeaders();
    });
    expect(await fetchTool({ allow: [server.host] }).run(server.origin, never)).toMatchObject({
      code: 'too-large',
    });
  });

  test('counts after unpacking, so a small packed body that grows is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(30_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    await using server = await startWebServer((_path, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(bomb);
    });
    expect(await fetchTool({ allow: [server.host] }).run(server.origin, never)).toMatchObject({
      code: 'too-large',
    });
  });

  test('that was wrongly packed is answered with a sentence', async () => {
    await using server = await startWebServer((_path, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end('not gzip');
    });
    expect(await fetchTool({ allow: [server.host] }).run(server.origin, never)).toMatchObject({
      ok: false,
      code: 'unreadable',
    });
  });

  test('of a text beyond its limit is cut, and the text says so', async () => {
    await using server = await startWebServer((_path, response) => {
      response.setHeader('content-type', 'text/plain').end('word '.repeat(100));
    });
    const result = await fetchTool({ allow: [server.host], limits: { textChars: 50 } }).run(
      server.origin,
      never,
    );
    expect(result.ok && result.pages[0]?.text).toBe(
      `${'word '.repeat(10)}\n\n[Cut here: these are the first 50 of 499 characters of the page.]`,
    );
  });
});

describe('time', () => {
  test('runs out for a server that sends a byte now and then', async () => {
    await using server = await startWebServer((_path, response) => {
      response.setHeader('content-type', 'text/plain').write('slow');
    });
    const web = fetchTool({ allow: [server.host], limits: { totalMs: 150 } });
    const result = await web.run(server.origin, never);
    expect(result).toMatchObject({ code: 'timeout' });
    expect(!result.ok && result.says).toContain(server.origin);
  });

  test('is 15 seconds for one page in all', async () => {
    const clock = createVirtualClock();
    const arrived = Promise.withResolvers<void>();
    await using server = await startWebServer(() => arrived.resolve());
    const running = fetchTool({ allow: [server.host], clock }).run(server.origin, never);
    let ended = false;
    void running.then(() => {
      ended = true;
    });
    await arrived.promise;
    await clock.advance(14_999);
    expect(ended).toBe(false);
    await clock.advance(1);
    expect(await running).toMatchObject({ code: 'timeout' });
    expect(clock.timers).toBe(0);
  });

  test('runs out while a name is looked up that never answers', async () => {
    const lookup: Lookup = () => new Promise(() => {});
    const web = fetchTool({ allow: [], lookup, limits: { totalMs: 100 } });
    expect(await web.run('https://acme.test', never)).toMatchObject({ code: 'timeout' });
  });

  test('of taking a page apart is limited, and the next page is read all the same', async () => {
    await using server = await startWebServer((path, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(path === '/deep' ? '<div>'.repeat(500_000) : '<p>short');
    });
    const clock = createVirtualClock();
    const hour = 3_600_000;
    const web = fetchTool({ allow: [server.host], clock, limits: { totalMs: 24 * hour, pageMs: hour } });
    let ended = false;
    const deep = web.run(`${server.origin}/deep`, never).finally(() => {
      ended = true;
    });
    // Until it has arrived and been taken apart for an hour.
    while (!ended) await clock.advance(60_000);
    expect(await deep).toMatchObject({ code: 'unreadable', says: expect.stringContaining('takes too long') });
    expect(await web.run(`${server.origin}/short`, never)).toMatchObject({ ok: true });
  });
});

describe('an abort', () => {
  test('throws its reason while a page is on its way, and closes the connection', async () => {
    const stop = new AbortController();
    const closed = Promise.withResolvers<void>();
    await using server = await startWebServer((_path, response) => {
      response.on('close', () => closed.resolve());
      response.setHeader('content-type', 'text/plain').write('slow');
      stop.abort(new Error('stopped by a member'));
    });
    await expect(fetchTool({ allow: [server.host] }).run(server.origin, stop.signal)).rejects.toThrow(
      'stopped by a member',
    );
    await closed.promise;
  });

  test('throws its reason while robots.txt is on its way', async () => {
    const stop = new AbortController();
    const abort = () => stop.abort(new Error('stopped by a member'));
    await using server = await startWebServer(() => {}, abort);
    await expect(fetchTool({ allow: [server.host] }).run(server.origin, stop.signal)).rejects.toThrow(
      'stopped by a member',
    );
  });

  test('before the call sends nothing', async () => {
    await using server = await startWebServer(() => {});
    const gone = AbortSignal.abort(new Error('stopped by a member'));
    await expect(fetchTool({ allow: [server.host] }).run(server.origin, gone)).rejects.toThrow(
      'stopped by a member',
    );
    expect(server.requests).toEqual([]);
  });
});

describe('a site that is down', () => {
  test('is unreachable when nobody listens', async () => {
    const server = await startWebServer(() => {});
    await server[Symbol.asyncDispose]();
    const result = await fetchTool({ allow: [server.host] }).run(server.origin, never);
    expect(result).toMatchObject({ code: 'unreachable' });
    expect(!result.ok && result.says).toContain(server.host);
  });

  test('is unreachable when it hangs up or speaks something else than HTTP', async () => {
    const talk = createServer((socket) => socket.on('error', () => {}).end('220 mail.example ESMTP\r\n'));
    talk.listen(0, '127.0.0.1');
    await once(talk, 'listening');
    const address = talk.address();
    const host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    expect(await fetchTool({ allow: [host] }).run(host, never)).toMatchObject({ code: 'unreachable' });
    talk.close();
  });

  test('has no host when its name is unknown', async () => {
    const lookup: Lookup = async () => {
      throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
    };
    const result = await fetchTool({ allow: [], lookup }).run('nobody.test', never);
    expect(result).toEqual({
      ok: false,
      code: 'unknown-host',
      says: 'There is no host called nobody.test; check the spelling of the address.',
    });
  });

  test('is refused on a port that is no web port', async () => {
    const lookup: Lookup = async () => ['3ffe::1'];
    expect(await fetchTool({ allow: [], lookup }).run('http://acme.test:25/', never)).toMatchObject({
      code: 'refused-address',
    });
  });
});
