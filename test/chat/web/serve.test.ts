import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Page, servePage } from '../../../src/chat/web/index.ts';
import type { PageParts } from '../../../src/chat/web/parts.ts';
import { openPageStand, type PageStand } from '../../support/page.ts';

let stand: PageStand;
let page: Page | null = null;
let other: Server | null = null;
afterEach(async () => {
  await page?.close();
  page = null;
  other?.close();
  other = null;
  await stand.end();
});

/** A port that something else has. */
async function taken(): Promise<number> {
  other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const at = other.address();
  return at !== null && typeof at === 'object' ? at.port : 0;
}

/** A port that nothing has now. */
async function free(): Promise<number> {
  const port = await taken();
  const closed = once(other as Server, 'close');
  other?.close();
  await closed;
  other = null;
  return port;
}

/** Asks until somebody listens. */
async function answers(address: string): Promise<Response> {
  for (;;) {
    try {
      return await fetch(address);
    } catch {}
  }
}

async function statusAt(port: number, name: string): Promise<number | undefined> {
  const [answer] = await once(get({ port, path: '/healthz', headers: { host: name } }), 'response');
  (answer as IncomingMessage).resume();
  return (answer as IncomingMessage).statusCode;
}

const at = { host: '127.0.0.1', reach: { url: null } };
const parts = async () => stand.parts;

describe('serving the page', () => {
  test('takes the next free port where none is asked for and the first is taken, and says its address (rule K10)', async () => {
    stand = await openPageStand();
    const first = await taken();
    page = await servePage(parts, { ...at, port: null }, first);
    const port = Number(new URL(page.address).port);
    expect(port).toBeGreaterThan(first);
    expect(await (await fetch(`${page.address}/healthz`)).text()).toBe('{"ok":true}');
  });

  test('refuses a port that was asked for and is taken', async () => {
    stand = await openPageStand();
    await expect(servePage(parts, { ...at, port: await taken() })).rejects.toMatchObject({
      code: 'page.port-taken',
    });
  });

  test('refuses an address that is not of this machine', async () => {
    stand = await openPageStand();
    await expect(servePage(parts, { ...at, host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      code: 'page.port-taken',
    });
  });

  test('says that it is up before the page is there; whoever wants the page waits for it', async () => {
    stand = await openPageStand();
    const isThere = Promise.withResolvers<PageParts>();
    const port = await free();
    const serving = servePage(() => isThere.promise, { ...at, port });
    const address = `http://127.0.0.1:${port}`;
    const health = await answers(`${address}/healthz`);
    expect([health.status, await health.text()]).toEqual([200, '{"ok":true}']);
    expect(health.headers.get('content-security-policy')).toContain("default-src 'none'");
    // As those who watch over programs ask, too.
    expect((await fetch(`${address}/healthz`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${address}/healthz?from=watch`)).status).toBe(200);
    const wanted = fetch(`${address}/`);
    isThere.resolve(stand.parts);
    page = await serving;
    expect((await wanted).status).toBe(200);
  });

  test('is up under the names that lead to the page alone', async () => {
    stand = await openPageStand();
    page = await servePage(parts, { ...at, port: 0 });
    const { port } = new URL(page.address);
    expect(await statusAt(Number(port), 'elsewhere.example')).toBe(421);
    expect(await statusAt(Number(port), `127.0.0.1:${port}`)).toBe(200);
  });

  test('leaves the port when what makes the page is broken', async () => {
    stand = await openPageStand();
    const port = await free();
    const broken = () => Promise.reject(new Error('broken'));
    await expect(servePage(broken, { ...at, port })).rejects.toThrow('broken');
    page = await servePage(parts, { ...at, port });
  });

  test('ends at once, browsers that listen included', async () => {
    stand = await openPageStand();
    page = await servePage(parts, { ...at, port: 0 });
    const { path } = await stand.signIn.link(stand.house.services.home.member);
    const entered = await fetch(page.address + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: page.address },
    });
    const cookie = entered.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
    const news = await fetch(`${page.address}/events`, { headers: { cookie } });
    expect(news.headers.get('content-type')).toContain('text/event-stream');
    expect(news.headers.get('x-accel-buffering')).toBe('no');
    const heard = news.text().catch(() => 'cut');
    await page.close();
    expect(await heard).toMatch(/hello|cut/);
  });
});
