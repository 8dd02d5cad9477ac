import { afterEach, expect, test } from 'vitest';
import { createVirtualClock } from '../../support/clock.ts';
import { crewOf } from '../../support/crew-text.ts';
import { createScripted } from '../../support/scripted.ts';
import { wordsOf } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';

/** The most that a crew may have. */
const steps = 20;
const chain = crewOf(`
name: chain
summary: Many steps, one after the other.
input: { topic: { type: text, label: Topic } }
agents: { writer: { model: smart, instructions: Write., limits: { input: 4000, output: 500, time: 60s } } }
steps:
${Array.from({ length: steps }, (_, i) => `  - s${i}: { agent: writer, prompt: "${i === 0 ? '{{ input.topic }}' : `{{ steps.s${i - 1}.text }}`}", output: { text: text } }`).join('\n')}
`);

let slack: SlackStand;
afterEach(async () => {
  await slack.end();
});

test('a run of as many steps as there may be, told of as it goes, is never asked to wait, and its last card stands within two seconds', async () => {
  const clock = createVirtualClock();
  const provider = createScripted((_, call) => {
    const { promise, resolve } = Promise.withResolvers<{ json: { text: string } }>();
    clock.after(1_200, () => resolve({ json: { text: `words ${call}` } }));
    return { hold: promise };
  });
  const opened = await openSlackStand({ crews: [chain], clock, house: { providers: [provider] } });
  slack = opened;
  await opened.ana.types('chain tea');
  for (let s = 0; s < steps * 2; s++) await slack.pass(1_000);
  const [run] = await slack.house.rows('runs');
  expect(run?.status).toBe('completed');
  const { calls, mistakes } = slack.platform;
  expect(calls.filter(({ error }) => error !== null)).toEqual([]);
  expect(mistakes).toEqual([]);
  const edits = calls.filter(({ method }) => method === 'chat.update');
  expect(edits.length).toBeGreaterThan(12);
  expect(Math.max(...calls.map(({ at }) => at)) - (run?.ended_at ?? 0)).toBeLessThanOrEqual(2_000);
  const own = slack.platform.state.messages.filter((m) => m.isBot);
  expect(wordsOf(own[0]?.blocks ?? [])).toMatch(/^Chain · tea ✔ completed/);
  // In the order of the steps.
  expect(own.slice(1).map((m) => /words \d+/.exec(wordsOf(m.blocks))?.[0])).toEqual(
    Array.from({ length: steps }, (_, i) => `words ${i + 1}`),
  );
});

test('20 runs at once in one channel stay within the rates, too, and every card becomes final', async () => {
  const opened = await openSlackStand();
  slack = opened;
  for (let i = 0; i < 20; i++) await opened.ana.types(`note tea${i}`);
  for (let s = 0; s < 120; s++) await slack.pass(1_000);
  expect(slack.platform.calls.filter(({ error }) => error !== null)).toEqual([]);
  const parents = slack.platform.state.messages.filter((m) => m.isBot && m.thread === null);
  expect(parents).toHaveLength(20);
  for (const { blocks } of parents) expect(wordsOf(blocks)).toContain('waiting for approval');
});
