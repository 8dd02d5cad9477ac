import { nothingElsewhere, type Surface, SurfaceFailure } from '../port.ts';
import type { Rooms } from '../rooms.ts';

/** The page as a surface: its messages are rows, so a post arrives when it is committed, and a doubtful one can be looked up. */
export function createWebSurface(rooms: () => Promise<Pick<Rooms, 'post' | 'edit' | 'find'>>): Surface {
  return {
    name: 'web',
    editEveryMs: 500,

    async post(card, { channel, thread }, dedupe) {
      const id = await (await rooms()).post(card, channel, thread, dedupe);
      if (id === null) throw gone(`There is no channel ${channel}, or no such thread in it.`);
      return id;
    },

    async edit(card, _place, address) {
      if (!(await (await rooms()).edit(card, address))) throw gone('The message is gone.');
    },

    // Who is let in to the page is let in to all of it.
    sees: () => Promise.resolve(true),

    ...nothingElsewhere,

    async find(_place, dedupe) {
      const id = await (await rooms()).find(dedupe);
      return id === null ? { found: 'no' } : { found: 'yes', address: id };
    },
  };
}

const gone = (says: string) => new SurfaceFailure(says, { sent: 'no', again: false });
