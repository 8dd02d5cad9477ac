import { afterEach, describe, expect, test } from 'vitest';
import { formatUsd } from '../../src/core/money.ts';
import { ProviderFailure } from '../../src/providers/port.ts';
import { lineCrew } from '../support/crews.ts';
import { createFetchTool } from '../support/fetch-tool.ts';
import { crewOf, type House, openHouse } from '../support/house.ts';
import { type Answer, createScripted, hangs, losesAnswer, refuses } from '../support/scripted.ts';
import { readText } from '../support/tree.ts';

let house: House;
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  await house.end();
});

const good: Answer = { text: 'good' };
const unreached: Answer = {
  fail: new ProviderFailure('network', 'The provider could not be reached.', { money: 'none' }),
  usage: null,
};
const again = (answer: Answer) => [answer, answer, answer, answer, answer];

/** How the calls of the first entry end, in order; then it answers. */
const endings: readonly (readonly [string, readonly Answer[]])[] = [
  ['bad key', [refuses('key-rejected', 401)]],
  ['no money left', [refuses('quota-exhausted', 402)]],
  ['rate limit, wait 20 s', [refuses('rate-limited', 429, 20_000)]],
  ['rate limit, wait 90 s', [refuses('rate-limited', 429, 90_000)]],
  ['rate limit, each time', again(refuses('rate-limited', 429))],
  ['overloaded, once', [refuses('overloaded', 529)]],
  ['overloaded, each time', again(refuses('overloaded', 529))],
  ['nobody reached, each time', again(unreached)],
  ['cut half-way, once', [losesAnswer()]],
  ['no answer in time, each time', [hangs, hangs, hangs]],
  ['too long', [refuses('too-long', 400)]],
  ['bad request', [refuses('bad-request', 400)]],
  ['refused by policy', [refuses('refused', 400)]],
];

/** Each sentence once, with how often it was said. */
function counted(sentences: readonly string[]): string {
  const times = new Map<string, number>();
  for (const sentence of sentences) times.set(sentence, (times.get(sentence) ?? 0) + 1);
  return [...times].map(([said, n]) => (n === 1 ? said : `${said} (${n}×)`)).join(' · ');
}

/** What the thread was told of the first failing call and of what follows, without what stands before. */
const short = (line: string) =>
  line
    .replace(/^A call to openai gpt-6-sol failed: Step write: /, '')
    .replace(/It is asked again in \d+ s\./, 'It is asked again in … s.')
    .replace(/The step goes on with anthropic claude-sonnet-5-5\./, '**The step goes on with anthropic …**');

/** Lets the run go on until it is over, however long that takes. */
async function patience(run: string): Promise<void> {
  for (let i = 0; i < 40; i++) {
    const { status } = await house.view(run);
    if (status === 'completed' || status === 'failed') return;
    await house.pass(20_000);
  }
}

async function rowOf(ending: string, answers: readonly Answer[]): Promise<string> {
  const openai = createScripted((_, call) => answers[call - 1] ?? good);
  const anthropic = createScripted(() => good, { name: 'anthropic' });
  house = await openHouse({ providers: [openai, anthropic], keys: ['openai', 'anthropic'] });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  await patience(run);
  const { status, costNano, uncertainNano, steps } = await house.view(run);
  const settled = steps[0]?.attempts.find(({ outcome }) => outcome === 'settled');
  expect(settled === undefined).toBe(status === 'failed');
  const calls = `${openai.requests.length} + ${anthropic.requests.length}`;
  const paid = `${formatUsd(BigInt(costNano ?? 0))}${uncertainNano > 0 ? `, and at most ${formatUsd(BigInt(uncertainNano))}` : ''}`;
  const said = counted(
    house
      .thread(run)
      .filter((line) => /^A call/.test(line))
      .map(short),
  );
  return `| ${ending} | ${said} | ${settled?.provider ?? status} | ${calls} | ${paid} |`;
}

describe('an alias whose first entry fails (rules M6, R5)', () => {
  const documented = readText('docs/providers.md').split('\n');

  test.each(endings)('%s: docs/providers.md says what follows', async (ending, answers) => {
    const row = await rowOf(ending, answers);
    expect(documented.find((line) => line.startsWith(`| ${ending} |`))).toBe(row);
  });
});

const reader = crewOf(`
name: reader
summary: Reads, then says.
input:
  topic: { type: text, label: Topic }
agents:
  reader: { model: smart, instructions: Read., tools: [web.fetch], limits: { turns: 4, input: 60000, output: 500, time: 60s } }
steps:
  - read: { agent: reader, prompt: "About {{ input.topic }}", output: { text: text } }
`);

test('an entry goes on where another stopped, in the words of both, and nothing is paid twice (rule R5)', async () => {
  const url = 'https://acme.com/';
  const openai = createScripted((_, call) =>
    call === 1 ? { calls: [{ tool: 'web.fetch', arguments: { url } }] } : refuses('quota-exhausted', 402),
  );
  const anthropic = createScripted(
    ({ output }) => (output === null ? { text: 'I have read it.' } : { json: { text: 'Tea.' } }),
    { name: 'anthropic' },
  );
  house = await openHouse({
    providers: [openai, anthropic],
    keys: ['openai', 'anthropic'],
    tools: [createFetchTool({ [url]: { text: 'Acme sells tea.' } })],
  });
  const run = await house.ask(reader, { topic: 'tea' });
  const view = await house.view(run);
  expect(view).toMatchObject({ status: 'completed', uncertainNano: 0 });
  expect(view.steps[0]?.attempts.map((a) => [a.provider, a.outcome])).toEqual([
    ['openai', 'settled'],
    ['openai', 'unsent'],
    ['anthropic', 'settled'],
    ['anthropic', 'settled'],
  ]);
  // What OpenAI said is there in neutral words, with its raw items for itself alone.
  const [, theirs, ours] = anthropic.requests[0]?.conversation ?? [];
  expect(theirs).toMatchObject({
    by: 'model',
    items: [{ type: 'call', tool: 'web.fetch', arguments: { url } }],
    raw: { provider: 'openai', model: 'gpt-6-sol' },
  });
  expect(ours?.items[0]).toMatchObject({ type: 'result', tool: 'web.fetch', failed: false });
  // Anthropic's own turn is raw to itself.
  expect(anthropic.requests[1]?.conversation.at(-2)).toMatchObject({ raw: { provider: 'anthropic' } });
});
