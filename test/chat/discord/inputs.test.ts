import { expect } from 'vitest';
import { type Giver, inputsContract } from '../../contracts/inputs.ts';
import { titleOf, wordsOf } from '../../support/discord/read.ts';
import { openDiscordStand, sales } from '../../support/discord/stand.ts';

inputsContract('discord', async ({ provider, crew }): Promise<Giver> => {
  const discord = await openDiscordStand({ crews: [crew], house: { providers: [provider] } });
  const { ana, bo, platform } = discord;
  const { id: where } = discord.channel('600000000000000009', 'planning');
  const before = ana.told().length;
  return {
    async gives({ name, content }) {
      const notes = ana.uploads(name, content).id;
      await ana.chooses('ask', { question: 'Why?', owner: bo.user.id, where, notes });
      await discord.pass(5_000);
    },
    channel: 'planning',
    told: async () => ana.told().slice(before).map(wordsOf).join('\n'),
    titles: async () =>
      platform.state.messages.filter((m) => m.channel === sales && m.only === null).map(titleOf),
    runs: async () => (await discord.house.rows('runs')).length,
    async end() {
      await discord.end();
      expect([platform.mistakes, discord.logged, discord.chat.errors]).toEqual([[], [], []]);
    },
  };
});
