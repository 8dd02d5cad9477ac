import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Json } from '../../src/core/json.ts';
import { createAddressGuard, type Lookup } from '../../src/tools/address-guard.ts';
import type { Page } from '../../src/tools/port.ts';
import { createWebFetch } from '../../src/tools/web-fetch.ts';
import { siteFacts, siteInjections, siteNewsDate, startSite } from '../support/site.ts';
import { startWebServer } from '../support/web-server.ts';

const nowhere: Lookup = async () => {
  throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
};

function fetchTool(allow: readonly string[], lookup: Lookup = nowhere) {
  const web = createWebFetch({ guard: createAddressGuard({ allow, lookup }), clock: systemClock() });
  return async (call: Json) => {
    const result = await web.run(call, new AbortController().signal);
    return result.ok
      ? { pages: result.pages, code: 'ok', says: '' }
      : { pages: [] as Page[], code: result.code, says: result.says };
  };
}

const acme = await startSite();
afterAll(() => acme.close());
const read = fetchTool([acme.host]);

describe('reading a site', () => {
  test('gives title, date, text and links of each page, and every fact on it', async () => {
    for (const [path, facts] of Object.entries(siteFacts)) {
      const { pages } = await read({ url: `${acme.origin}${path}` });
      expect(pages.map((page) => page.url)).toEqual([`${acme.origin}${path}`]);
      for (const fact of facts) expect(pages[0]?.text).toContain(fact);
      expect(pages[0]?.text).not.toContain('secretOfTheScript');
      const targets = pages[0]?.links.map((link) => new URL(link.url).pathname);
      expect(targets).toEqual(
        expect.arrayContaining(['/product', '/pricing', '/news', '/about'].filter((p) => p !== path)),
      );
    }
  });

  test('says the day of an article, and none for a list of news', async () => {
    expect((await read(`${acme.host}/news/first`)).pages[0]?.date).toBe(siteNewsDate);
    expect((await read(`${acme.host}/news`)).pages[0]?.date).toBeNull();
  });

  test('leaves out a paragraph that visitors do not see and keeps the one they do', async () => {
    const { hidden, shown } = siteInjections;
    expect((await read(`${acme.host}${hidden.path}`)).pages[0]?.text).not.toContain(hidden.text);
    expect((await read(`${acme.host}${shown.path}`)).pages[0]?.text).toContain(shown.text);
  });

  test('asks with an honest name and sends neither cookies nor credentials, after a redirect that sets one too', async () => {
    const seen: Record<string, unknown>[] = [];
    const answer = (path: string, response: ServerResponse, request: IncomingMessage) => {
      seen.push(request.headers);
      if (path === '/') response.writeHead(302, { location: '/next', 'set-cookie': 'a=b' }).end();
      else response.setHeader('content-type', 'text/plain').end('there');
    };
    await using server = await startWebServer(answer, answer);
    expect((await fetchTool([server.host])(server.origin)).pages[0]?.text).toBe('there');
    expect(seen).toHaveLength(3);
    for (const headers of seen) {
      expect(headers['user-agent']).toMatch(
        /^CrewsmithBot\/\d+\.\d+\.\d+ \(\+reads pages a member asked for\)$/,
      );
      expect(headers).not.toHaveProperty('cookie');
      expect(headers).not.toHaveProperty('authorization');
    }
  });
});

describe('the call', () => {
  test.each<[string, (host: string) => Json]>([
    ['one address', (host) => ({ url: `http://${host}/about` })],
    ['a bare host and path', (host) => ({ url: `${host}/about` })],
    ['an address in angle brackets', (host) => ({ url: ` <http://${host}/about> ` })],
    ['a fragment', (host) => ({ url: `http://${host}/about#contact` })],
    ['a list called urls', (host) => ({ urls: [`http://${host}/about`] })],
    ['a list called url', (host) => ({ url: [`http://${host}/about`, `http://${host}/about`] })],
    ['a mere text', (host) => `//${host}/about`],
  ])('may be written as %s', async (_what, call) => {
    const { pages } = await read(call(acme.host));
    expect(pages.map((page) => page.url)).toEqual([`${acme.origin}/about`]);
  });

  test('reads several addresses in their order and leaves out those that fail', async () => {
    const { pages } = await read({
      urls: [`${acme.origin}/pricing`, `${acme.origin}/gone`, `${acme.origin}/about`],
    });
    expect(pages.map((page) => page.title)).toEqual(['Pricing | Acme', 'About Acme']);
  });

  test.each<[string, Json]>([
    ['nothing', null],
    ['an empty object', {}],
    ['an empty text', { url: ' ' }],
    ['an empty list', { urls: [] }],
    ['a number', { url: 7 }],
    ['a list with a hole', { urls: ['acme.com', null] }],
    ['another scheme', { url: 'file:///etc/hosts' }],
    ['a script', { url: 'javascript:alert(1)' }],
    ['a mail address', { url: 'mailto:info@acme.com' }],
    ['no address', { url: 'https://a b' }],
    ['an endless address', { url: `https://acme.com/${'a'.repeat(3000)}` }],
    ['a password', { url: 'https://member:word@acme.com/' }],
  ])('answers %s with bad-address and a short sentence', async (_what, call) => {
    const { code, says } = await fetchTool([])(call);
    expect(code).toBe('bad-address');
    expect(says).toMatch(/\.$/);
    expect(says.length).toBeLessThan(350);
  });

  test('refuses more than 8 addresses at once', async () => {
    const urls = Array.from({ length: 9 }, (_, i) => `https://acme.com/${i}`);
    expect(await fetchTool([])({ urls })).toMatchObject({ code: 'too-many' });
  });

  test('of a bare host tries http only after https could not connect', async () => {
    const port = new URL(acme.origin).port;
    const guard = createAddressGuard({ allow: [`acme.test:${port}`], lookup: async () => ['127.0.0.1'] });
    // As if public: listed places are asked by http first.
    const web = createWebFetch({ guard: { ...guard, listed: () => false }, clock: systemClock() });
    const signal = new AbortController().signal;
    expect(await web.run({ url: `acme.test:${port}/about` }, signal)).toMatchObject({ ok: true });
    expect(await web.run({ url: `https://acme.test:${port}/about` }, signal)).toMatchObject({
      code: 'unreachable',
    });
  });
});

describe('redirects', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost:1/',
    'http://[::ffff:169.254.169.254]/',
    'http://0x7f.1/',
  ])('to %s are not followed', async (location) => {
    await using server = await startWebServer((_path, response) =>
      response.writeHead(302, { location }).end(),
    );
    const read = fetchTool([server.host], async () => ['127.0.0.1']);
    expect(await read(server.origin)).toMatchObject({ code: 'refused-address' });
  });

  test('to another port of a listed host are not followed', async () => {
    await using trap = await startWebServer((_path, response) => response.end('caught'));
    await using server = await startWebServer((_path, response) =>
      response.writeHead(307, { location: `${trap.origin}/secret` }).end(),
    );
    expect(await fetchTool([server.host])(server.origin)).toMatchObject({ code: 'refused-address' });
    expect(trap.requests).toEqual([]);
  });

  test('to an address with a password are not followed', async () => {
    await using server = await startWebServer((_path, response, request) =>
      response.writeHead(302, { location: `http://member:word@${request.headers.host}/x` }).end(),
    );
    expect(await fetchTool([server.host])(server.origin)).toMatchObject({ code: 'bad-address' });
  });

  test('in a circle end at once', async () => {
    await using server = await startWebServer((path, response) =>
      response.writeHead(301, { location: path === '/a' ? '/b' : '/a' }).end(),
    );
    expect(await fetchTool([server.host])(`${server.origin}/a`)).toMatchObject({ code: 'redirect-loop' });
    expect(server.requests).toEqual(['/robots.txt', '/a', '/b']);
  });

  test('are followed 5 times and not 6 times; the page has its last address', async () => {
    await using server = await startWebServer((path, response) => {
      const left = Number(path.slice(1));
      if (left === 0) response.setHeader('content-type', 'text/plain').end('arrived');
      else response.writeHead(302, { location: `/${left - 1}#part` }).end();
    });
    const read = fetchTool([server.host]);
    expect((await read(`${server.origin}/5`)).pages[0]).toMatchObject({
      url: `${server.origin}/0`,
      text: 'arrived',
    });
    expect(await read(`${server.origin}/6`)).toMatchObject({ code: 'redirect-loop' });
  });
});
