import type { Memory } from '../chat/memory.ts';
import type { Clock } from '../clock.ts';
import { forgetMeant, insertMeant, meantBy } from '../store/meant.ts';
import type { Store } from '../store/port.ts';
import { readMeta, writeMeta } from '../store/settings.ts';
import type { Random } from './sealing.ts';

const tokenBytes = 16;
const dayMs = 24 * 60 * 60_000;
/** Of one process, so that a card that is drawn again has the tokens that it had. */
const rememberedMost = 10_000;

/** What surfaces have shown, by tokens: rows, so that a button leads somewhere after any restart. */
export function createMemory(parts: { store: Store; clock: Clock; random: Random }): Memory {
  const { store, clock, random } = parts;
  const tokens = new Map<string, { readonly token: Promise<string>; readonly anewAt: number }>();
  let sweptAt = 0;

  async function insert(meant: string, days: number): Promise<string> {
    const token = random(tokenBytes).toString('base64url');
    const now = clock.now();
    const sweeps = now - sweptAt > dayMs;
    if (sweeps) sweptAt = now;
    await store.transact(async (tx) => {
      if (sweeps) await forgetMeant(tx, now);
      await insertMeant(tx, { token, meant, until: now + days * dayMs });
    });
    return token;
  }

  return {
    async keep(what, days) {
      const meant = JSON.stringify(what);
      const before = tokens.get(meant);
      if (before !== undefined && clock.now() < before.anewAt) return await before.token;
      if (tokens.size >= rememberedMost) tokens.clear();
      const token = insert(meant, days);
      // What is shown late in the time of its token would end soon after.
      tokens.set(meant, { token, anewAt: clock.now() + (days * dayMs) / 2 });
      token.catch(() => tokens.delete(meant));
      return await token;
    },

    async read(token) {
      const row = await store.read((tx) => meantBy(tx, token));
      return row === undefined || row.until <= clock.now() ? null : (JSON.parse(row.meant) as unknown);
    },

    note: async (name) => (await store.read((tx) => readMeta(tx, name))) ?? null,
    setNote: (name, value) => store.transact((tx) => writeMeta(tx, name, value)),
  };
}
