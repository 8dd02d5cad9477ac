import { afterEach, expect, test } from 'vitest';
import type { Card } from '../../../src/chat/card.ts';
import { openPageStand, type PageStand } from '../../support/page.ts';

let stand: PageStand;
afterEach(() => stand.end());

const card = (title: string): Card => ({
  v: 1,
  title,
  tone: 'neutral',
  status: '',
  body: [],
  actions: [],
  foot: '',
});

test('a channel with 1,000 messages shows the newest 50, and those before page by page to the first', async () => {
  stand = await openPageStand();
  const browser = await stand.signedIn();
  for (let i = 1; i <= 1_000; i++) await stand.rooms.post(card(`Card ${i}.`), 'demo', null, `card-${i}`);
  const titles = (page: string) => [...page.matchAll(/Card (\d+)\./g)].map(([, n]) => Number(n));
  let page = await browser.reads('/c/demo');
  expect(page).not.toContain('Welcome to');
  let seen = titles(page);
  expect([seen[0], seen.at(-1), seen.length]).toEqual([951, 1_000, 50]);
  for (let pages = 1; pages < 20; pages++) {
    const [, earlier = ''] = /hx-get="([^"]+earlier[^"]+)"/.exec(page) ?? [];
    page = await browser.reads(earlier);
    seen = [...titles(page), ...seen];
  }
  expect(seen).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
  expect(page).not.toContain('earlier?before');
});
