import { expect } from 'vitest';
import type { Rooms } from '../../../src/chat/rooms.ts';
import { createWebSurface } from '../../../src/chat/web/surface.ts';
import { type Giver, inputsContract } from '../../contracts/inputs.ts';
import { createFakeChat, wordsOf } from '../../support/fake-chat.ts';
import { openPageStand } from '../../support/page.ts';

inputsContract('the page', async ({ provider, crew }): Promise<Giver> => {
  const rooms = Promise.withResolvers<Rooms>();
  const surfaces = new Map([['web' as const, createWebSurface(() => rooms.promise)]]);
  const stand = await openPageStand({ house: { providers: [provider], materials: { surfaces } } });
  rooms.resolve(stand.rooms);
  const chat = createFakeChat(stand.house, [crew]);
  stand.parts.desk.command = chat.desk.command;
  stand.parts.desk.submit = chat.desk.submit;
  // Bo has been here before, so the form offers them.
  await chat.person('Bo').types('version');
  const browser = await stand.signedIn();
  const reader = stand.house.services.home.member;
  let stayed = '';
  async function cards(isPrivate: boolean) {
    const [room] = await stand.rooms.channels();
    const place = { channel: room?.id ?? '', thread: null, before: null };
    const { messages } = await stand.rooms.page(reader, place);
    return messages.flatMap((m) =>
      m.isPrivate === isPrivate && m.content.kind === 'card' ? [m.content.card] : [],
    );
  }
  return {
    async gives({ name, content }) {
      const opened = await browser.post('/c/demo/say', { text: '/crew ask Why?', request: 'request-1' });
      const form = await opened.text();
      const hidden = (field: string) =>
        new RegExp(`name="${field}" value="([^"]*)"`).exec(form)?.[1]?.replaceAll('&quot;', '"') ?? '';
      const choice = (label: string) =>
        new RegExp(`value="([^"]*)" [^>]*>${label}</option>`)
          .exec(form)?.[1]
          ?.replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>') ?? '';
      const answered = await browser.post('/forms', {
        ...Object.fromEntries(['request', 'channel', 'thread', 'ref'].map((field) => [field, hidden(field)])),
        'value:question': 'Why?',
        'value:owner': choice('Bo'),
        'value:where': choice('#demo'),
        'file:notes': new File([Buffer.from(content)], name),
      });
      await stand.house.rest();
      stayed = answered.status === 422 ? await answered.text() : '';
    },
    channel: 'demo',
    told: async () => [stayed, ...(await cards(true)).map(wordsOf)].join(''),
    titles: async () => (await cards(false)).map((card) => card.title),
    runs: async () => (await stand.house.rows('runs')).length,
    async end() {
      await stand.end();
      expect([stand.errors, chat.errors]).toEqual([[], []]);
    },
  };
});
