import {
  type Conversation,
  conversationContract,
  conversationCrew,
  conversationProvider,
} from '../contracts/conversation.ts';
import { createFakeChat } from '../support/fake-chat.ts';
import { openHouse } from '../support/house.ts';
import { createRecorder } from '../support/recorder.ts';

conversationContract('the recorder', async (): Promise<Conversation> => {
  const recorder = createRecorder({ name: 'web' });
  const house = await openHouse({ providers: [conversationProvider()], recorder });
  const chat = createFakeChat(house, [conversationCrew]);
  const person = chat.person('local');
  const itself = chat.person('Crewsmith', { standing: 'bot' });
  const seen = (thread: string | null) => recorder.messages().filter((m) => m.place.thread === thread);
  return {
    types: (text, dedupe) => person.types(text, { dedupe }),
    async presses(label, dedupe) {
      const actions = recorder.messages().flatMap((m) => m.card.actions);
      const press = actions.findLast((action) => action.label === label)?.press;
      if (press === undefined) throw new Error(`no button ${label}`);
      await person.presses(press, { dedupe });
    },
    hearsItself: (text) => itself.types(text.replace('/crew ', '')),
    channel: async () => seen(null).map((m) => m.card),
    thread: async () => seen(seen(null)[0]?.address ?? '').map((m) => m.card),
    told: async () => person.told,
    runs: async () => (await house.rows('runs')).length,
    end: () => house.end(),
  };
});
