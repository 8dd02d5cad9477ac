import { afterEach, expect, test } from 'vitest';
import type { Crew, PromptStep } from '../../src/core/crew.ts';
import type { ProviderName } from '../../src/providers/port.ts';
import { createFetchTool } from '../support/fetch-tool.ts';
import { type House, openHouse } from '../support/house.ts';
import { type Answer, createScripted, losesAnswer, refuses } from '../support/scripted.ts';
import { createSeeded, type Seeded } from '../support/seeded.ts';

let house: House;
afterEach(() => house.end());

const site = 'https://acme.com/';

/** Any crew of prompts: with and without tools and forms, one after the other or side by side. */
function anyCrew(seeded: Seeded, name: string): Crew {
  const agents = {
    writer: { name: 'writer', model: 'smart', tools: [], instructions: 'Write.' },
    reader: { name: 'reader', model: 'fast', tools: ['web.fetch' as const], instructions: 'Read.' },
  };
  const ids = ['a', 'b', 'c'].slice(0, 1 + seeded.upTo(2));
  const steps = ids.map((id, n): PromptStep => {
    const needs = ids.slice(0, n).filter(() => seeded.oneIn(2));
    const agent = seeded.pick(['writer', 'reader'] as const);
    return {
      id,
      kind: 'prompt',
      needs,
      needsAll: false,
      when: null,
      agent,
      prompt: `Do it. ${needs.map((need) => `{{ steps.${need} | json }}`).join(' ')}`,
      read: agent === 'reader' && seeded.oneIn(2) ? site : null,
      output: seeded.oneIn(2) ? { is: 'object', name: null, fields: { text: { is: 'text' } } } : null,
      limits: {
        turns: agent === 'reader' ? 1 + seeded.upTo(3) : 1,
        inputTokens: (agent === 'reader' ? 8_000 : 2_500) + seeded.upTo(10_000),
        outputTokens: 100 + seeded.upTo(7_900),
        searches: 0,
        timeMs: 60_000,
      },
    };
  });
  return { v: 1, name, summary: 'Made for a test.', input: [], agents, steps };
}

/** What the provider does now; it keeps to the limits that it was given, often to the last token. */
function anyAnswer(seeded: Seeded, bounds: { input: number; output: number }, hasTools: boolean): Answer {
  if (seeded.oneIn(9))
    return seeded.pick([losesAnswer(), refuses('overloaded', 500), refuses('rate-limited', 429, 5_000)]);
  const upTo = (most: number) => (seeded.oneIn(2) ? most : seeded.upTo(most));
  const usage = seeded.oneIn(9)
    ? null
    : { inputTokens: upTo(bounds.input), outputTokens: upTo(bounds.output) };
  if (hasTools && !seeded.oneIn(3)) {
    const urls = Array.from({ length: 1 + seeded.upTo(2) }, () => `${site}${seeded.upTo(4)}`);
    return { calls: urls.map((url) => ({ tool: 'web.fetch', arguments: { url } })), usage };
  }
  return seeded.pick<Answer>([
    { json: { text: 'x'.repeat(seeded.upTo(200)) }, usage },
    { json: { text: 'good' }, usage },
    { text: '', usage },
    { text: 'no form', usage },
    { text: 'cut', finish: 'length', usage },
    { cut: 'half', usage },
  ]);
}

const page = (n: number) =>
  [`${site}${n || ''}`, { title: `Page ${n}`, text: `Word ${n}. `.repeat(n * 400) }] as const;

test('within its limits the cap of a run never refuses a call, whatever is answered (rule M3)', {
  timeout: 60_000,
}, async () => {
  let seeded = createSeeded(0);
  const provider = (name: ProviderName) =>
    createScripted(
      (request) => {
        const asked = (async (): Promise<Answer> => {
          const held = (await house.rows('attempts')).findLast(
            (a) => a.state === 'held' && a.model === request.model && a.provider === name,
          );
          if (held === undefined) throw new Error('a call without a hold');
          const bounds = { input: held.input_bound, output: held.output_bound };
          return anyAnswer(seeded, bounds, request.tools.length > 0);
        })();
        return { hold: asked };
      },
      { name },
    );
  house = await openHouse({
    providers: [provider('openai'), provider('anthropic')],
    keys: ['openai', 'anthropic'],
    tools: [createFetchTool(Object.fromEntries([0, 1, 2, 3].map(page)))],
  });
  const seen = { calls: 0, repairs: 0, retries: 0, completed: 0 };
  for (let seed = 1; seed <= 60; seed++) {
    seeded = createSeeded(seed);
    const run = await house.ask(anyCrew(seeded, `crew-${seed}`));
    for (let i = 0; i < 40; i++) {
      const view = await house.view(run);
      expect(view.waiting?.for, `seed ${seed}`).not.toBe('budget');
      const row = (await house.rows('runs')).find((r) => r.id === run);
      expect(row?.cap_used_nano, `seed ${seed}`).toBeLessThanOrEqual(row?.cap_nano ?? 0);
      if (view.status === 'completed') break;
      if (view.status === 'failed') {
        if (seen.retries >= seed) break;
        seen.retries++;
        await house.retry(run, seeded.oneIn(2));
      } else await house.pass(10_000);
    }
    const view = await house.view(run);
    if (view.status === 'completed') seen.completed++;
    const attempts = (await house.rows('attempts')).filter((a) => a.run_id === run);
    seen.calls += attempts.length;
    seen.repairs += attempts.filter((a) => a.purpose === 'repair').length;
    const live = attempts.filter((a) => a.state === 'held');
    expect(live, `seed ${seed}`).toEqual([]);
    // What is left of the cap is what was not paid; a lost answer does not count (rule M3).
    const row = (await house.rows('runs')).find((r) => r.id === run);
    const paid = attempts.filter((a) => a.state === 'settled' || a.state === 'bad-output');
    expect(row?.cap_used_nano, `seed ${seed}`).toBe(paid.reduce((sum, a) => sum + (a.cost_nano ?? 0), 0));
  }
  expect(seen.calls).toBeGreaterThan(150);
  expect(seen.repairs).toBeGreaterThan(20);
  expect(seen.retries).toBeGreaterThan(10);
  expect(seen.completed).toBeGreaterThan(20);
  expect((await house.verify()).ok).toBe(true);
});
