import { SurfaceFailure } from '../port.ts';
import { userOf } from './blocks.ts';
import type { WebApi } from './web-api.ts';

/** Our conversations with single people. Each has one, which stays the same. */
export interface Direct {
  /** Opens it where it is not open yet. Throws `SurfaceFailure`. */
  with(native: string, how?: 'prompt'): Promise<string>;
}

const rememberedMost = 5_000;

export function createDirect(api: WebApi): Direct {
  const known = new Map<string, string>();
  return {
    async with(native, how) {
      const user = userOf(native);
      const before = known.get(user);
      if (before !== undefined) return before;
      const open = () =>
        api.call('conversations.open', null, (client) => client.conversations.open({ users: user }), how);
      const id = (await open()).channel?.id;
      if (id === undefined)
        throw new SurfaceFailure('Slack opened no conversation.', { sent: 'no', again: false });
      if (known.size >= rememberedMost) known.clear();
      known.set(user, id);
      return id;
    },
  };
}
