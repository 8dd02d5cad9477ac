import { expect, test } from 'vitest';
import { createLookUp } from '../../../src/chat/discord/look-up.ts';
import { createVirtualClock } from '../../support/clock.ts';

test('what somebody is called in another team’s server is told to those who are in it, too', async () => {
  const people: Record<string, readonly string[]> = { ours: ['ana'], theirs: ['zoe', 'cy'] };
  const { nameOf } = createLookUp({
    seeing: {
      member: async (guild, native) =>
        people[guild]?.includes(native) ? ({ nick: `${native} of ${guild}` } as never) : null,
      sees: async () => false,
    },
    channels: {} as never,
    guilds: () => ['ours', 'theirs'],
    clock: createVirtualClock(),
    fetch: () => Promise.reject(new Error('nothing is fetched')),
    apiUrl: null,
  });
  expect(await nameOf({ person: 'zoe' }, 'ana')).toBeNull();
  expect(await nameOf({ person: 'zoe' }, 'cy')).toBe('zoe of theirs');
  expect(await nameOf({ person: 'ana' }, 'ana')).toBe('ana of ours');
});
