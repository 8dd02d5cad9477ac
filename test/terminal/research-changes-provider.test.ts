import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anthropicKey, startAnthropic } from '../support/anthropic.ts';
import { startChat } from '../support/chat.ts';
import { googleKey, startGoogle } from '../support/google.ts';
import { startOpenAI, testKey } from '../support/openai.ts';
import { type Answer, type Asked, researcher } from '../support/openai-answer.ts';
import { type Ended, type Installation, install } from '../support/program.ts';
import type { ProviderServer } from '../support/provider-server.ts';
import { startSite } from '../support/site.ts';

type Server = Pick<ProviderServer, 'calls' | 'mistakes' | 'origin' | 'close'>;
type Answering = (asked: Pick<Asked, 'n' | 'request'>) => Answer;

/** Asks for pages, thinks, and then has no money left. */
const onlyOnce: Answering = (asked) =>
  asked.n === 1 ? { ...researcher(asked), reasoning: true } : { status: 402, message: 'No credit is left.' };

interface Part {
  readonly name: string;
  readonly start: (answer: Answering) => Promise<Server>;
  readonly settings: (origin: string) => Record<string, string>;
}

const openai: Part = {
  name: 'openai',
  start: (answer) => startOpenAI({ answer }),
  settings: (origin) => ({ OPENAI_API_KEY: testKey, OPENAI_BASE_URL: `${origin}/v1` }),
};
const anthropic: Part = {
  name: 'anthropic',
  start: (answer) => startAnthropic({ answer }),
  settings: (origin) => ({ ANTHROPIC_API_KEY: anthropicKey, ANTHROPIC_BASE_URL: origin }),
};
const google: Part = {
  name: 'google',
  start: (answer) => startGoogle({ answer }),
  settings: (origin) => ({ GOOGLE_API_KEY: googleKey, GOOGLE_BASE_URL: origin }),
};
const compatible: Part = {
  name: 'compatible',
  start: (answer) => startChat({ answer, keys: ['none'] }),
  settings: (origin) => ({ COMPATIBLE_BASE_URL: `${origin}/v1` }),
};

describe.each([
  { first: openai, second: anthropic },
  { first: anthropic, second: google },
  { first: google, second: compatible },
  { first: openai, second: google },
])('a step that $first.name began and $second.name ends (rule R5)', ({ first, second }) => {
  let site: Awaited<ReturnType<typeof startSite>>;
  let began: Server;
  let ends: Server;
  let installation: Installation;
  let ended: Ended;

  beforeAll(async () => {
    site = await startSite();
    began = await first.start(onlyOnce);
    ends = await second.start(researcher);
    installation = await install({
      ...first.settings(began.origin),
      ...second.settings(ends.origin),
      CREWSMITH_FETCH_ALLOW: site.host,
    });
    ended = await installation.run(['run', 'research', site.host, '--approve', '--json']);
  }, 60_000);

  afterAll(async () => {
    await installation.remove();
    await Promise.all([began.close(), ends.close(), site.close()]);
  });

  test('is taken over as the second one accepts it, and no paid turn is asked for again', () => {
    expect(ended.exit).toBe(0);
    expect([began.mistakes, ends.mistakes]).toEqual([[], []]);
    const { steps } = JSON.parse(ended.out) as {
      steps: { id: string; attempts: { provider: string; outcome: string }[] }[];
    };
    const [gather] = steps;
    expect(gather?.attempts.slice(0, 3).map((a) => [a.provider, a.outcome])).toEqual([
      [first.name, 'settled'],
      [first.name, 'unsent'],
      [second.name, 'settled'],
    ]);
    // What follows begins anew, and the first one is asked again: it might have money by then.
    const paid = steps.flatMap((step) => step.attempts).filter(({ outcome }) => outcome === 'settled');
    expect(paid.filter(({ provider }) => provider === first.name)).toHaveLength(1);
    expect(paid.filter(({ provider }) => provider === second.name)).toHaveLength(ends.calls.length);
  });
});
