import { afterEach, expect, test } from 'vitest';
import { openPageStand, type PageStand } from '../../support/page.ts';

let stand: PageStand;
afterEach(() => stand.end());

test('a long thread counts all its replies, and shows the newest', async () => {
  stand = await openPageStand();
  const browser = await stand.signedIn();
  const say = (text: string, request: string, thread: string) =>
    browser.post('/c/demo/say', { text, request, thread });
  await say('Shall we?', 'request-0', '');
  const [first] = (await stand.rooms.changes(stand.house.services.home.member, 0)) ?? [];
  const id = first?.id ?? '';
  for (let n = 1; n <= 60; n++) await say(`Reply ${n}.`, `request-${n}`, id);
  const thread = await (await browser.get(`/c/demo/t/${id}`, { 'hx-request': 'true' })).text();
  expect(thread).toMatch(/60 replies.*Only the newest 50 are shown.*Reply 60\./s);
  expect(thread).not.toContain('Reply 10.');
});
