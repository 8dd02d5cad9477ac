import { createWebSurface } from '../../../src/chat/web/surface.ts';
import { chatContract } from '../../contracts/chat.ts';
import { openPageStand } from '../../support/page.ts';

chatContract('the page', async () => {
  const stand = await openPageStand();
  const reader = stand.house.services.home.member;
  const [room] = await stand.rooms.channels();
  return {
    surface: createWebSurface(async () => stand.rooms),
    channel: 'demo',
    async titles(thread) {
      const place = { channel: room?.id ?? '', thread, before: null };
      const { messages } = await stand.rooms.page(reader, place);
      return messages.map(({ content }) => (content.kind === 'card' ? content.card.title : content.text));
    },
    end: () => stand.end(),
  };
});
