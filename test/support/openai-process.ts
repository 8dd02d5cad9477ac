/**
 * The OpenAI server as a process of its own, which outlives the crashes of the process under test:
 *   node test/support/openai-process.ts FILE [KEY…]
 * Prints its base URL. Appends a line of JSON to FILE when a call arrives and when it is billed, both before the client hears of
 * it. On standard input `hold` keeps answers back until `release`; each is answered by its own line.
 */
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { startOpenAI, testKey } from './openai.ts';
import { type Billed, researcher } from './openai-answer.ts';

/** One line of the file. */
export interface CallLine {
  readonly event: 'arrived' | 'billed';
  readonly n: number;
  readonly model: string;
  /** The name of the output that was asked for, which is the step's; null for a turn with tools. */
  readonly output: string | null;
  /** Items of the conversation. */
  readonly items: number;
  readonly billed: Billed | null;
}

const [file = '', ...keys] = process.argv.slice(2);
let held = Promise.withResolvers<void>();
held.resolve();

const server = await startOpenAI({
  keys: keys.length > 0 ? keys : [testKey],
  async answer(asked) {
    await held.promise;
    return researcher(asked);
  },
  on(event, { n, body, billed }) {
    const line: CallLine = {
      event,
      n,
      model: body.model,
      output: body.text?.format.name ?? null,
      items: body.input.length,
      billed,
    };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  },
});
process.stdout.write(`${server.baseUrl}\n`);

createInterface(process.stdin).on('line', (line) => {
  if (line === 'hold') held = Promise.withResolvers<void>();
  else if (line === 'release') held.resolve();
  process.stdout.write(`${line}\n`);
});
