import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createAddressGuard } from '../../src/tools/address-guard.ts';
import { fewerAgents } from '../../src/tools/robots.ts';
import { createWebFetch } from '../../src/tools/web-fetch.ts';
import { createVirtualClock } from '../support/clock.ts';
import { startWebServer } from '../support/web-server.ts';

const never = new AbortController().signal;
const minute = 60_000;

const text = (body: string) => (_path: string, response: ServerResponse) => response.end(body);
const ok = (_path: string, response: ServerResponse) =>
  response.setHeader('content-type', 'text/plain').end('page');

function fetchTool(host: string, agentName?: string) {
  const clock = createVirtualClock();
  const web = createWebFetch({
    guard: createAddressGuard({ allow: [host] }),
    clock,
    ...(agentName === undefined ? {} : { agentName }),
  });
  const read = async (path: string) => {
    const result = await web.run(`http://${host}${path}`, never);
    return result.ok ? 'read' : result.code;
  };
  return { clock, read };
}

describe('robots.txt', () => {
  test('keeps the tool from pages that it disallows, and from no others', async () => {
    await using server = await startWebServer(
      ok,
      text('User-agent: *\nDisallow: /private\nAllow: /private/open'),
    );
    const { read } = fetchTool(server.host);
    expect([await read('/private/x'), await read('/private/open'), await read('/public')]).toEqual([
      'robots',
      'read',
      'read',
    ]);
    expect(server.requests).toEqual(['/robots.txt', '/private/open', '/public']);
  });

  test('may name the tool by its own name', async () => {
    const rules =
      'User-agent: GPTBot\nDisallow: /\n\nUser-agent: CrewsmithBot\nDisallow: /a\n\nUser-agent: *\nDisallow: /b';
    await using server = await startWebServer(ok, text(rules));
    const { read } = fetchTool(server.host);
    expect([await read('/a'), await read('/b')]).toEqual(['robots', 'read']);
    const other = fetchTool(server.host, 'OtherBot');
    expect([await other.read('/a'), await other.read('/b')]).toEqual(['read', 'robots']);
  });

  test('is read once an hour, however many pages are asked for at a time', async () => {
    await using server = await startWebServer(ok, text('User-agent: *\nAllow: /'));
    const { clock, read } = fetchTool(server.host);
    const asked = () => server.requests.filter((path) => path === '/robots.txt').length;
    await Promise.all([read('/1'), read('/2'), read('/3'), read('/4')]);
    expect(asked()).toBe(1);
    await clock.advance(59 * minute);
    await read('/5');
    expect(asked()).toBe(1);
    await clock.advance(minute);
    await read('/6');
    expect(asked()).toBe(2);
  });

  test.each([404, 403, 401, 410])('that answers %i forbids nothing', async (status) => {
    await using server = await startWebServer(ok, (_path, response) => response.writeHead(status).end());
    expect(await fetchTool(server.host).read('/')).toBe('read');
  });

  test.each([500, 503, 429])(
    'that answers %i forbids everything until it answers otherwise',
    async (status) => {
      let now = status;
      await using server = await startWebServer(ok, (_path, response) => response.writeHead(now).end());
      const { read } = fetchTool(server.host);
      expect(await read('/')).toBe('robots');
      expect(server.requests).toEqual(['/robots.txt']);
      now = 404;
      expect(await read('/')).toBe('read');
    },
  );

  test('that never comes ends the call after a third of its time', async () => {
    const asked = Promise.withResolvers<void>();
    await using server = await startWebServer(ok, () => asked.resolve());
    const { clock, read } = fetchTool(server.host);
    const reading = read('/');
    await asked.promise;
    await clock.advance(5000);
    expect(await reading).toBe('timeout');
  });

  test('is followed through redirects, each hop checked', async () => {
    await using server = await startWebServer(
      (path, response) => response.end(path === '/rules' ? 'User-agent: *\nDisallow: /x' : 'page'),
      (_path, response) => response.writeHead(301, { location: '/rules' }).end(),
    );
    expect(await fetchTool(server.host).read('/x')).toBe('robots');
    await using evil = await startWebServer(ok, (_path, response) =>
      response.writeHead(301, { location: 'http://169.254.169.254/' }).end(),
    );
    expect(await fetchTool(evil.host).read('/x')).toBe('refused-address');
  });

  test('is asked again for a redirect to another page of the site', async () => {
    await using server = await startWebServer(
      (_path, response) => response.writeHead(302, { location: '/private' }).end(),
      text('User-agent: *\nDisallow: /private'),
    );
    expect(await fetchTool(server.host).read('/')).toBe('robots');
    expect(server.requests).toEqual(['/robots.txt', '/']);
  });

  test('of many agents and rules is read within its first 500 KiB, without multiplying them', async () => {
    const agents = Array.from({ length: 12_000 }, (_, i) => `User-agent: bot${i}`).join('\n');
    const rules = Array.from({ length: 12_000 }, (_, i) => `Disallow: /${i}`).join('\n');
    await using server = await startWebServer(
      ok,
      text(`${agents}\nUser-agent: *\n${rules}\n${'#'.repeat(3_000_000)}`),
    );
    const { read } = fetchTool(server.host);
    expect([await read('/7'), await read('/page')]).toEqual(['robots', 'read']);
  });
});

describe('fewerAgents', () => {
  test('keeps own and common groups as they are and makes one agent of all others', () => {
    const file =
      '\uFEFFUser-Agent: A\nuser-agent: B/2\nDisallow: /a\nSitemap: /s\nUSER-AGENT: crewsmithbot/1 # us\nUser-agent: *\nAllow: /b';
    expect(fewerAgents(file, 'CrewsmithBot')).toBe(
      'user-agent: other\nDisallow: /a\nuser-agent: crewsmithbot\nuser-agent: *\nAllow: /b',
    );
  });
});
