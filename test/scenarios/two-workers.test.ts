import { afterEach, expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import type { ModelRequest } from '../../src/providers/port.ts';
import type { Tool } from '../../src/tools/port.ts';
import { crewOf } from '../support/crew-text.ts';
import { type House, openHouse } from '../support/house.ts';
import { createScripted } from '../support/scripted.ts';

let house: House;
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  await house.end();
});

const digger = crewOf(`
name: digger
summary: Reads, then reads on.
input:
  topic: { type: text, label: Topic }
agents:
  digger: { model: smart, tools: [web.fetch], instructions: Dig., limits: { turns: 4, input: 8000, output: 500, time: 10m } }
steps:
  - dig: { agent: digger, prompt: "About {{ input.topic }}" }
`);

/** A reader whose pages come when the test lets them. */
function slowReader() {
  const waiting: { readonly url: string; readonly come: () => void }[] = [];
  const parameters = { type: 'object', properties: { url: { type: 'string' } }, required: ['url'] };
  const tool: Tool = {
    spec: { name: 'web.fetch', description: 'Reads a page.', parameters },
    run: (given) => {
      const { url } = given as { url: string };
      const page = { url, title: url, date: null, text: `The text of ${url}.`, links: [] };
      const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<Tool['run']>>>();
      waiting.push({ url, come: () => resolve({ ok: true, pages: [page] }) });
      return promise;
    },
  };
  return { tool, waiting };
}

const reads = (url: string): { tool: string; arguments: Json } => ({ tool: 'web.fetch', arguments: { url } });

/** Ids of the calls in a conversation, and of the results that it gives for them. */
function pairs({ conversation }: ModelRequest) {
  const items = conversation.flatMap((said) => said.items);
  const ids = (type: 'call' | 'result') => items.flatMap((item) => (item.type === type ? [item.id] : []));
  return { calls: ids('call'), results: ids('result') };
}

test('pages that come when another worker has taken their turn are not said in the turn after', async () => {
  const reader = slowReader();
  const provider = createScripted((_, call) => {
    if (call > 2) return { text: 'Done.' };
    return { calls: [reads(`https://acme.com/${call}`)], usage: { inputTokens: 500, outputTokens: 10 } };
  });
  house = await openHouse({ providers: [provider], tools: [reader.tool] });
  const { workspace } = house.services.home;
  const come = async (i: number) => {
    reader.waiting[i]?.come();
    await house.rest();
  };
  const asked = () => reader.waiting.map(({ url }) => url.at(-1)).join('');

  const run = await house.ask(digger, { topic: 'Acme' });
  await house.setBudget(1_000n);
  await come(0);
  expect((await house.view(run)).waiting?.for).toBe('budget');
  // Twice in a row the step is told to look again: two workers read its page.
  await house.setBudget(1_000_000_000n);
  await house.services.runs.wake(workspace, 'budget');
  await house.rest();
  expect(asked()).toBe('111');

  await come(1);
  expect(asked()).toBe('1112');
  await come(2);
  for (let i = 3; i < reader.waiting.length; i++) await come(i);
  expect((await house.view(run)).status).toBe('completed');
  expect(provider.requests).toHaveLength(3);
  for (const request of provider.requests) {
    const { calls, results } = pairs(request);
    expect(results).toEqual(calls);
  }
});
