import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createAddressGuard } from '../../src/tools/address-guard.ts';
import { startSampleSite } from '../../src/tools/sample-site.ts';
import { createWebFetch } from '../../src/tools/web-fetch.ts';

test('the sample site has four pages with text, each found from the first, and nothing else', async () => {
  const site = await startSampleSite();
  const web = createWebFetch({ guard: createAddressGuard({ allow: [site.host] }), clock: systemClock() });
  const read = (url: string) => web.run({ url }, new AbortController().signal);
  const home = await read(site.host);
  const links = home.ok ? (home.pages[0]?.links.map((link) => link.url) ?? []) : [];
  expect(links).toHaveLength(3);
  for (const url of [site.origin, ...links]) {
    const result = await read(url);
    expect(result.ok && result.pages[0]?.text.length).toBeGreaterThan(500);
  }
  expect(await read(`${site.origin}/__proto__`)).toMatchObject({ ok: false, code: 'http-404' });
  await site.close();
  expect(await read(site.origin)).toMatchObject({ ok: false, code: 'unreachable' });
});
