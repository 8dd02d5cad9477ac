import {
  type Conversation,
  conversationContract,
  conversationCrew,
  conversationProvider,
} from '../../contracts/conversation.ts';
import { cardOf } from '../../support/discord/read.ts';
import { openDiscordStand, sales } from '../../support/discord/stand.ts';
import { botUser, guild } from '../../support/discord/state.ts';

conversationContract('discord', async (): Promise<Conversation> => {
  const stand = await openDiscordStand({
    crews: [conversationCrew],
    house: { providers: [conversationProvider()] },
  });
  const { ana, platform } = stand;
  const { state } = platform;
  const before = ana.told().length;
  const ids = new Map<string, string>();
  /** The same delivery has the same id, which is a snowflake. */
  function idOf(delivery: string): string {
    const id = ids.get(delivery) ?? state.nextId();
    ids.set(delivery, id);
    return id;
  }
  const seen = (channel: string) => state.messages.filter((m) => m.channel === channel && m.only === null);
  return {
    async types(text, delivery) {
      const [word = '', ...rest] = text.split(' ');
      const topic = rest.join(' ').replaceAll(/^'|'$/g, '');
      await ana.chooses(word, rest.length === 0 ? {} : { topic }, { id: idOf(delivery) });
      await stand.pass(5_000);
    },
    async presses(label, delivery) {
      await ana.presses(label, { id: idOf(delivery) });
      await stand.pass(5_000);
    },
    async hearsItself(text) {
      await stand.deliver('MESSAGE_CREATE', {
        ...{ id: state.nextId(), channel_id: sales, guild_id: guild, content: `<@${botUser}> ${text}` },
        author: { id: botUser, username: 'Crewsmith', bot: true },
        mentions: [{ id: botUser }],
        embeds: [],
      });
    },
    channel: async () => seen(sales).map(cardOf),
    thread: async () => seen(stand.thread()).map(cardOf),
    told: async () => ana.told().slice(before).map(cardOf),
    runs: async () => (await stand.house.rows('runs')).length,
    async end() {
      const { mistakes } = platform;
      await stand.end();
      if (mistakes.length > 0 || stand.logged.length > 0)
        throw new Error([...mistakes, ...stand.logged].join('\n'));
    },
  };
});
