import { afterEach, describe, expect, test } from 'vitest';
import type { Card } from '../../../src/chat/card.ts';
import { type Browser, openPageStand, type PageStand } from '../../support/page.ts';

let stand: PageStand;
afterEach(() => stand.end());

const card = (title: string, more: Partial<Card> = {}): Card => ({
  ...{ v: 1, title, tone: 'working', status: 'running', body: [], actions: [], foot: '' },
  ...more,
});

/** In one session, more than anybody looks at. */
const windowsMost = 30;

interface News {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** What a browser that listens is told. */
async function listening(browser: Browser, headers: Readonly<Record<string, string>> = {}, rev = 0) {
  const response = await browser.get(`/events?rev=${rev}`, headers);
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  const heard: News[] = [];
  let over = false;
  void (async () => {
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      text += new TextDecoder().decode(value);
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) =>
          block
            .split('\n')
            .filter((line) => line.startsWith(`${name}: `))
            .map((line) => line.slice(name.length + 2))
            .join('\n');
        if (block.startsWith(':')) heard.push({ event: 'quiet', id: '', data: block });
        else heard.push({ event: field('event') || 'message', id: field('id'), data: field('data') });
      }
    }
    over = true;
  })();
  await stand.house.clock.settle();
  return {
    status: response.status,
    isOver: () => over,
    titles: () =>
      heard
        .filter(({ event }) => event === 'message')
        .map(({ data }) => (JSON.parse(data) as { says: string }).says.replace('Crewsmith: ', '')),
    events: () => heard.map(({ event }) => event),
    lastData: () => heard.at(-1)?.data ?? '',
    lastId: () => heard.findLast(({ id }) => id !== '')?.id ?? '',
    leave: () => reader.cancel(),
  };
}

const settle = () => stand.house.clock.settle();

describe('a browser that listens', () => {
  test('is told of each message and each change of it, in order', async () => {
    stand = await openPageStand();
    const news = await listening(await stand.signedIn());
    const parent = (await stand.rooms.post(card('Research'), 'demo', null, 'card-1')) ?? '';
    await settle();
    await stand.rooms.post(card('Gather'), 'demo', parent, 'card-2');
    await stand.rooms.edit(card('Research', { status: 'completed' }), parent);
    await settle();
    const titles = news.titles();
    expect([titles[0], titles[1], titles.at(-1)]).toEqual([
      'Research, running',
      'Gather, running',
      'Research, completed',
    ]);
  });

  test('that was away is told what came meanwhile, and nothing twice', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const first = await listening(browser);
    await stand.rooms.post(card('Before'), 'demo', null, 'card-1');
    await settle();
    await first.leave();
    await stand.rooms.post(card('Meanwhile'), 'demo', null, 'card-2');
    const again = await listening(browser, { 'last-event-id': first.lastId() });
    expect(again.titles()).toEqual(['Meanwhile, running']);
  });

  test('is shown a form that took longer than its request waited, and no other session is', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const [own, other] = [await listening(browser), await listening(await stand.signedIn())];
    const held = Promise.withResolvers<void>();
    stand.answers = async (_, answer) => {
      await held.promise;
      const ref = { form: 'edit', gate: 'gate_1', draft: 1 } as const;
      await answer.form({ v: 1, ref, title: 'Edit the draft', says: [], fields: [], submit: 'Save' });
    };
    const sent = browser.post('/c/demo/say', { text: '/crew edit', request: 'request-1', thread: '' });
    await settle();
    await stand.house.clock.advance(700);
    await sent;
    held.resolve();
    await settle();
    expect(own.events()).toContain('form');
    expect(own.lastData()).toMatch(/<dialog.*Edit the draft/s);
    expect(other.events()).not.toContain('form');
  });

  test('that missed very much loads everything anew', async () => {
    stand = await openPageStand();
    for (let i = 0; i < 201; i++) await stand.rooms.post(card(`Card ${i}`), 'demo', null, `card-${i}`);
    const news = await listening(await stand.signedIn());
    expect(news.events()).toEqual(['quiet', 'reload']);
  });

  test('hears nothing of what another member alone sees', async () => {
    stand = await openPageStand();
    const own = await listening(await stand.signedIn());
    const bo = await listening(await stand.pretending('bo'));
    const told = { thread: null, asked: null, member: stand.house.services.home.member, dedupe: 'told-1' };
    const channel = (await stand.rooms.channels())[0]?.id ?? '';
    await stand.rooms.tell({ ...told, channel, card: card('Keys of Acme') });
    await settle();
    expect(own.titles()).toEqual(['Keys of Acme, running']);
    expect(bo.titles()).toEqual([]);
  });

  test('is told to load anew once it is signed out, or acts as somebody else, and hears no more', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const news = await listening(browser);
    await browser.post('/sign-out', {});
    await stand.rooms.post(card('Afterwards'), 'demo', null, 'card-1');
    await settle();
    expect(news.titles()).toEqual([]);
    expect(news.events().at(-1)).toBe('reload');
    expect(news.isOver()).toBe(true);
  });

  test('in more windows than anybody looks at is refused, until one of them is left', async () => {
    stand = await openPageStand();
    const browser = await stand.signedIn();
    const windows = [];
    for (let i = 0; i < windowsMost; i++) windows.push(await listening(browser));
    expect((await browser.get('/events?rev=0')).status).toBe(429);
    const other = await listening(await stand.signedIn());
    expect(other.status).toBe(200);
    await windows[0]?.leave();
    await settle();
    expect((await listening(browser)).status).toBe(200);
  });

  test('hears a line now and then, so that nothing between takes the connection for dead', async () => {
    stand = await openPageStand();
    const news = await listening(await stand.signedIn());
    await stand.house.clock.advance(25_000);
    expect(news.events()).toEqual(['quiet', 'quiet']);
  });
});
