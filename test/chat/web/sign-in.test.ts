import { afterEach, describe, expect, test } from 'vitest';
import { openPageStand, type PageStand } from '../../support/page.ts';

let stand: PageStand;
afterEach(() => stand.end());

const linkOf = async () => (await stand.signIn.link(stand.house.services.home.member)).path;

describe('without a session (rule K10)', () => {
  test('the first page says what this is and how to sign in, and holds no data', async () => {
    stand = await openPageStand();
    await stand.rooms.say({
      channel: (await stand.rooms.channels())[0]?.id ?? '',
      thread: null,
      member: stand.house.services.home.member,
      text: 'a plan for the launch',
      dedupe: 'said-1',
    });
    const page = await stand.browser().reads('/');
    expect(page).toMatch(/^200 .*npm run crew -- open/s);
    expect(page).not.toMatch(/launch|demo|local/);
  });

  test.each(['/c/demo', '/c/demo/t/x', '/events', '/checklist', '/complete', '/pictures/x/0/light.png'])(
    'nothing is read at %s',
    async (path) => {
      stand = await openPageStand();
      const response = await stand.browser().get(path);
      expect([302, 401]).toContain(response.status);
      expect(await response.text()).not.toMatch(/demo/);
    },
  );
});

describe('a sign-in link (rule K10)', () => {
  test('stands in no log, also where the page fails on it', async () => {
    stand = await openPageStand();
    const path = await linkOf();
    stand.signIn.enter = () => Promise.reject(new Error('the database is busy'));
    expect((await stand.browser().post(path, {})).status).toBe(500);
    expect(stand.errors).toMatchObject([{ path: '/enter/:token' }]);
    expect(JSON.stringify(stand.errors)).not.toContain(path.split('/').at(-1));
  });

  test('is looked at as often as previewers like, and still signs in', async () => {
    stand = await openPageStand();
    const path = await linkOf();
    for (const _ of [1, 2, 3]) expect(await stand.browser().reads(path)).toMatch(/^200 .*Sign in/s);
    const browser = stand.browser();
    expect((await browser.post(path, {})).status).toBe(303);
    expect(await browser.reads('/c/demo')).toMatch(/^200 .*local/s);
  });

  test('signs in once: a second browser is told that it was used, and how to get a fresh one', async () => {
    stand = await openPageStand();
    const path = await linkOf();
    await stand.browser().post(path, {});
    const second = stand.browser();
    const response = await second.post(path, {});
    expect(response.status).toBe(410);
    expect(await response.text()).toMatch(/used already.*npm run crew -- open/s);
    expect(second.cookie).toBeNull();
  });

  test('signs in one of two that press at once', async () => {
    stand = await openPageStand();
    const path = await linkOf();
    const presses = await Promise.all([1, 2].map(() => stand.browser().post(path, {})));
    expect(presses.map(({ status }) => status).sort()).toEqual([303, 410]);
  });

  test('is over after its hour', async () => {
    stand = await openPageStand();
    const path = await linkOf();
    await stand.house.pass(3_600_001);
    expect(await stand.browser().reads(path)).toMatch(/^410 .*time is over/s);
    expect((await stand.browser().post(path, {})).status).toBe(410);
  });

  test('is of people of this workspace alone', async () => {
    stand = await openPageStand();
    await expect(stand.signIn.link('member_of_another')).rejects.toMatchObject({ code: 'page.foreign' });
  });

  test('leads somebody who is signed in to the page, and stays unused', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const path = await linkOf();
    expect((await browser.get(path)).headers.get('location')).toBe('/');
    expect((await stand.browser().post(path, {})).status).toBe(303);
  });
});

describe('a session (rule K10)', () => {
  test('is in a cookie that no script reads and no other site sends', async () => {
    stand = await openPageStand();
    const response = await stand.browser().post(await linkOf(), {});
    expect(response.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
  });

  test('outlives a restart: nothing of it is in memory', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const cookie = browser.cookie ?? '';
    const options = await stand.house.crash();
    stand = await openPageStand({ house: options });
    const back = stand.browser({ headers: { cookie } });
    expect(await back.reads('/c/demo')).toMatch(/^200/);
  });

  test('of "local" is of this machine: it is nobody from elsewhere', async () => {
    stand = await openPageStand({ url: 'https://crew.example' });
    const browser = await stand.signedIn();
    const headers = { cookie: browser.cookie ?? '' };
    expect((await stand.browser({ from: '10.0.0.9', headers }).get('/c/demo')).status).toBe(302);
    const passedOn = { ...headers, 'x-forwarded-for': '10.0.0.9' };
    expect((await stand.browser({ headers: passedOn }).get('/c/demo')).status).toBe(302);
    expect((await stand.browser({ headers }).get('/c/demo')).status).toBe(200);
  });

  test('ends when its owner signs out, and after a month without a visit', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const other = await stand.signedIn();
    const headers = { cookie: browser.cookie ?? '' };
    await browser.post('/sign-out', {});
    expect((await stand.browser({ headers }).get('/c/demo')).status).toBe(302);
    expect((await other.get('/c/demo')).status).toBe(200);
    await stand.house.pass(31 * 86_400_000);
    expect((await other.get('/c/demo')).status).toBe(302);
  });

  test('is found again when a link of another site was followed: the page asks once more by itself', async () => {
    stand = await openPageStand();
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(await (await stand.browser({ headers }).get('/c/demo')).text()).toContain('http-equiv="refresh"');
  });
});

describe('somebody who came from a chat', () => {
  const slack = (standing: 'member' | 'guest') => {
    const { people, home } = stand.house.services;
    const arrival = { workspace: home.workspace, surface: 'slack', native: 'T1:U1', name: 'Bo', role: null };
    return stand.house.store.transact((tx) => people.arrive(tx, { ...arrival, standing }));
  };

  test('signs in by a link; made a guest there, they are out here, whatever was granted', async () => {
    stand = await openPageStand({ url: 'https://crew.example' });
    const { people, home } = stand.house.services;
    const member = await slack('member');
    const grant = { workspace: home.workspace, actor: 'system', member, channel: '', role: 'admin' } as const;
    await stand.house.store.transact((tx) => people.setRole(tx, grant));
    const { path } = await stand.signIn.link(member);
    const bo = stand.browser({
      from: '10.0.0.9',
      host: 'crew.example',
      origin: 'https://crew.example',
    });
    await bo.post(path, {});
    expect(await bo.reads('/c/demo')).toMatch(/^200 .*Bo/s);

    await slack('guest');
    const role = await stand.house.store.read((tx) => people.roleOf(tx, home.workspace, member, ''));
    expect(role).toBeNull();
    expect((await bo.get('/c/demo')).status).toBe(302);
    expect((await bo.post('/c/demo/say', { text: 'hello', request: 'request-1' })).status).toBe(401);
    await slack('member');
    expect((await bo.get('/c/demo')).status).toBe(200);
  });
});

describe('the token of the page (rule K10)', () => {
  test('admits to look, with the role of a viewer, and never decides', async () => {
    stand = await openPageStand({ token: 'a-long-token-of-the-page' });
    const browser = stand.browser({
      from: '10.0.0.9',
      host: '192.0.2.7:3000',
      origin: 'http://192.0.2.7:3000',
    });
    expect((await browser.post('/sign-in', { token: 'wrong' })).status).toBe(401);
    expect((await browser.post('/sign-in', { token: 'a-long-token-of-the-page' })).status).toBe(303);
    expect(await browser.reads('/c/demo')).toMatch(/^200 .*looks only/s);
    const [room] = await stand.rooms.channels();
    const press = { do: 'approve' as const, gate: 'gate_1', draft: 1 };
    const message = await stand.rooms.post(
      {
        v: 1,
        title: 'Brief',
        tone: 'waiting',
        status: '',
        body: [],
        actions: [{ label: 'Approve', style: 'primary', press }],
        foot: '',
      },
      room?.name ?? '',
      null,
      'card-1',
    );
    const response = await browser.post('/press', { message: message ?? '', press: JSON.stringify(press) });
    expect(response.status).toBe(403);
    expect(
      (await browser.post('/c/demo/say', { text: 'hello', thread: '', request: 'request-2' })).status,
    ).toBe(403);
    const form = await browser.post('/forms', {
      ref: JSON.stringify({ form: 'edit', gate: 'gate_1', draft: 1 }),
      channel: 'demo',
      request: 'request-1',
    });
    expect(form.status).toBe(422);
    expect(stand.handed).toEqual([]);
  });

  test('gives nobody a link, which would outlive it and be more than a look', async () => {
    stand = await openPageStand({ token: 'the-first-token' });
    const browser = stand.browser();
    await browser.post('/sign-in', { token: 'the-first-token' });
    const guest = (await stand.house.rows('accounts')).find(({ native }) => native === 'token');
    await expect(stand.signIn.link(guest?.member_id ?? '')).rejects.toMatchObject({
      code: 'page.looks-only',
    });
    expect(await stand.house.rows('web_links')).toEqual([]);
  });

  test('cannot be guessed in a hurry', async () => {
    stand = await openPageStand({ token: 'a-long-token-of-the-page' });
    const browser = stand.browser();
    for (const _ of Array(10)) await browser.post('/sign-in', { token: 'wrong' });
    expect((await browser.post('/sign-in', { token: 'a-long-token-of-the-page' })).status).toBe(429);
    await stand.house.pass(60_001);
    expect((await browser.post('/sign-in', { token: 'a-long-token-of-the-page' })).status).toBe(303);
  });

  test('when it changes, whoever it admitted is out', async () => {
    stand = await openPageStand({ token: 'the-first-token' });
    const browser = stand.browser();
    await browser.post('/sign-in', { token: 'the-first-token' });
    const headers = { cookie: browser.cookie ?? '' };
    stand = await openPageStand({ token: 'the-second-token', house: await stand.house.crash() });
    expect((await stand.browser({ headers }).get('/c/demo')).status).toBe(302);
  });
});
