import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editOf, type OutboxStand, postOf, standOutbox } from '../support/outbox-stand.ts';
import { losesAnswer, losesRequest, type Recorder, refuses } from '../support/recorder.ts';

const weathers = ['fine', 'busy', 'answer lost', 'request lost', 'blind'] as const;
type Weather = (typeof weathers)[number];

type Deed =
  | { readonly do: 'post' | 'edit'; readonly run: number }
  | { readonly do: 'weather'; readonly of: 'post' | 'edit'; readonly weather: Weather }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'crash' };

const run = fc.integer({ min: 1, max: 3 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('post', 'edit'), run }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('weather'),
      of: fc.constantFrom('post', 'edit'),
      weather: fc.constantFrom(...weathers),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(0, 50, 250, 900, 7_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash') }) },
);

function brew(recorder: Recorder, did: 'post' | 'edit', weather: Weather): void {
  if (weather === 'busy') recorder.next(did, refuses({ again: true, retryAfterMs: 400 }));
  if (weather === 'answer lost') recorder.next(did, losesAnswer);
  if (weather === 'request lost') recorder.next(did, losesRequest);
  if (weather === 'blind' && did === 'post') {
    recorder.next('post', losesAnswer);
    recorder.next('find', async () => ({ found: 'unknown' }));
  }
}

/** Does the deeds and lets everything come to rest; what was put comes back. */
async function live(
  on: OutboxStand,
  deeds: readonly Deed[],
): Promise<{ posts: string[][]; last: string[]; duplicatesPossible: number }> {
  const posts: string[][] = [[], [], [], []];
  const last: string[] = [];
  let outbox = on.outbox;
  await outbox.start();
  for (const [i, done] of deeds.entries()) {
    if (done.do === 'weather') brew(on.recorder, done.of, done.weather);
    else if (done.do === 'post') {
      const own = posts[done.run] ?? [];
      const message = own.length === 0 ? 'parent' : `note:${own.length}`;
      own.push(`run_${done.run} ${message}`);
      await on.store.transact((tx) => outbox.put(tx, postOf(`run_${done.run}`, message)));
    } else if (done.do === 'edit') {
      if (posts[done.run]?.length === 0) continue;
      last[done.run] = `run_${done.run} parent, state ${i}`;
      await on.store.transact((tx) =>
        outbox.put(tx, editOf(`run_${done.run}`, 'parent', last[done.run] ?? '')),
      );
    } else if (done.do === 'wait') await on.clock.advance(done.ms);
    else {
      await on.kill();
      outbox = on.another();
      await outbox.start();
    }
  }
  await on.clock.advance(120_000);
  await outbox.idle();
  return { posts, last, duplicatesPossible: await outbox.duplicatesPossible() };
}

test('in any weather and through crashes each post arrives once and in order, and the last state of a card stands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 40 }), async (deeds) => {
      const on = await standOutbox();
      try {
        const { posts, last, duplicatesPossible } = await live(on, deeds);
        const arrived = on.recorder.arrivals.filter((a) => a.did === 'post').map((a) => a.title);
        const copied = new Set(arrived.filter((title, i) => arrived.indexOf(title) !== i));
        expect(copied.size).toBeLessThanOrEqual(duplicatesPossible);
        for (const [n, own] of posts.entries()) {
          const first = arrived.filter(
            (title, i) => title.startsWith(`run_${n} `) && arrived.indexOf(title) === i,
          );
          expect(first).toEqual(own);
          // Of two copies one is the outbox's.
          const shown = on.recorder.messages().filter((m) => m.dedupe === `run_${n}:parent`);
          const state = last[n];
          if (state !== undefined) expect(shown.map((m) => m.card.title)).toContain(state);
        }
        expect(on.failed).toEqual([]);
        expect(on.recorder.mistakes).toEqual([]);
      } finally {
        await on.end();
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);
