import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { totalsOf } from '../../src/chat/chart.ts';
import { boundsOf } from '../../src/core/budget.ts';
import { newestDigestAt } from '../../src/core/weeks.ts';
import type { Store } from '../../src/store/port.ts';
import { type Books, openBooks } from '../support/books.ts';
import { createVirtualClock } from '../support/clock.ts';
import { chartIn, fieldIn, standOn } from '../support/digest-stand.ts';

const hourMs = 3_600_000;
const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'] as const;
/** A Monday; clocks are set in these zones within the weeks after. */
const begin = Date.parse('2026-09-21T20:00Z');

/** Digests on any store: sums are the ledger's, and two processes send one. */
export function digestContract(name: string, open: () => Promise<{ store: Store; end(): Promise<void> }>) {
  describe(`digests on ${name}`, () => {
    let books: Books;
    let end: () => Promise<void>;
    beforeAll(async () => {
      const opened = await open();
      end = opened.end;
      books = await openBooks(opened.store, createVirtualClock(begin));
    });
    afterAll(() => end());

    test('their sums are those of the ledger, whatever was paid when, in every zone', async () => {
      const call = fc.record({
        at: fc.integer({ min: 0, max: 8 * 7 * 24 * 4 - 1 }).map((quarter) => begin + quarter * 900_000),
        off: fc.integer({ min: 0, max: 899_999 }),
        nano: fc.integer({ min: 1, max: 5_000_000_000 }),
        channel: fc.constantFrom(0 as const, 1 as const),
        crew: fc.constantFrom('research', 'lead', 'draft', 'a', 'b', 'c', 'd'),
        ends: fc.constantFrom('paid', 'paid', 'paid', 'lost', 'unpriced'),
      });
      const calls = fc.array(call, { minLength: 1, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(calls, fc.constantFrom(...zones), async (made, zone) => {
          const { clock } = books;
          clock.step(begin - clock.now());
          const own = await books.another();
          const on = standOn(own);
          await on.set('zone', zone);
          await on.set('digest-channel', own.channels[0]);
          for (const one of made.toSorted((a, b) => a.at + a.off - b.at - b.off)) {
            clock.step(one.at + one.off - clock.now());
            const where = { channel: own.channels[one.channel], crew: one.crew };
            const id = await own.hold(where, one.ends === 'unpriced' ? null : one.nano);
            if (one.ends === 'lost') await own.lapse(id ?? '');
            else await own.settle(id ?? '', one.nano);
          }
          const process = on.process();
          const entries = await own.all('entries');
          for (let week = 0; week < 9; week++) {
            clock.step(
              newestDigestAt(begin + (week + 1) * 7 * 24 * hourMs + 20 * hourMs, zone) - clock.now(),
            );
            await process.digests.tick();
            const { startsAt: to } = boundsOf('week', clock.now(), zone);
            const { startsAt: from } = boundsOf('week', to - 1, zone);
            const due = entries.filter((entry) => entry.at >= from && entry.at < to);
            const sum = (uncertain: 0 | 1) =>
              due.filter((e) => e.uncertain === uncertain).reduce((all, e) => all + (e.nano ?? 0), 0);
            const card = await on.newestPut();
            const chart = chartIn(card);
            const charted = chart === undefined ? 0 : totalsOf(chart).reduce((all, nano) => all + nano, 0);
            expect(charted).toBe(sum(0));
            const days = chart?.labels ?? [];
            for (const [i] of days.entries()) {
              const day = boundsOf('day', from, zone);
              let { startsAt, endsAt } = day;
              for (let n = 0; n < i; n++) ({ startsAt, endsAt } = boundsOf('day', endsAt ?? 0, zone));
              const ofDay = due.filter((e) => e.uncertain === 0 && e.at >= startsAt && e.at < (endsAt ?? 0));
              expect(chart && totalsOf(chart)[i]).toBe(ofDay.reduce((all, e) => all + (e.nano ?? 0), 0));
            }
            const inexact = fieldIn(card, 'Not exact') ?? '';
            expect(inexact.includes('answer was lost')).toBe(sum(1) > 0);
            expect(inexact.includes('unpriced')).toBe(due.some((entry) => entry.nano === null));
          }
          // Else the next ones would look after this one, too.
          await on.set('digest-channel', 'off');
        }),
        { numRuns: name === 'SQLite' ? 8 : 3 },
      );
    });

    test('of two processes that look at once, one sends (rule Q5)', async () => {
      const { clock } = books;
      clock.step(begin - clock.now());
      const on = standOn(await books.another());
      await on.set('digest-channel', on.books.channels[0]);
      const processes = [on.process(), on.process()];
      for (const week of [1, 2, 3]) {
        clock.step(newestDigestAt(begin + week * 7 * 24 * hourMs + 20 * hourMs, 'UTC') - clock.now());
        await Promise.all(processes.map(({ digests }) => digests.tick()));
        expect(await on.put()).toHaveLength(week);
      }
      expect(on.warnings).toEqual([]);
      const periods = (await on.rows()).filter((row) => row.workspace_id === on.books.workspace);
      expect(periods).toHaveLength(3);
    });
  });
}
