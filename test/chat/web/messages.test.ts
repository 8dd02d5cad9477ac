import { afterEach, describe, expect, test } from 'vitest';
import type { Card } from '../../../src/chat/card.ts';
import { type Browser, openPageStand, type PageStand } from '../../support/page.ts';

let stand: PageStand;
afterEach(() => stand.end());

const card = (title: string, more: Partial<Card> = {}): Card => ({
  v: 1,
  title,
  tone: 'neutral',
  status: '',
  body: [],
  actions: [],
  foot: '',
  ...more,
});

const approve = { do: 'approve' as const, gate: 'gate_1', draft: 1 };
const withButton = card('Brief', { actions: [{ label: 'Approve', style: 'primary', press: approve }] });
const member = () => stand.house.services.home.member;
const roomId = async () => (await stand.rooms.channels())[0]?.id ?? '';
const say = (browser: Browser, text: string, request: string, thread = '') =>
  browser.post('/c/demo/say', { text, request, thread });

describe('what is said', () => {
  test('stands in the channel under its author, and a thread in its thread alone', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    await say(browser, 'Shall we?', 'request-1');
    const [first] = (await stand.rooms.changes(member(), 0)) ?? [];
    await say(browser, 'Yes.', 'request-2', first?.id);
    const channel = await browser.reads('/c/demo');
    expect(channel).toMatch(/local.*Shall we\?.*1 reply/s);
    expect(channel).not.toContain('Yes.');
    expect(await browser.reads(`/c/demo/t/${first?.id}`)).toMatch(/Shall we\?.*Yes\./s);
  });

  test('is not lost when it was changed after the first sending, of whose arrival the browser never heard', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    await say(browser, 'Shall we?', 'request-1');
    await say(browser, 'Shall we not?', 'request-1');
    const channel = await browser.reads('/c/demo');
    expect(channel).toContain('Shall we?');
    expect(channel).toContain('Shall we not?');
  });

  test('is said once, however often the same form is sent', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    await Promise.all(
      ['request-1', 'request-1', 'request-1'].map((request) => say(browser, 'Once.', request)),
    );
    expect(await stand.rooms.changes(member(), 0)).toHaveLength(1);
  });

  test('is refused when it holds a key, kept nowhere, and not repeated', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const key = `sk-${'a1'.repeat(20)}`;
    const refused = await say(browser, `our key is ${key}`, 'request-1');
    expect(refused.status).toBe(422);
    expect(await refused.text()).not.toContain(key);
    stand.answers = (_, answer) => answer.private(card('Keys are not typed here'));
    await say(browser, `/crew keys add ${key}`, 'request-2');
    expect(JSON.stringify(await stand.house.rows('web_messages'))).not.toContain(key);
    const channel = await browser.post('/channels', { name: key });
    expect([channel.status, (await channel.text()).includes(key)]).toEqual([422, false]);
  });

  test('and typed is in no address, where what passes it on would write it down', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    expect((await browser.get('/complete?words=%2Fcrew')).status).toBe(404);
    const answer = await browser.post('/complete', { words: '/crew ' });
    expect(await answer.json()).toMatchObject([{ words: '/crew research ' }]);
  });

  test('names the one who is called so; who left is nobody, and two of a name stay for the command to ask about', async () => {
    stand = await openPageStand();
    const { people, home } = stand.house.services;
    const comes = (native: string, name: string) =>
      stand.house.store.transact((tx) =>
        people.arrive(tx, {
          ...{ workspace: home.workspace, surface: 'web', native, name },
          ...{ standing: 'member', role: 'member' },
        }),
      );
    const [, first] = [await comes('member:1', 'Bo Li'), await comes('member:2', 'Ana Kim')];
    expect(await stand.signIn.account('Ana Kim')).toBe('member:2');
    expect(await stand.signIn.account('ana')).toBe('member:2');
    await comes('member:3', 'Ana Lee');
    expect(await stand.signIn.account('ana')).toBeNull();
    await stand.house.store.transact((tx) =>
      people.leave(tx, { workspace: home.workspace, actor: 'system', member: first }),
    );
    expect(await stand.signIn.account('ana')).toBe('member:3');
    expect(await stand.signIn.account('Ana Kim')).toBeNull();
  });

  test('is as long as the box lets it be, command or not, and looks up a few names at most', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    for (const text of ['x'.repeat(8_001), `/crew help ${'x'.repeat(8_000)}`])
      expect((await say(browser, text, 'request-1')).status).toBe(422);
    let asked = 0;
    stand.signIn.account = async () => {
      asked++;
      return null;
    };
    const names = Array.from({ length: 1_000 }, (_, i) => `@p${i}`).join(' ');
    await say(browser, `/crew ${names}`, 'request-2');
    expect(asked).toBe(10);
    expect(stand.handed).toMatchObject([{ text: names }]);
  });

  test.each(['message_unknown', 'x\r\nset-cookie: a=b'])(
    'in a thread that is not there, %j, is not handed on: nobody would see what comes of it',
    async (thread) => {
      stand = await openPageStand();
      const browser = await stand.signedIn();
      const asked = await say(browser, '/crew research acme.com', 'request-1', thread);
      const ref = JSON.stringify({ form: 'limit', run: 'run_1', budget: 'budget_1' });
      const sent = await browser.post('/forms', { ref, channel: 'demo', request: 'request-2', thread });
      expect([asked.status, sent.status, stand.handed, stand.errors]).toEqual([422, 422, [], []]);
    },
  );

  test('with a slash that is no command is not sent, and the right one is named', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const refused = await say(browser, '/research acme.com', 'request-1');
    expect([refused.status, await refused.text()]).toEqual([
      422,
      'Commands begin with /crew here. Did you mean /crew research?',
    ]);
    expect(stand.handed).toEqual([]);
  });

  test('in a channel that is not there, or a thread of another channel, is refused', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    expect(
      (await browser.post('/c/nowhere/say', { text: 'x', request: 'request-1', thread: '' })).status,
    ).toBe(422);
    await stand.rooms.addChannel('other');
    await say(browser, 'Here', 'request-2');
    const [first] = (await stand.rooms.changes(member(), 0)) ?? [];
    const crossed = await browser.post('/c/other/say', {
      text: 'x',
      request: 'request-3',
      thread: first?.id ?? '',
    });
    expect(crossed.status).toBe(422);
  });
});

describe('a command', () => {
  test('is handed on with who, where and the words after /crew, people by their accounts', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    await browser.post('/pretend', {});
    await say(browser, '/crew access grant @bo approver --x "a b"', 'request-1');
    expect(stand.handed).toMatchObject([
      {
        sender: {
          surface: 'web',
          team: 'local',
          native: 'local',
          name: 'local',
          standing: 'member',
          teamRoles: [],
        },
        spot: { channel: 'demo', channelName: 'demo', thread: null, direct: false },
        text: 'access grant <@pretend:bo> approver --x "a b"',
      },
    ]);
  });

  test('sent twice carries the same id, so that it is done once; another browser has ids of its own', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    await say(browser, '/crew list', 'request-1');
    await say(browser, '/crew list', 'request-1');
    await say(await stand.signedIn(), '/crew list', 'request-1');
    const ids = stand.handed.map(({ dedupe }) => dedupe);
    expect(new Set(ids.slice(0, 2)).size).toBe(1);
    expect(new Set(ids).size).toBe(2);
  });

  test('changed after the first sending is another one', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    await say(browser, '/crew list', 'request-1');
    await say(browser, '/crew runs', 'request-1');
    expect(stand.handed).toMatchObject([{ text: 'list' }, { text: 'runs' }]);
    expect(new Set(stand.handed.map(({ dedupe }) => dedupe)).size).toBe(2);
  });

  test('is answered where only its asker sees it: not another member, and nobody in the news', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    stand.answers = (_, answer) => answer.private(card('Keys of Acme'));
    await say(browser, '/crew keys', 'request-1');
    expect(await browser.reads('/c/demo')).toMatch(
      /Only you see this.*You asked.*\/crew keys.*Keys of Acme/s,
    );
    const bo = await stand.pretending('bo');
    expect(await bo.reads('/c/demo')).not.toContain('Keys of Acme');
    const [answered] = (await stand.rooms.changes(member(), 0)) ?? [];
    expect((await bo.get(`/c/demo/t/${answered?.id}`)).status).toBe(404);
    expect(
      (await bo.post('/press', { message: answered?.id ?? '', press: JSON.stringify(approve) })).status,
    ).toBe(422);
    await bo.post('/put-away', { message: answered?.id ?? '' });
    expect(await browser.reads('/c/demo')).toContain('Keys of Acme');
    await browser.post('/put-away', { message: answered?.id ?? '' });
    expect(await browser.reads('/c/demo')).not.toContain('Keys of Acme');
  });

  test('that opens a form shows it in the page, or as a page to a browser without a script', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    stand.answers = (_, answer) =>
      answer.form({
        v: 1,
        ref: { form: 'crew', crew: 'research', request: 'request_1', mark: 'mark_1' },
        title: 'Research',
        says: ['At most $1.80.'],
        fields: [
          {
            name: 'company',
            label: 'Company',
            hint: 'acme.com',
            required: true,
            value: '',
            most: 200,
            input: { type: 'address' },
          },
        ],
        submit: 'Start',
      });
    const script = { 'hx-request': 'true' };
    const part = await browser.post(
      '/c/demo/say',
      { text: '/crew research', request: 'request-1', thread: '' },
      script,
    );
    expect(part.headers.get('hx-retarget')).toBe('#modal');
    expect(await part.text()).toMatch(/^<dialog.*At most \$1\.80\..*name="value:company" maxlength="200"/s);
    const whole = await say(browser, '/crew research', 'request-2');
    expect(await whole.text()).toMatch(/^<!doctype html>.*<dialog.*Start/s);
  });

  test('that takes long is answered with what comes later, as news', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const held = Promise.withResolvers<void>();
    stand.answers = async (_, answer) => {
      await held.promise;
      await answer.private(card('Done at last'));
    };
    const sent = say(browser, '/crew keys test', 'request-1');
    await stand.house.clock.settle();
    await stand.house.clock.advance(700);
    expect((await sent).status).toBe(303);
    held.resolve();
    await stand.house.clock.settle();
    expect(await browser.reads('/c/demo')).toContain('Done at last');
  });
});

describe('a button', () => {
  test('hands on what it means, and where its card stands', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const parent = await stand.rooms.post(card('Research'), 'demo', null, 'card-1');
    const gate = await stand.rooms.post(withButton, 'demo', parent, 'card-2');
    await browser.post('/press', { message: gate ?? '', press: JSON.stringify(approve) });
    expect(stand.handed).toMatchObject([{ press: approve, spot: { channel: 'demo', thread: parent } }]);
  });

  test('on a private card has its answer in the place of that card', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    await stand.rooms.tell({
      channel: await roomId(),
      thread: null,
      member: member(),
      asked: '/crew keys revoke',
      card: card('Revoke openai?', {
        actions: [{ label: 'Cancel', style: 'plain', press: { do: 'cancel' } }],
      }),
      dedupe: 'told-1',
    });
    const [told] = (await stand.rooms.changes(member(), 0)) ?? [];
    stand.answers = (_, answer) => answer.private(card('Nothing was revoked'));
    await browser.post('/press', { message: told?.id ?? '', press: JSON.stringify({ do: 'cancel' }) });
    const page = await browser.reads('/c/demo');
    expect(page).toContain('Nothing was revoked');
    expect(page).not.toContain('Revoke openai?');
  });

  test.each([
    '{"do":"approve"}',
    '{"do":"launch"}',
    'nothing',
    '[]',
    `{"do":"say","words":"${'x'.repeat(9_000)}"}`,
  ])('that says %s is none of ours', async (press) => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const message = await stand.rooms.post(withButton, 'demo', null, 'card-1');
    expect((await browser.post('/press', { message: message ?? '', press })).status).toBe(422);
    expect(stand.handed).toEqual([]);
  });
});

describe('a form', () => {
  const ref = JSON.stringify({ form: 'changes', gate: 'gate_1', draft: 1 });
  const sent = {
    ref,
    channel: 'demo',
    thread: '',
    request: 'request-1',
    'value:comment': 'shorter,\r\nplease',
  };

  test('hands on what was typed, line ends as they are meant', async () => {
    stand = await openPageStand();
    await (await stand.signedIn()).post('/forms', sent);
    expect(stand.handed).toMatchObject([
      { form: { form: 'changes', gate: 'gate_1', draft: 1 }, values: { comment: 'shorter,\nplease' } },
    ]);
  });

  test('that is refused stays open: the sentence is put beside what was typed, which is not touched', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    stand.outcome = {
      form: 'stays',
      says: 'This draft was decided <meanwhile>.',
      fields: { comment: 'Too long.' },
    };
    const stays = await browser.post('/forms', sent, { 'hx-request': 'true' });
    expect(stays.headers.get('hx-reswap')).toBe('none');
    const part = await stays.text();
    expect(part).toMatch(/id="form-notice" hx-swap-oob="true">This draft was decided &lt;meanwhile&gt;\./);
    expect(part).toMatch(/id="field-comment-wrong" hx-swap-oob="true">Too long\./);
    expect(part).not.toMatch(/<textarea|<input/);
  });

  test('sent twice carries the same id', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    await Promise.all([browser.post('/forms', sent), browser.post('/forms', sent)]);
    expect(new Set(stand.handed.map(({ dedupe }) => dedupe)).size).toBe(1);
  });
});

describe('a card for one person alone', () => {
  test('is seen by them and by nobody else', async () => {
    stand = await openPageStand();
    const [browser, bo] = [await stand.signedIn(), await stand.pretending('bo')];
    expect(await stand.rooms.post(card('For Bo'), '@pretend:bo', null, 'card-1')).not.toBeNull();
    expect(await bo.reads('/c/demo')).toContain('For Bo');
    expect(await browser.reads('/c/demo')).not.toContain('For Bo');
  });
});
