import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createAddressGuard } from '../../src/tools/address-guard.ts';
import { createWebFetch } from '../../src/tools/web-fetch.ts';
import { startWebServer } from '../support/web-server.ts';

let answer: (response: ServerResponse) => unknown = () => {};
const server = await startWebServer((_path, response) => answer(response));
afterAll(() => server[Symbol.asyncDispose]());
const web = createWebFetch({ guard: createAddressGuard({ allow: [server.host] }), clock: systemClock() });

async function read(how: (response: ServerResponse) => unknown) {
  answer = how;
  const result = await web.run(`${server.origin}/page`, new AbortController().signal);
  return result.ok ? { code: 'ok', says: '', text: result.pages[0]?.text } : { ...result, text: '' };
}

describe('what servers send', () => {
  test.each([404, 410, 403, 429, 500, 204])('%i is answered with its sentence', async (status) => {
    const { code, says } = await read((response) => response.writeHead(status).end());
    expect(code).toBe(status === 204 ? 'empty-page' : `http-${status}`);
    expect(says).toContain(`${server.origin}/page`);
  });

  test.each([
    ['a type that is no text', 'application/pdf', Buffer.from('%PDF-1.7')],
    ['an image', 'image/png', Buffer.from('89504e470d0a1a0a', 'hex')],
    ['a PDF that calls itself HTML', 'text/html', Buffer.from('%PDF-1.7 text')],
    [
      'bytes that call themselves text',
      'text/plain',
      Buffer.from(Array.from({ length: 500 }, (_, i) => i % 256)),
    ],
    ['bytes without a type', '', gzipSync('some text that was packed and is sent as it is')],
  ])('refuses %s as wrong-type', async (_what, type, body) => {
    const result = await read((response) => {
      if (type !== '') response.setHeader('content-type', type);
      response.end(body);
    });
    expect(result).toMatchObject({ code: 'wrong-type' });
  });

  test.each([
    ['JSON', 'application/json', '{"customers": 412}', '{"customers": 412}'],
    ['Markdown', 'text/markdown', '# Title\n\ntext', '# Title\n\ntext'],
    ['text without a type', '', 'only text', 'only text'],
    ['HTML without a type', '', '<p>only <b>text</b></p>', 'only text'],
    ['XHTML', 'application/xhtml+xml', '<?xml version="1.0"?><html><body><p>text</p></body></html>', 'text'],
  ])('reads %s', async (_what, type, body, text) => {
    const result = await read((response) => {
      if (type !== '') response.setHeader('content-type', type);
      response.end(body);
    });
    expect(result.text).toBe(text);
  });

  test.each<[string, string, Buffer]>([
    ['UTF-8 without a word', 'text/html', Buffer.from('<p>Größe: 5 €')],
    ['Latin-1 by its header', 'text/html; charset=iso-8859-1', Buffer.from('<p>Größe: 5 \x80', 'latin1')],
    [
      'windows-1252 by its meta',
      'text/html',
      Buffer.from('<meta charset="windows-1252"><p>Größe: 5 \x80', 'latin1'),
    ],
    ['windows-1252 without a word', 'text/html', Buffer.from('<p>Größe: 5 \x80', 'latin1')],
    ['UTF-16 by its mark', 'text/html', Buffer.from('\uFEFF<p>Größe: 5 €', 'utf16le')],
    ['UTF-8 that a meta calls UTF-16', 'text/html', Buffer.from('<meta charset=utf-16><p>Größe: 5 €')],
    ['UTF-8 with an unknown word', 'text/html; charset=none', Buffer.from('<p>Größe: 5 €')],
    ['gzip', 'text/html', gzipSync('<p>Größe: 5 €')],
  ])('understands %s', async (what, type, body) => {
    const result = await read((response) => {
      if (what === 'gzip') response.setHeader('content-encoding', 'gzip');
      response.setHeader('content-type', type).end(body);
    });
    expect(result.text).toBe('Größe: 5 €');
  });
});
