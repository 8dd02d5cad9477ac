import { afterEach, beforeEach, expect, test } from 'vitest';
import { crewOf } from '../support/crew-text.ts';
import { noteCrew } from '../support/crews.ts';
import { type House, openHouse } from '../support/house.ts';
import { refuses } from '../support/recorder.ts';
import { createScripted } from '../support/scripted.ts';

let house: House;

beforeEach(async () => {
  house = await openHouse({
    providers: [createScripted((_, call) => ({ json: { text: `words ${call}` } }))],
  });
});
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect(house.recorder.mistakes).toEqual([]);
  await house.end();
});

const delivered = (run: string) =>
  house
    .messages(run)
    .filter((seen) => seen.dedupe.includes(':delivery:'))
    .map((seen) => JSON.stringify(seen.card.body).match(/words \d/)?.[0]);

/** The surface takes no post for half a minute. */
const down = () => house.recorder.next('post', refuses({ again: true, retryAfterMs: 30_000 }));

test('a delivery that was given up is sent when its run is retried', async () => {
  const run = await house.ask(noteCrew, { topic: 'tea' });
  house.recorder.next('post', refuses({ again: false }));
  await house.decide(run, 'approve');
  expect(await house.view(run)).toMatchObject({ status: 'failed', failure: { code: 'delivery.failed' } });

  await house.retry(run);
  expect((await house.view(run)).status).toBe('completed');
  expect(delivered(run)).toEqual(['words 2']);
});

test('a delivery that waits for its surface does not go out once its run is stopped, and does when that is retried', async () => {
  const run = await house.ask(noteCrew, { topic: 'tea' });
  down();
  await house.decide(run, 'approve');
  await house.stop(run);
  await house.pass(60_000);
  expect((await house.view(run)).status).toBe('canceled');
  expect(delivered(run)).toEqual([]);

  await house.retry(run);
  expect((await house.view(run)).status).toBe('completed');
  expect(delivered(run)).toEqual(['words 2']);
});

test('a run that is approved and stopped in the same moment delivers nothing', async () => {
  const run = await house.ask(noteCrew, { topic: 'tea' });
  const { waiting } = await house.view(run);
  const { workspace, member } = house.services.home;
  const press = { workspace, gate: waiting?.gate ?? '', draft: 1, member, surface: 'terminal' as const };
  await Promise.all([
    house.services.gates.decide({ ...press, decision: { do: 'approve' } }),
    house.services.runs.stop(workspace, run),
  ]);
  await house.pass(5_000);
  expect((await house.view(run)).status).toBe('canceled');
  expect(delivered(run)).toEqual([]);
});

test('a draft that waits for its surface does not go out once another gate asks for changes of it', async () => {
  const twoGates = crewOf(`
name: two
summary: One text, shown at two gates.
agents:
  writer: { model: smart, instructions: Write., limits: { input: 4000, output: 500 } }
steps:
  - draft: { agent: writer, prompt: Write., output: { text: text } }
  - ours: { gate: { shows: draft.text } }
  - theirs: { gate: { shows: draft.text } }
  - publish: { deliver: channel, approved: ours }
`);
  const run = await house.ask(twoGates);
  const { workspace, member } = house.services.home;
  const gates = await house.rows('gates');
  const press = (step: string, draft: number) => ({
    ...{ workspace, member, surface: 'terminal' as const, draft },
    gate: gates.find((gate) => gate.step === step)?.id ?? '',
  });
  down();
  await house.services.gates.decide({ ...press('ours', 1), decision: { do: 'approve' } });
  await house.rest();
  await house.services.gates.decide({ ...press('theirs', 1), decision: { do: 'changes', comment: 'More.' } });
  await house.pass(60_000);
  expect(delivered(run)).toEqual([]);

  await house.services.gates.decide({ ...press('ours', 2), decision: { do: 'approve' } });
  await house.pass(5_000);
  expect(delivered(run)).toEqual(['words 2']);
});
