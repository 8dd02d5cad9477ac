import { afterEach, expect, test } from 'vitest';
import { isOver } from '../../src/core/run.ts';
import type { Job } from '../../src/queue/port.ts';
import { noteCrew } from '../support/crews.ts';
import { type House, openHouse } from '../support/house.ts';
import { createScripted } from '../support/scripted.ts';

let house: House;
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  await house.end();
});

/** Looks at steps and gate of a run as if each were due now. */
async function hint(run: string): Promise<void> {
  const { store, services, clock } = house;
  const [row] = (await house.rows('runs')).filter(({ id }) => id === run);
  const gates = (await house.rows('gates')).filter((gate) => gate.run_id === run);
  const steps = (await house.view(run)).steps.map(({ id }) => id);
  const about: Pick<Job, 'kind' | 'payload'>[] = [
    ...steps.map((step) => ({ kind: 'step' as const, payload: { step } })),
    ...gates.map(({ id, draft }) => ({ kind: 'gate' as const, payload: { gate: id, draft } })),
  ];
  await store.transact(async (tx) => {
    for (const { kind, payload } of about) {
      const job = { workspace: row?.workspace_id ?? '', kind, run, payload, dueAt: clock.now() };
      await services.queue.enqueue(tx, job);
    }
  });
  await house.rest();
}

/** All that a job could have changed. */
const state = async () => ({
  runs: await house.rows('runs'),
  steps: await house.rows('steps'),
  attempts: await house.rows('attempts'),
  gates: await house.rows('gates'),
  entries: await house.rows('entries'),
  outbox: await house.rows('outbox'),
});

test('a job that comes once more or too early finds that nothing is due, and changes nothing (rule Q1)', async () => {
  const provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  house = await openHouse({ providers: [provider] });
  const run = await house.ask(noteCrew, { topic: 'tea' });
  const decisions = ['approve', null] as const;
  for (const decision of decisions) {
    await house.pass(60_000);
    const before = await state();
    await hint(run);
    await hint(run);
    expect(await state()).toEqual(before);
    if (decision !== null) await house.decide(run, decision);
  }
  expect(isOver((await house.view(run)).status)).toBe(true);
  expect(provider.requests).toHaveLength(2);
  // What stays is to come: the reminder of the gate, and its expiry.
  expect((await house.rows('jobs')).filter((job) => job.due_at <= house.clock.now())).toEqual([]);
});

test('a job that comes during a call does not make it once more (rule Q1)', async () => {
  const { promise, resolve } = Promise.withResolvers<{ readonly json: { readonly text: string } }>();
  const provider = createScripted((_, call) =>
    call === 1 ? { hold: promise } : { json: { text: 'polished' } },
  );
  house = await openHouse({ providers: [provider] });
  const run = await house.ask(noteCrew, { topic: 'tea' });
  expect(provider.requests).toHaveLength(1);
  await hint(run);
  expect(provider.requests).toHaveLength(1);
  resolve({ json: { text: 'words' } });
  await house.rest();
  expect((await house.view(run)).status).toBe('waiting');
  expect(provider.requests).toHaveLength(2);
});
