import { afterEach, expect, test } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import { createVirtualClock } from '../support/clock.ts';
import { crewOf } from '../support/crew-text.ts';
import { type House, openHouse } from '../support/house.ts';
import { type Answer, createScripted } from '../support/scripted.ts';
import { createSeeded, type Seeded } from '../support/seeded.ts';

const crew = crewOf(`
name: pair
summary: Two calls, sometimes three.
input: { topic: { type: text, label: Topic } }
agents: { writer: { model: smart, instructions: Write., limits: { input: 4000, output: 1000, time: 10m } } }
steps:
  - draft: { agent: writer, prompt: "{{ input.topic }}", output: { text: text } }
  - sum: { agent: writer, prompt: "{{ steps.draft.text }}", output: { text: text } }
`);
const many = 64;

let house: House;
afterEach(() => house.end());

/** A provider with its own books: nano-dollars, at $2 and $10 a million tokens. */
function billingProvider(seeded: Seeded, clock: Clock) {
  const bill = { nano: 0, calls: 0, open: 0, mostOpen: 0 };
  const provider = createScripted(() => {
    bill.open++;
    bill.mostOpen = Math.max(bill.mostOpen, bill.open);
    const inputTokens = seeded.upTo(400);
    const outputTokens = seeded.upTo(1_000);
    const answer: Answer = {
      ...(seeded.oneIn(6) ? { text: 'not the form' } : { json: { text: 'good' } }),
      usage: { inputTokens, outputTokens },
    };
    const { promise, resolve } = Promise.withResolvers<Answer>();
    clock.after(1 + seeded.upTo(20_000), () => {
      bill.nano += inputTokens * 2_000 + outputTokens * 10_000;
      bill.calls++;
      bill.open--;
      resolve(answer);
    });
    return { hold: promise };
  });
  return { provider, bill };
}

/** The order in which rows were made: the part of an id behind its kind. */
const order = (id: string) => id.slice(id.indexOf('_') + 1);

/** Plays holds and charges again, from the rows alone: the most that was held and spent at once, and how many holds. */
async function replay() {
  const attempts = await house.rows('attempts');
  const entries = await house.rows('entries');
  const events = [
    ...attempts.map((a) => ({ at: order(a.id), attempt: a.id, hold: a.hold_nano ?? 0, nano: null })),
    ...entries.map((e) => ({ at: order(e.id), attempt: e.attempt_id, hold: 0, nano: e.nano ?? 0 })),
  ].sort((a, b) => (a.at < b.at ? -1 : 1));
  const live = new Map<string, number>();
  let spent = 0;
  let most = 0;
  let together = 0;
  for (const event of events) {
    if (event.nano === null) {
      live.set(event.attempt, event.hold);
      // The hold fitted when it was taken (rule M4).
      most = Math.max(most, spent + [...live.values()].reduce((sum, nano) => sum + nano, 0));
      together = Math.max(together, live.size);
    } else {
      spent += event.nano;
      live.delete(event.attempt);
    }
  }
  return { spent, most, together, left: live.size };
}

test.each([1, 4711])(
  '64 runs at once share one hard budget, and it is never passed (seed %i)',
  async (seed) => {
    const seeded = createSeeded(seed);
    const clock = createVirtualClock();
    const { provider, bill } = billingProvider(seeded, clock);
    house = await openHouse({ providers: [provider], clock });
    // Less than they would spend together, and no room for all of their holds at once.
    const limit = 600_000_000 + seeded.upTo(50_000_000);
    await house.setBudget(BigInt(limit));

    const runs = await Promise.all(
      Array.from({ length: many }, (_, n) => house.ask(crew, { topic: `topic ${n}` })),
    );
    await house.pass(3_600_000);

    const { spent, most, together, left } = await replay();
    expect(left).toBe(0);
    expect(most).toBeLessThanOrEqual(limit);
    expect(together).toBe(bill.mostOpen);
    expect(together).toBeGreaterThanOrEqual(8);
    // Σ entries is what the provider billed, and what the period says.
    expect(spent).toBe(bill.nano);
    const [budget] = await house.budgets.show(house.services.home.workspace);
    expect(budget).toMatchObject({ limitNano: limit, spentNano: bill.nano, heldNano: 0 });

    const views = await Promise.all(runs.map((run) => house.view(run)));
    const waiting = views.filter((view) => view.status === 'waiting');
    expect(waiting.length).toBeGreaterThan(0);
    expect(views.filter((view) => view.status === 'completed').length).toBeGreaterThan(many / 4);
    expect(views.filter((view) => !['waiting', 'completed', 'failed'].includes(view.status))).toEqual([]);
    expect(views.reduce((sum, view) => sum + (view.costNano ?? 0), 0)).toBe(bill.nano);
    expect(views.flatMap((v) => v.steps.flatMap((s) => s.attempts))).toHaveLength(bill.calls);
    // At the end no waiter would fit.
    const waiters = await house.rows('waiters');
    expect(waiters.map((w) => w.run_id).sort()).toEqual(waiting.map((view) => view.run).sort());
    expect(waiters.length).toBeGreaterThan(0);
    for (const waiter of waiters) expect(bill.nano + waiter.need_nano).toBeGreaterThan(limit);
    expect(await house.verify()).toMatchObject({ ok: true, overruns: [] });

    // With enough money all of them end, and nothing was paid twice.
    await house.budgets.raise({
      workspace: house.services.home.workspace,
      nano: 10_000_000_000n,
      actor: house.services.home.member,
    });
    await house.pass(3_600_000);
    const ends = await Promise.all(runs.map(async (run) => (await house.view(run)).status));
    expect(ends.filter((status) => status !== 'completed' && status !== 'failed')).toEqual([]);
    const paid = (await house.rows('attempts')).map((a) => `${a.run_id} ${a.step} ${a.round} ${a.turn}`);
    expect(new Set(paid).size).toBe(paid.length);
    expect((await replay()).spent).toBe(bill.nano);
    expect((await house.verify()).ok).toBe(true);
  },
);
