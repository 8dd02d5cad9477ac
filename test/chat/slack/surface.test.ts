import { createCharts } from '../../../src/chat/slack/charts.ts';
import { createDirect } from '../../../src/chat/slack/direct.ts';
import { createFeatures } from '../../../src/chat/slack/features.ts';
import { createLookUp } from '../../../src/chat/slack/look-up.ts';
import { createSlackSurface } from '../../../src/chat/slack/surface.ts';
import { createWebApi } from '../../../src/chat/slack/web-api.ts';
import { chatContract } from '../../contracts/chat.ts';
import { createVirtualClock } from '../../support/clock.ts';
import { createPlatform } from '../../support/slack/platform.ts';
import { botUser } from '../../support/slack/state.ts';

const quiet = { warn: () => {}, error: () => {} };

chatContract('slack', async () => {
  const clock = createVirtualClock();
  const platform = createPlatform(clock);
  const { state } = platform;
  state.channels.set('C1', { id: 'C1', name: 'sales', members: new Set([botUser]), archived: false });
  const logger = {
    debug: () => {},
    info: () => {},
    ...quiet,
    setLevel: () => {},
    getLevel: () => 'error' as never,
    setName: () => {},
  };
  const api = createWebApi({ token: state.token, apiUrl: null, clock, fetch: platform.fetch, logger });
  const features = createFeatures(quiet);
  const { token } = state;
  const pictures = { draw: () => Promise.reject(new Error('there is no chart')) };
  const charts = createCharts({ api, features, clock, pictures, log: quiet });
  const direct = createDirect(api);
  const log = quiet;
  const posts = createSlackSurface({ api, features, charts, direct, log, reached: () => Promise.resolve() });
  const { fetch } = platform;
  const surface = {
    ...posts,
    ...createLookUp({ api, features, sees: posts.sees, direct, clock, fetch, token, apiUrl: null }),
  };
  return {
    surface,
    channel: 'C1',
    titles: (thread) =>
      Promise.resolve(
        state.messages
          .filter((m) => m.thread === thread)
          .map(({ blocks: [first] }) => (first?.type === 'header' ? first.text.text : '')),
      ),
    end: async () => {},
  };
});
