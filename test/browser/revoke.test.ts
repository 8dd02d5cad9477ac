import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, type RealBrowser } from '../support/browser.ts';
import { type Counted, countTo } from '../support/counted.ts';
import { type OpenAIServer, startOpenAI, testKey } from '../support/openai.ts';
import { type PageProgram, say, signIn, startPageProgram } from '../support/page-program.ts';

let browser: RealBrowser;
let openai: OpenAIServer;
let way: Counted;
let program: PageProgram;
/** Calls that have arrived, as they do. None is ever answered. */
const arrived = new EventTarget();

beforeAll(async () => {
  browser = await openBrowser();
  openai = await startOpenAI({
    answer: () => new Promise(() => {}),
    on: (event) => void arrived.dispatchEvent(new Event(event)),
  });
  way = await countTo(openai.origin);
  program = await startPageProgram({
    OPENAI_API_KEY: testKey,
    OPENAI_BASE_URL: `http://${way.host}/v1`,
  });
});
afterAll(async () => {
  await program.end();
  await way.close();
  await openai.close();
  await browser.end();
});

test('a key revoked in the page is cut off: no byte more to the provider, the runs wait, and a restart does not bring it back', {
  timeout: 120_000,
}, async () => {
  const { page, complaints } = await browser.somebody();
  await signIn(page, program.link);
  for (const topic of ['tea', 'coffee']) {
    const call = once(arrived, 'arrived');
    await say(page, `/crew draft --brief="Two lines about ${topic}"`);
    await call;
  }
  expect(openai.calls.map((call) => call.ended)).toEqual(['open', 'open']);

  await say(page, '/crew keys revoke openai');
  const card = page.locator('#messages .private .card').last();
  await card.getByText('2 calls in flight on it are stopped').waitFor();
  const before = way.sent();
  await card.getByRole('button', { name: 'Revoke now' }).click();
  await card.getByText(/2 calls were stopped, \d+ ms after the revocation was stored/).waitFor();
  await page.locator('#messages .card .status', { hasText: 'waiting for key' }).nth(1).waitFor();
  await expect.poll(() => openai.calls.map((call) => call.ended)).toEqual(['client-gone', 'client-gone']);
  expect(way.sent()).toBe(before);
  expect(complaints).toEqual([]);

  // The variable is still set; the calls that were cut off are not repeated either.
  await program.restart();
  const told = async (...words: string[]) =>
    JSON.parse((await program.installation.run([...words, '--json'])).out) as unknown;
  const waits = { status: 'waiting' };
  expect(await told('runs')).toMatchObject({ runs: [waits, waits] });
  expect(await told('keys')).toMatchObject({ keys: [] });
  expect(way.sent()).toBe(before);
  expect([openai.calls.length, openai.mistakes]).toEqual([2, []]);
  expect(await told('verify')).toMatchObject({ ok: true });
});
