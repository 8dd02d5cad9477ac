import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { type OpenAIOptions, type OpenAIServer, startOpenAI, testKey } from './openai.ts';
import { readBody } from './openai-body.ts';

const good = {
  model: 'gpt-6-luna',
  input: [{ role: 'user', content: 'Hello' }],
  instructions: 'Be brief.',
  max_output_tokens: 100,
  store: false,
};
const strict = {
  type: 'object',
  properties: { a: { type: 'string' } },
  required: ['a'],
  additionalProperties: false,
};
const call = { type: 'function_call', call_id: 'call_1', name: 'web_fetch', arguments: '{}' };
const result = { type: 'function_call_output', call_id: 'call_1', output: 'x' };
const thought = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' };
const hello = good.input[0];
const format = (schema: Json) => ({
  text: { format: { type: 'json_schema', name: 'x', schema, strict: true } },
});

describe('the stand-in for OpenAI takes only what the real one takes', () => {
  test('a good body, with tools, results and thoughts', () => {
    const input = [hello, thought, call, result];
    const tools = [
      { type: 'function', name: 'web_fetch', description: '', parameters: strict, strict: true },
    ];
    expect(readBody({ ...good, input, tools, ...format(strict) })).toHaveProperty('body');
  });

  test.each<[string, object, string]>([
    ['an unknown field', { seed: 1 }, 'unknown_parameter'],
    ['an unknown field of an item', { input: [{ ...hello, name: 'x' }] }, 'unknown_parameter'],
    ['no input', { input: [] }, 'invalid_type'],
    ['too few tokens to write', { max_output_tokens: 15 }, 'invalid_type'],
    ['storing', { store: true }, 'invalid_type'],
    ['a result without its call', { input: [hello, result] }, 'invalid_request'],
    ['a call without its result', { input: [hello, call] }, 'invalid_request'],
    ['a thought that leads to nothing', { input: [hello, thought, hello] }, 'invalid_request'],
    [
      'a thought that is not sealed',
      { input: [hello, { ...thought, encrypted_content: null }, call, result] },
      'invalid_type',
    ],
    [
      'a name with a dot',
      { tools: [{ type: 'function', name: 'a.b', description: '', parameters: strict, strict: true }] },
      'invalid_type',
    ],
    ['a property that need not be there', format({ ...strict, required: [] }), 'invalid_json_schema'],
    [
      'a schema open to more',
      format({
        type: 'object',
        properties: { a: { type: 'array', items: { type: 'object', properties: {} } } },
        required: ['a'],
        additionalProperties: false,
      }),
      'invalid_json_schema',
    ],
    ['an answer that is no object', format({ type: 'array', items: strict }), 'invalid_json_schema'],
  ])('not %s', (_, more, code) => {
    expect(readBody({ ...good, ...more })).toMatchObject({ problem: { code } });
  });
});

describe('the stand-in for OpenAI', () => {
  let server: OpenAIServer;
  afterEach(() => server.close());

  const post = (body: unknown, key = testKey) =>
    fetch(`${server.baseUrl}/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
  const open = async (options: OpenAIOptions) => {
    server = await startOpenAI(options);
  };

  test('takes the keys that it knows, until they are revoked', async () => {
    await open({ keys: ['one'], answer: () => ({ text: 'Fine.' }) });
    expect((await post(good, 'two')).status).toBe(401);
    server.accept('two');
    expect((await post(good, 'two')).status).toBe(200);
    server.revoke('two');
    expect((await post(good, 'two')).status).toBe(401);
    expect((await post(good, 'one')).status).toBe(200);
    expect(server.calls.map((c) => c.key)).toEqual(['two', 'one']);
  });

  test('records what each call cost, refused ones nothing', async () => {
    const usage = { input: 100, output: 20, cached: 60 };
    await open({
      script: [
        { text: 'a', usage },
        { status: 500 },
        { text: 'b', usage: { ...usage, reasoning: 5 } },
        { text: 'c', usage: null },
      ],
    });
    for (let n = 0; n < 4; n++) await (await post(good)).text();
    expect(server.calls.map((c) => c.billed?.output ?? null)).toEqual([20, null, 20, 1]);
    expect(server.calls.map((c) => c.ended)).toEqual(['whole', 'refused', 'whole', 'whole']);
    expect(server.billed()).toMatchObject({ calls: 3, cached: 120, reasoning: 5 });
  });

  test('remembers a body that it refused, and a call that is not in its script', async () => {
    await open({ script: [] });
    expect((await post({ ...good, seed: 1 })).status).toBe(400);
    expect((await post(good)).status).toBe(500);
    expect(server.mistakes).toEqual(["Unknown parameter: 'seed'.", 'Error: call 1 is not in the script']);
  });

  test('complains at its end about answers that nobody asked for', async () => {
    const own = await startOpenAI({ script: [{ text: 'a' }] });
    await expect(own.close()).rejects.toThrow('1 answers of the script were not asked for');
    await open({});
  });
});

test('the stand-in in its own process writes down each call before it answers, and holds answers back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'crewsmith-'));
  const file = join(folder, 'calls.jsonl');
  const main = fileURLToPath(new URL('./openai-process.ts', import.meta.url));
  const child = spawn(process.execPath, [main, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const line = async () => (await lines.next()).value as string;
    const written = async () =>
      (await readFile(file, 'utf8'))
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as Json);
    const baseUrl = await line();
    child.stdin.write('hold\n');
    expect(await line()).toBe('hold');
    const headers = { authorization: `Bearer ${testKey}` };
    const answer = fetch(`${baseUrl}/responses`, { method: 'POST', headers, body: JSON.stringify(good) });
    await expect.poll(written).toMatchObject([{ event: 'arrived', n: 1, model: 'gpt-6-luna' }]);
    child.stdin.write('release\n');
    expect((await answer).status).toBe(200);
    expect(await written()).toMatchObject([{ event: 'arrived' }, { event: 'billed', billed: { cached: 0 } }]);
  } finally {
    child.kill();
    await once(child, 'exit');
    await rm(folder, { recursive: true });
  }
});
