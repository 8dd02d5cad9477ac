import { afterEach, expect, test } from 'vitest';
import { openPageStand, type PageStand } from '../../support/page.ts';
import { createScripted, hangs } from '../../support/scripted.ts';

let stand: PageStand;
afterEach(() => stand.end());

test('there is nobody to pretend before a press; then Ana asks and Bo approves, at this machine (rule K10)', async () => {
  stand = await openPageStand();
  const browser = await stand.signedIn();
  expect(await browser.reads('/c/demo')).toContain('Try approvals with pretend members');
  expect((await stand.house.rows('members')).map(({ name }) => name)).toEqual(['local']);
  await browser.post('/pretend', {});
  expect(await browser.reads('/c/demo')).toMatch(
    /Act as.*Ana \(pretend\).*member.*Bo \(pretend\).*approver/s,
  );
});

test('who acts as a pretend member speaks as that member, and as themselves again', async () => {
  stand = await openPageStand();
  const browser = await stand.pretending('bo');
  await browser.post('/c/demo/say', { text: '/crew list', request: 'request-1', thread: '' });
  expect(await browser.reads('/c/demo')).toMatch(/Bo \(pretend\).*you act as approver/s);
  await browser.post('/act-as', { member: stand.house.services.home.member });
  await browser.post('/c/demo/say', { text: '/crew list', request: 'request-2', thread: '' });
  expect(stand.handed.map(({ sender }) => sender.native)).toEqual(['pretend:bo', 'local']);
});

test('nobody acts as a member who exists', async () => {
  stand = await openPageStand();
  const { people, home } = stand.house.services;
  const real = await stand.house.store.transact((tx) =>
    people.arrive(tx, {
      ...{ workspace: home.workspace, surface: 'web', native: 'member:dee', name: 'Dee' },
      ...{ standing: 'member', role: 'owner' },
    }),
  );
  const browser = await stand.signedIn();
  await browser.post('/pretend', {});
  expect((await browser.post('/act-as', { member: real })).status).toBe(422);
  expect(await browser.reads('/c/demo')).not.toContain('you act as');
});

test('a session from elsewhere pretends nobody', async () => {
  stand = await openPageStand({ token: 'a-long-token-of-the-page' });
  const guest = stand.browser();
  await guest.post('/sign-in', { token: 'a-long-token-of-the-page' });
  expect((await guest.post('/pretend', {})).status).toBe(422);
  expect((await stand.house.rows('members')).map(({ name }) => name)).toEqual(['local', 'Guest']);
});

test('with the first key they are gone, their roles too, and whoever acted as one is themselves (rule K10)', async () => {
  stand = await openPageStand({ house: { providers: [createScripted(() => hangs)], keys: [] } });
  const browser = await stand.pretending('bo');
  await stand.house.addKey('openai');
  const page = await browser.reads('/c/demo');
  expect(page).not.toMatch(/pretend|Offline sandbox/);
  expect((await stand.house.rows('members')).filter((m) => m.removed_at === null).map((m) => m.name)).toEqual(
    ['local'],
  );
  expect((await stand.house.rows('roles')).map(({ role }) => role)).toEqual(['owner']);
  const refused = await browser.post('/pretend', {});
  expect([refused.status, await refused.text()]).toEqual([
    422,
    expect.stringContaining('Pretend members are gone'),
  ]);
});
