import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPageStand, type PageStand } from '../../support/page.ts';
import { createScripted } from '../../support/scripted.ts';

const typedKey = `sk-proj-${'typed4key'.repeat(4)}`;
let stand: PageStand;

beforeEach(async () => {
  const url = 'https://crew.example';
  const provider = createScripted(() => ({ text: 'words' }));
  stand = await openPageStand({ url, house: { providers: [provider], keys: [], materials: { url } } });
});
afterEach(async () => {
  expect(stand.errors).toEqual([]);
  await stand.end();
});

/** The way to the form behind a link that `local` asked for. */
async function pathOf(): Promise<string> {
  const { keyLinks, home } = stand.house.services;
  const wish = {
    do: 'add',
    provider: 'openai',
    label: 'team',
    environment: 'production',
    baseUrl: null,
  } as const;
  const { workspace, member } = home;
  return new URL((await (await keyLinks()).make({ workspace, member, surface: 'terminal', wish })).url)
    .pathname;
}
const keys = () =>
  stand.house.store.read((tx) => stand.house.services.keys.list(tx, stand.house.services.home.workspace));

describe('a one-time link for a key (rule K4)', () => {
  test('shows a form without a session, however often it is looked at, and takes the key once', async () => {
    const path = await pathOf();
    for (const _ of [1, 2, 3])
      expect(await stand.browser().reads(path)).toMatch(
        /^200 .*Add a key of openai.*in the name of local.*type="password"/s,
      );
    expect(await keys()).toEqual([]);
    const sent = await stand.browser().post(path, { secret: ` ${typedKey} ` });
    const answer = await sent.text();
    expect([sent.status, answer]).toEqual([200, expect.stringContaining('openai/team is used from now on')]);
    expect(answer).not.toContain(typedKey);
    expect(await keys()).toMatchObject([{ label: 'team', createdBy: stand.house.services.home.member }]);
    expect((await stand.browser().post(path, { secret: typedKey })).status).toBe(410);
    expect(await stand.browser().reads(path)).toMatch(/^410 .*does not hold any more/s);
  });

  test('keeps the form open where the key is refused, and never sends it back', async () => {
    const path = await pathOf();
    const refused = await stand.browser().post(path, { secret: 'two words' });
    const answer = await refused.text();
    expect([refused.status, answer]).toEqual([422, expect.stringContaining('does not look like a key')]);
    expect(answer).not.toContain('two words');
    expect((await stand.browser().post(path, { secret: typedKey })).status).toBe(200);
  });

  test('is over after 10 minutes, takes nothing from another site, and knows no other token', async () => {
    const path = await pathOf();
    const foreign = await stand.browser({ origin: 'https://evil.example' }).post(path, { secret: typedKey });
    expect(foreign.status).toBe(403);
    expect(await stand.browser().reads('/key/none')).toMatch(/^410 /);
    await stand.house.pass(10 * 60_000);
    expect((await stand.browser().post(path, { secret: typedKey })).status).toBe(410);
    expect(await keys()).toEqual([]);
  });
});
