import { type Giver, inputsContract } from '../contracts/inputs.ts';
import { createFakeChat, wordsOf } from '../support/fake-chat.ts';
import { openHouse } from '../support/house.ts';
import { createRecorder } from '../support/recorder.ts';

inputsContract('the recorder', async ({ provider, crew }): Promise<Giver> => {
  const recorder = createRecorder({ name: 'web' });
  recorder.names.set('bo9', 'Bo');
  recorder.names.set('C9', 'planning');
  const house = await openHouse({ providers: [provider], recorder });
  const chat = createFakeChat(house, [crew]);
  const person = chat.person('local');
  return {
    async gives({ name, content }) {
      recorder.files.set('here', Buffer.from(content));
      const files = [{ field: null, name, from: { address: 'here' } }];
      // Whom and what was never seen here, the surface names.
      await person.types('ask Why? <@bo9> <#C9>', { files });
    },
    channel: 'planning',
    told: async () => person.told.map(wordsOf).join('\n'),
    titles: async () => recorder.messages().flatMap((m) => (m.place.thread === null ? [m.card.title] : [])),
    runs: async () => (await house.rows('runs')).length,
    end: () => house.end(),
  };
});
