import { afterEach, describe, expect, test } from 'vitest';
import { openPageStand, type PageStand } from '../../support/page.ts';

let stand: PageStand;
afterEach(() => stand.end());

const words = { text: 'hello', thread: '', request: 'request-1' };
const saidIn = async () => (await stand.rooms.changes(stand.house.services.home.member, 0))?.length;

describe('another site', () => {
  test.each([
    ['its origin', { origin: 'https://evil.example' }],
    ['an origin that is not said', { origin: 'null' }],
  ])('posts nothing with %s', async (_, { origin }) => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const response = await browser.post('/c/demo/say', words, { origin });
    expect(response.status).toBe(403);
    expect(await saidIn()).toBe(0);
  });

  test('posts nothing where its browser says no origin at all', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const { path } = await stand.signIn.link(stand.house.services.home.member);
    const headers = { cookie: browser.cookie ?? '' };
    const silent = stand.browser({ origin: null, headers });
    expect((await silent.post('/c/demo/say', words)).status).toBe(403);
    expect((await silent.post('/c/demo/say', words, { 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await stand.browser({ origin: 'https://evil.example' }).post(path, {})).status).toBe(403);
  });

  test('posts nothing with the form of another session', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    expect((await browser.post('/c/demo/say', { ...words, csrf: 'of-another' })).status).toBe(403);
    expect(await saidIn()).toBe(0);
    expect((await browser.post('/c/demo/say', words)).status).toBe(303);
  });

  test.each([
    'evil.example',
    'evil.example:3000',
    '127.0.0.1.evil.example:3000',
    'localhost.evil.example',
    '',
  ])('reads nothing by the name %j for this machine', async (host) => {
    stand = await openPageStand();
    const response = await stand.browser().get('/', { host });
    expect(response.status).toBe(421);
  });

  test.each(['localhost:3000', '127.0.0.1:3000', '[::1]:3000', '192.0.2.7:3000', 'crew.example'])(
    '%s leads here',
    async (host) => {
      stand = await openPageStand({ url: 'https://crew.example' });
      expect((await stand.browser().get('/', { host })).status).toBe(200);
    },
  );
});

describe('every answer', () => {
  test('forbids scripts of elsewhere, scripts in the page, and frames', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    for (const path of ['/', '/c/demo', '/nowhere', '/enter/x']) {
      const policy = (await browser.get(path)).headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
    }
  });

  test('asks nothing of elsewhere: every address in a page is its own', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const pages = [await browser.reads('/c/demo'), await stand.browser().reads('/')];
    for (const page of pages) {
      expect(page).not.toMatch(/(?:src|href|action)="(?!\/|#)/);
      expect(page).not.toMatch(/<script(?![^>]* src=)|\son\w+=|style="/);
    }
  });

  test('to a body that is too large is a refusal', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    expect((await browser.post('/c/demo/say', { ...words, text: 'x'.repeat(600_000) })).status).toBe(413);
  });
});
