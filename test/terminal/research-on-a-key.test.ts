import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenAIServer, startOpenAI, testKey } from '../support/openai.ts';
import { researcher } from '../support/openai-answer.ts';
import { type Ended, type Installation, install } from '../support/program.ts';
import { siteFacts, startSite } from '../support/site.ts';

/** Of each call in turn; the fourth was answered from a cache in part. */
const usages = [
  { input: 1_200, output: 60, cached: 0 },
  { input: 9_431, output: 25, cached: 0 },
  { input: 9_520, output: 410, cached: 0 },
  { input: 2_048, output: 333, cached: 1_536 },
  { input: 7_777, output: 512, cached: 0 },
];

/** Nano-dollars a token of what the crew calls: gpt-6-sol for the first four calls, gpt-6-luna for the review. */
const sol = { input: 2_000, cached: 200, output: 10_000 };
const luna = { input: 100, output: 500 };

let site: Awaited<ReturnType<typeof startSite>>;
let openai: OpenAIServer;
let installation: Installation;
let ended: Ended;

beforeAll(async () => {
  site = await startSite();
  openai = await startOpenAI({
    answer: (asked) => ({
      ...researcher(asked),
      usage: { ...usages[openai.calls.length - 1], reasoning: 0 },
    }),
  });
  installation = await install({
    OPENAI_API_KEY: testKey,
    OPENAI_BASE_URL: openai.baseUrl,
    CREWSMITH_FETCH_ALLOW: site.host,
  });
  ended = await installation.run(['run', 'research', site.host, '--approve', '--json']);
}, 60_000);

afterAll(async () => {
  await installation.remove();
  await openai.close();
  await site.close();
});

interface Shown {
  readonly status: string;
  readonly costNano: number;
  readonly steps: readonly {
    readonly id: string;
    readonly output: unknown;
    readonly attempts: readonly { costNano: number }[];
  }[];
}

const shown = (): Shown => JSON.parse(ended.out) as Shown;

test('research on a key reads a site, is approved and ends completed with exit 0 and one JSON object', () => {
  expect(ended.exit).toBe(0);
  expect(shown().status).toBe('completed');
  expect(openai.mistakes).toEqual([]);
});

test('it has read several pages, quotes their facts and names their addresses', () => {
  const pages = site.requests.filter((path) => path !== '/robots.txt');
  expect(new Set(pages).size).toBeGreaterThan(3);
  const brief = JSON.stringify(shown().steps.find((step) => step.id === 'brief')?.output);
  const facts = Object.values(siteFacts).flat();
  expect(facts.filter((fact) => brief.includes(fact)).length).toBeGreaterThan(2);
  const gathered = JSON.stringify(shown().steps.find((step) => step.id === 'gather')?.output);
  expect(gathered).toContain(`${site.origin}/pricing`);
});

test('every call is an attempt and is paid for to the last nano, cached tokens at their own rate (rule M1)', () => {
  const attempts = shown().steps.flatMap((step) => step.attempts);
  const costs = [
    1_200 * sol.input + 60 * sol.output,
    9_431 * sol.input + 25 * sol.output,
    9_520 * sol.input + 410 * sol.output,
    512 * sol.input + 1_536 * sol.cached + 333 * sol.output,
    7_777 * luna.input + 512 * luna.output,
  ];
  expect(attempts.map((attempt) => attempt.costNano)).toEqual(costs);
  expect(shown().costNano).toBe(50_946_900);
  expect(openai.calls).toHaveLength(attempts.length);
  expect(openai.billed()).toMatchObject({ calls: 5, input: 29_976, output: 1_340, cached: 1_536 });
});

test('the books of that installation hold', async () => {
  const verified = await installation.run(['verify', '--json']);
  expect(verified.exit).toBe(0);
  expect((JSON.parse(verified.out) as { ok: boolean }).ok).toBe(true);
});
