import { expect } from 'vitest';
import { type Giver, inputsContract } from '../../contracts/inputs.ts';
import { openSlackStand } from '../../support/slack/stand.ts';

inputsContract('slack', async ({ provider, crew }): Promise<Giver> => {
  const slack = await openSlackStand({ crews: [crew], house: { providers: [provider] } });
  const before = slack.ana.told.length;
  return {
    async gives({ name, content }) {
      await slack.ana.mentions('ask Why? @Bo #empty', { files: [slack.ana.shares(name, content)] });
      await slack.pass(5_000);
    },
    channel: 'empty',
    told: async () => slack.ana.told.slice(before).join('\n'),
    titles: async () =>
      slack.platform.state.messages.flatMap(({ isBot, thread, blocks: [first] }) =>
        isBot && thread === null && first?.type === 'header' ? [first.text.text] : [],
      ),
    runs: async () => (await slack.house.rows('runs')).length,
    async end() {
      const { platform, logged, chat } = slack;
      await slack.end();
      expect([platform.mistakes, logged, chat.errors]).toEqual([[], [], []]);
    },
  };
});
