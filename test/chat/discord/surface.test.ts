import { createApi, restOptions } from '../../../src/chat/discord/api.ts';
import { createChannels } from '../../../src/chat/discord/channels.ts';
import { createCustomIds } from '../../../src/chat/discord/custom-ids.ts';
import { createLookUp } from '../../../src/chat/discord/look-up.ts';
import { createSeeing } from '../../../src/chat/discord/seeing.ts';
import { createDiscordSurface, createDraw } from '../../../src/chat/discord/surface.ts';
import { chatContract } from '../../contracts/chat.ts';
import { createVirtualClock } from '../../support/clock.ts';
import { createPlatform } from '../../support/discord/platform.ts';
import { titleOf } from '../../support/discord/read.ts';
import { addChannel, guild, token } from '../../support/discord/state.ts';

chatContract('discord', async () => {
  const clock = createVirtualClock();
  const platform = createPlatform(clock);
  const { state } = platform;
  const { id: channel } = addChannel(state, '600000000000000001', 'sales');
  const api = createApi(token, restOptions(null, platform.request));
  const memory = {
    keep: () => Promise.resolve('token'),
    read: () => Promise.resolve(null),
    note: () => Promise.resolve(null),
    setNote: () => Promise.resolve(),
  };
  const channels = createChannels({ api, memory });
  const seeing = createSeeing({ api, channels, clock });
  const surface = {
    ...createDiscordSurface({
      memory,
      api,
      channels,
      draw: createDraw({
        ids: createCustomIds({ memory, opensForm: () => Promise.resolve(false) }),
        pictures: { draw: () => Promise.resolve(new Uint8Array()) },
      }),
      seeing,
    }),
    ...createLookUp({ seeing, channels, guilds: () => [guild], clock, fetch: platform.fetch, apiUrl: null }),
  };
  return {
    surface,
    channel,
    titles: (thread) =>
      Promise.resolve(
        state.messages
          .filter((m) => m.channel === (thread === null ? channel : thread.split('/')[1]))
          .map(titleOf),
      ),
    end: async () => {},
  };
});
