import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { createAddressGuard, type Lookup } from '../../src/tools/address-guard.ts';
import { FetchFailure } from '../../src/tools/fetch-failure.ts';
import { startWebServer } from '../support/web-server.ts';

const codeOf = (act: () => void): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof FetchFailure) return error.code;
    throw error;
  }
  return 'let through';
};

async function ask(url: string, options: { allow: string[]; lookup: Lookup }): Promise<string> {
  const agent = await createAddressGuard(options).openAgent(1000);
  try {
    const { body } = await request(url, { dispatcher: agent });
    return await body.text();
  } catch (error) {
    return error instanceof FetchFailure ? error.code : 'no answer';
  } finally {
    await agent.destroy();
  }
}

describe('check', () => {
  const guard = createAddressGuard({ allow: [], lookup: async () => [] });

  test.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://127.0.0.1./',
    'http://１２７.0.0.1/',
    'http://0/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[0:0:0:0:0:ffff:7f00:1]/',
    'http://[64:ff9b::10.0.0.1]/',
    'http://[2002:a9fe:a9fe::]/',
    'http://[fe80::1]/',
    'http://[fd00::1]:8080/',
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://100.64.0.1/',
    'https://192.168.1.1:8443/',
  ])('refuses %s', (url) => {
    expect(codeOf(() => guard.check(new URL(url)))).toBe('refused-address');
  });

  test.each(['ftp://acme.com/', 'file:///etc/hosts', 'data:text/plain,x', 'javascript:1'])(
    'refuses %s, which is no web address',
    (url) => {
      expect(codeOf(() => guard.check(new URL(url)))).toBe('bad-address');
    },
  );

  test('refuses an address that carries a user name, and does not repeat it', () => {
    const secret = 'http://member:word@acme.com/';
    expect(codeOf(() => guard.check(new URL(secret)))).toBe('bad-address');
    expect(() => guard.check(new URL(secret))).toThrow(/^(?!.*member).*acme\.com/);
  });

  test('lets a public address and a name through', () => {
    expect(codeOf(() => guard.check(new URL('https://8.8.8.8/')))).toBe('let through');
    expect(codeOf(() => guard.check(new URL('https://acme.com/')))).toBe('let through');
  });
});

describe('the allow-list', () => {
  const guard = createAddressGuard({
    allow: ['127.0.0.1:8080', 'intranet.example:443', 'Wiki.example:80', '[::1]:9000', ' 10.0.0.5:81 '],
    lookup: async () => [],
  });

  test.each([
    'http://127.0.0.1:8080/any/path?x=1',
    'http://2130706433:8080/',
    'https://127.0.0.1:8080/',
    'https://intranet.example/',
    'http://wiki.example/',
    'http://[0:0:0:0:0:0:0:1]:9000/',
    'http://10.0.0.5:81/',
  ])('holds %s', (url) => {
    expect(guard.listed(new URL(url))).toBe(true);
  });

  test.each([
    'http://127.0.0.1:8081/',
    'http://127.0.0.1/',
    'http://127.0.0.2:8080/',
    'http://localhost:8080/',
    'http://intranet.example/',
    'https://wiki.example/',
    'http://sub.wiki.example/',
    'http://[::ffff:127.0.0.1]:8080/',
  ])('does not hold %s', (url) => {
    expect(guard.listed(new URL(url))).toBe(false);
  });

  test('takes a star for a host name, never for a pattern', () => {
    const starred = createAddressGuard({ allow: ['*:80'], lookup: async () => [] });
    expect(starred.listed(new URL('http://acme.com/'))).toBe(false);
  });

  test.each([
    'intranet.example',
    '127.0.0.1:',
    ':80',
    '127.0.0.1:70000',
    'http://a:80',
    'a:80/x',
    'u@a:80',
    '::1:80',
  ])('refuses the entry %s with a code', (entry) => {
    expect(() => createAddressGuard({ allow: [entry], lookup: async () => [] })).toThrow(
      expect.objectContaining({ code: 'fetch.allow-invalid', detail: { entry } }),
    );
  });
});

describe('an agent of the guard', () => {
  test('connects a listed name to the address that was looked up, asking once for each connection', async () => {
    await using server = await startWebServer((_path, response) => response.end('here'));
    const asked: string[] = [];
    const lookup: Lookup = async (host) => {
      asked.push(host);
      return ['127.0.0.1'];
    };
    const host = `intranet.test:${server.port}`;
    expect(await ask(`http://${host}/`, { allow: [host], lookup })).toBe('here');
    expect(asked).toEqual(['intranet.test']);
  });

  test.each([
    ['a private address', ['127.0.0.1']],
    ['a public and a private address', ['3ffe::1', '127.0.0.1']],
    ['a private address in IPv6 clothes', ['::ffff:127.0.0.1']],
  ])('sends nothing when a name leads to %s', async (_what, addresses) => {
    await using trap = await startWebServer((_path, response) => response.end('caught'));
    expect(await ask(`http://evil.test:${trap.port}/`, { allow: [], lookup: async () => addresses })).toBe(
      'refused-address',
    );
    expect(trap.requests).toEqual([]);
  });

  test('sends nothing when a name leads to a public address first and to a private one after', async () => {
    await using trap = await startWebServer((_path, response) => response.end('caught'));
    // 3ffe::/16 went back to the registry: it is unicast, and nobody is there.
    const answers = [['3ffe::1']];
    const lookup: Lookup = async () => answers.shift() ?? ['127.0.0.1'];
    const agent = await createAddressGuard({ allow: [], lookup }).openAgent(300);
    const once = () =>
      request(`http://evil.test:${trap.port}/`, { dispatcher: agent }).then(
        () => 'answered',
        () => 'failed',
      );
    expect([await once(), await once()]).toEqual(['failed', 'failed']);
    expect(answers).toEqual([]);
    expect(trap.requests).toEqual([]);
    await agent.destroy();
  });

  test('refuses a private address that is written out, without being asked before', async () => {
    await using trap = await startWebServer((_path, response) => response.end('caught'));
    expect(await ask(trap.origin, { allow: [], lookup: async () => [] })).toBe('refused-address');
    expect(trap.requests).toEqual([]);
  });
});
