import { chatContract } from '../contracts/chat.ts';
import { createRecorder, type Seen } from './recorder.ts';
import { createRecorderClient, startRecorder } from './recorder-client.ts';

const titlesIn = (messages: readonly Seen[], thread: string | null) =>
  messages.filter((m) => m.place.thread === thread).map((m) => m.card.title);

chatContract('the recorder', async () => {
  const surface = createRecorder();
  return {
    surface,
    channel: 'sales',
    titles: async (thread) => titlesIn(surface.messages(), thread),
    end: async () => {},
  };
});

chatContract('the recorder process', async () => {
  const recorder = await startRecorder();
  return {
    surface: createRecorderClient(recorder.url),
    channel: 'sales',
    titles: async (thread) => titlesIn((await recorder.all()).messages, thread),
    end: recorder.end,
  };
});
