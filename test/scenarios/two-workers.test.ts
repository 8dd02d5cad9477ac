import { afterEach, expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import type { Tool } from '../../src/tools/port.ts';
import { crewOf } from '../support/crew-text.ts';
import { type House, openHouse } from '../support/house.ts';
import { createScripted, lastSaid } from '../support/scripted.ts';
import { makeStoreFile } from '../support/store-file.ts';

let house: House;
afterEach(() => house.end());

const digger = crewOf(`
name: digger
summary: Reads, then reads on.
input:
  topic: { type: text, label: Topic }
agents:
  digger: { model: smart, tools: [web.fetch], instructions: Dig., limits: { turns: 4, input: 8000, output: 500 } }
steps:
  - dig: { agent: digger, prompt: "About {{ input.topic }}" }
`);

/** A reader whose pages come when the test lets them. */
function slowReader() {
  const waiting: { url: string; come: () => void }[] = [];
  const tool: Tool = {
    spec: {
      name: 'web.fetch',
      description: 'Reads a page.',
      parameters: {
        type: 'object',
        properties: { url: { type: 'string' } },
        required: ['url'],
        additionalProperties: false,
      },
    },
    run: (given) =>
      new Promise((resolve) => {
        const { url } = given as { url: string };
        const page = { url, title: url, date: null, text: `The text of ${url}.`, links: [] };
        waiting.push({ url, come: () => resolve({ ok: true, pages: [page] }) });
      }),
  };
  return { tool, waiting };
}

const reads = (url: string): { tool: string; arguments: Json } => ({ tool: 'web.fetch', arguments: { url } });

test('what one worker has read too late for its turn is not said in the turn after', async () => {
  const reader = slowReader();
  const provider = createScripted((_, call) => {
    if (call === 1) return { calls: [reads('https://acme.com/one')] };
    if (call === 2) return { calls: [reads('https://acme.com/two')] };
    return { text: 'Done.' };
  });
  house = await openHouse({ file: await makeStoreFile(), providers: [provider], tools: [reader.tool] });
  const run = await house.ask(digger, { topic: 'Acme' });
  // Somebody else wants the run carried on while its first worker reads.
  await house.services.runs.wake(house.services.home.workspace, 'key');
  await house.services.engine.start(run);
  await house.rest();
  console.log(reader.waiting.map((w) => w.url));
});
