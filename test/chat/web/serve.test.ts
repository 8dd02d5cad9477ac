import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Page, servePage } from '../../../src/chat/web/index.ts';
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

const host = '127.0.0.1';

describe('serving the page', () => {
  test('takes the next free port where none is asked for and the first is taken, and says its address', async () => {
    stand = await openPageStand();
    const first = await taken();
    page = await servePage(stand.parts, { host, port: null }, first);
    const port = Number(new URL(page.address).port);
    expect(port).toBeGreaterThan(first);
    expect(await (await fetch(`${page.address}/healthz`)).text()).toBe('{"ok":true}');
  });

  test('refuses a port that was asked for and is taken', async () => {
    stand = await openPageStand();
    await expect(servePage(stand.parts, { host, port: await taken() })).rejects.toMatchObject({
      code: 'page.port-taken',
    });
  });

  test('refuses an address that is not of this machine', async () => {
    stand = await openPageStand();
    await expect(servePage(stand.parts, { host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      code: 'page.port-taken',
    });
  });

  test('ends at once, browsers that listen included', async () => {
    stand = await openPageStand();
    page = await servePage(stand.parts, { host, port: 0 });
    const { path } = await stand.signIn.link(stand.house.services.home.member);
    const entered = await fetch(page.address + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: page.address },
    });
    const cookie = entered.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
    const news = await fetch(`${page.address}/events`, { headers: { cookie } });
    expect(news.headers.get('content-type')).toContain('text/event-stream');
    const heard = news.text().catch(() => 'cut');
    await page.close();
    expect(await heard).toMatch(/hello|cut/);
  });
});
