import { expect } from 'vitest';
import type { World } from './world.ts';

const over = ['completed', 'rejected', 'failed', 'canceled'];
const sum = (amounts: readonly (number | null)[]) => amounts.reduce<number>((all, n) => all + (n ?? 0), 0);

/** What must hold after every move, from the rows alone. */
export async function check(world: World, after: string): Promise<void> {
  const { house } = world;
  const [attempts, entries, periods, holds, runs, steps, gates, decisions, outbox] = await Promise.all([
    house.rows('attempts'),
    house.rows('entries'),
    house.rows('budget_periods'),
    house.rows('holds'),
    house.rows('runs'),
    house.rows('steps'),
    house.rows('gates'),
    house.rows('decisions'),
    house.rows('outbox'),
  ]);

  // A paid turn is never called again, and is in flight once.
  const turns = attempts
    .filter((a) => a.state !== 'unsent' && a.state !== 'uncertain')
    .map((a) => [a.run_id, a.step, a.round, a.turn].join(' '));
  expect(new Set(turns).size, after).toBe(turns.length);

  // Σ entries is what the provider billed; what was lost stands apart.
  expect(sum(entries.filter((e) => e.uncertain === 0).map((e) => e.nano)), after).toBe(world.billed);
  const atMost = attempts.filter(
    (a) => a.state === 'uncertain' || (a.state === 'settled' && a.output_tokens === null),
  );
  expect(sum(entries.filter((e) => e.uncertain === 1).map((e) => e.nano)), after).toBe(
    sum(
      entries
        .filter((e) => e.uncertain === 1 && attempts.some((a) => a.id === e.attempt_id))
        .map((e) => e.nano),
    ),
  );
  expect(
    atMost.every((a) => a.cost_nano !== null),
    after,
  ).toBe(true);

  // held = Σ live holds; a live hold is of a call in flight.
  for (const period of periods) {
    const live = holds.filter((h) => h.period_id === period.id && h.live === 1);
    expect(period.held_nano, after).toBe(sum(live.map((h) => h.nano)));
    expect(
      live.every((h) => attempts.some((a) => a.id === h.attempt_id && a.state === 'held')),
      after,
    ).toBe(true);
  }

  // Every hold fitted when it was taken; what ends later takes no more than it held.
  for (const hold of holds) {
    const period = periods.find((p) => p.id === hold.period_id);
    const used = (period?.spent_nano ?? 0) + (period?.held_nano ?? 0);
    if (!world.seen.has(hold.attempt_id)) expect(used, after).toBeLessThanOrEqual(period?.limit_nano ?? 0);
  }
  for (const attempt of attempts) world.seen.add(attempt.id);

  // A mark of a call in flight has its call, and the other way round.
  const newest = (s: { run_id: string; step: string; round: number }) =>
    !steps.some((o) => o.run_id === s.run_id && o.step === s.step && o.round > s.round);
  const marked = steps.filter((s) => s.live === 1 && newest(s)).map((s) => `${s.run_id} ${s.step}`);
  const held = attempts.filter((a) => a.state === 'held').map((a) => `${a.run_id} ${a.step}`);
  expect([...new Set(marked)].sort(), after).toEqual([...new Set(held)].sort());

  // One decision a gate and draft; a gate is open exactly while its step waits for one.
  const decided = decisions.map((d) => `${d.gate_id} ${d.draft}`);
  expect(new Set(decided).size, after).toBe(decided.length);
  const waiting = steps
    .filter((s) => s.kind === 'gate' && s.status === 'waiting')
    .map((s) => `${s.run_id} ${s.step}`);
  const open = gates.filter((g) => g.status === 'open').map((g) => `${g.run_id} ${g.step}`);
  expect(open.sort(), after).toEqual(waiting.sort());

  // A finished run is unmoved, and nobody waits for money in its name.
  for (const run of runs) {
    const now = JSON.stringify([run.status, run.failure, run.ended_at]);
    if (!over.includes(run.status))
      expect(world.over.has(run.id), `${after}: ${run.id} is not over any more`).toBe(false);
    else {
      expect(world.over.get(run.id) ?? now, after).toBe(now);
      world.over.set(run.id, now);
    }
    // Only the cap that was said, and what was added to it by a press.
    expect(run.cap_used_nano, after).toBeLessThanOrEqual(run.cap_nano);
    expect(run.cap_used_nano, after).toBeGreaterThanOrEqual(0);
  }
  const waiters = await house.rows('waiters');
  for (const waiter of waiters) {
    const step = steps.findLast((s) => s.run_id === waiter.run_id && s.step === waiter.step);
    expect(step?.waiting_for, after).toBe('budget');
  }

  // Each message once, unless the surface left no way to know.
  const posts = house.recorder.messages().map((seen) => seen.dedupe);
  const doubled = posts.length - new Set(posts).size;
  expect(doubled, after).toBeLessThanOrEqual(outbox.filter((row) => row.duplicate_possible === 1).length);
  expect(house.recorder.mistakes, after).toEqual([]);
}

export async function checkBooks(world: World, after: string): Promise<void> {
  const { checks, overruns } = await world.house.verify();
  const told = checks.filter((c) => !c.ok);
  expect(told, after).toEqual([]);
  expect(overruns, after).toEqual([]);
}
