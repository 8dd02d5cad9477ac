import type { Card } from '../../../src/chat/card.ts';
import type { Rooms } from '../../../src/chat/rooms.ts';
import { createWebSurface } from '../../../src/chat/web/surface.ts';
import {
  type Conversation,
  conversationContract,
  conversationCrew,
  conversationProvider,
} from '../../contracts/conversation.ts';
import { createFakeChat } from '../../support/fake-chat.ts';
import { openPageStand } from '../../support/page.ts';

conversationContract('the page', async (): Promise<Conversation> => {
  const rooms = Promise.withResolvers<Rooms>();
  const surfaces = new Map([['web' as const, createWebSurface(() => rooms.promise)]]);
  const stand = await openPageStand({
    house: { providers: [conversationProvider()], materials: { surfaces } },
  });
  rooms.resolve(stand.rooms);
  const { desk } = createFakeChat(stand.house, [conversationCrew]);
  stand.answers = async (incoming, answer) => {
    if ('text' in incoming) await desk.command(incoming, answer);
    else if ('press' in incoming) await desk.press(incoming, answer);
  };
  const browser = await stand.signedIn();
  const reader = stand.house.services.home.member;

  async function messages(thread: string | null) {
    const [room] = await stand.rooms.channels();
    const place = { channel: room?.id ?? '', thread, before: null };
    return (await stand.rooms.page(reader, place)).messages;
  }
  const cards = (all: Awaited<ReturnType<typeof messages>>, isPrivate: boolean): Card[] =>
    all.flatMap((m) => (m.isPrivate === isPrivate && m.content.kind === 'card' ? [m.content.card] : []));
  async function everything() {
    const channel = await messages(null);
    const threads = await Promise.all(channel.map((m) => messages(m.id)));
    return [...channel, ...threads.flat()];
  }

  return {
    async types(text, delivery) {
      await browser.post('/c/demo/say', { text: `/crew ${text}`, request: delivery });
      await stand.house.rest();
    },
    async presses(label, delivery) {
      const has = (await everything()).flatMap((message) =>
        message.content.kind === 'card'
          ? message.content.card.actions.map((action) => ({ message, action }))
          : [],
      );
      const found = has.findLast(({ action }) => action.label === label);
      if (found === undefined) throw new Error(`no button ${label}`);
      const press = JSON.stringify(found.action.press);
      await browser.post('/press', { press, message: found.message.id, request: delivery });
      await stand.house.rest();
    },
    // A card of its own is a row here, and nothing that is read is handed on.
    async hearsItself(text) {
      const card: Card = { v: 1, title: text, tone: 'neutral', status: '', body: [], actions: [], foot: '' };
      await stand.rooms.post(card, 'demo', null, 'own');
      await stand.house.rest();
    },
    channel: async () => cards(await messages(null), false),
    thread: async () =>
      cards(
        await messages((await messages(null)).find((m) => !m.isPrivate && m.by === null)?.id ?? ''),
        false,
      ),
    told: async () => cards(await everything(), true),
    runs: async () => (await stand.house.rows('runs')).length,
    end: () => stand.end(),
  };
});
