import { afterEach, expect, test } from 'vitest';
import { most } from '../../../src/core/crew-words.ts';
import { createVirtualClock } from '../../support/clock.ts';
import { crewOf } from '../../support/crew-text.ts';
import { createFetchTool } from '../../support/fetch-tool.ts';
import { type Answer, createScripted } from '../../support/scripted.ts';
import { wordsOf } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';

/** The most that a crew may have. */
const { steps } = most;
/** Each reads so many pages before it writes, and each call is told of in the run's card. */
const pages = 3;
const callMs = 700;
const chain = crewOf(`
name: chain
summary: Many steps, one after the other.
input: { topic: { type: text, label: Topic } }
agents: { writer: { model: smart, instructions: Write., tools: [web.fetch], limits: { turns: 5, input: 4000, output: 500, time: 60s } } }
steps:
${Array.from({ length: steps }, (_, i) => `  - s${i}: { agent: writer, prompt: "${i === 0 ? '{{ input.topic }}' : `{{ steps.s${i - 1} }}`}" }`).join('\n')}
`);

let slack: SlackStand;
afterEach(async () => {
  await slack.end();
});

test('a run of as many steps as there may be, chatty for over a minute, is never asked to wait, and its last card stands within two seconds', async () => {
  const clock = createVirtualClock();
  const provider = createScripted((_, call) => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const reads = call % (pages + 1) > 0;
    const answer: Answer = reads
      ? { calls: [{ tool: 'web.fetch', arguments: { url: 'https://acme.com/' } }] }
      : { text: `words ${call / (pages + 1)}` };
    clock.after(callMs, () => resolve(answer));
    return { hold: promise };
  });
  const tools = [createFetchTool({ 'https://acme.com/': { text: 'Acme makes anvils.' } })];
  const opened = await openSlackStand({ crews: [chain], clock, house: { providers: [provider], tools } });
  slack = opened;
  await opened.ana.types('chain tea');
  const began = clock.now();
  for (let s = 0; s < (steps * (pages + 1) * callMs) / 1_000 + 10; s++) await slack.pass(1_000);
  const [run] = await slack.house.rows('runs');
  expect(run?.status).toBe('completed');
  expect((run?.ended_at ?? 0) - began).toBeGreaterThan(60_000);
  const { calls, mistakes } = slack.platform;
  expect(calls.filter(({ error }) => error !== null)).toEqual([]);
  expect(mistakes).toEqual([]);
  // As chatty as it may be: one edit each 1.5 seconds.
  const edits = calls.filter(({ method }) => method === 'chat.update');
  expect(edits.length).toBeGreaterThan(50);
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
