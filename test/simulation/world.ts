import { crewOf } from '../support/crew-text.ts';
import { lineCrew, noteCrew } from '../support/crews.ts';
import { createFetchTool, type FetchTool } from '../support/fetch-tool.ts';
import { type House, type HouseOptions, openHouse } from '../support/house.ts';
import { type Answer, createScripted } from '../support/scripted.ts';
import { createSeeded, type Seeded } from '../support/seeded.ts';
import { makeStoreFile } from '../support/store-file.ts';

export const site = 'https://acme.com/';

const agents = `agents:
  writer: { model: smart, instructions: Write., limits: { input: 6000, output: 500, time: 60s } }
  reader: { model: fast, tools: [web.fetch], instructions: Read., limits: { turns: 3, input: 12000, output: 500, time: 60s } }`;

const wideCrew = crewOf(`
name: wide
summary: Side by side, then decided.
input: { topic: { type: text, label: Topic } }
${agents}
steps:
  - one: { agent: writer, prompt: "one {{ input.topic }}", output: { text: text } }
  - two: { agent: writer, prompt: "two {{ input.topic }}" }
  - legal: { gate: { shows: one.text, expires: 1d } }
  - sum: { agent: writer, prompt: "sum {{ steps.one.text }} {{ steps.two }}", output: { text: text } }
  - style: { gate: { shows: sum.text, expires: 2d } }
  - publish: { deliver: channel, approved: legal, needs: [style] }
`);

const studyCrew = crewOf(`
name: study
summary: Reads and says.
input: { topic: { type: text, label: Topic } }
types: { Claim: { text: text, sources: [integer] } }
${agents}
steps:
  - gather: { agent: reader, read: "${site}", prompt: "read {{ input.topic }}", output: { claims: [Claim] } }
  - brief: { agent: writer, prompt: "brief {{ steps.gather | json }}", output: { text: text } }
  - approve: { gate: { shows: brief.text, expires: 3d } }
  - publish: { deliver: channel, approved: approve }
`);

export const crews = [lineCrew, noteCrew, wideCrew, studyCrew];

/** A call that the provider has taken and not answered. */
export interface OpenCall {
  readonly model: string;
  readonly hasTools: boolean;
  readonly isStructured: boolean;
  /** What the provider counts: a little more with each turn of a conversation. */
  readonly inputTokens: number;
  readonly answer: (answer: Answer) => void;
}

/** Everything around the engine that outlives its processes, and the process that lives now. */
export interface World {
  readonly seeded: Seeded;
  house: House;
  /** Of the living process, in the order in which they were made. */
  calls: OpenCall[];
  /** Of processes that are gone: an answer to them reaches nobody. */
  late: OpenCall[];
  readonly tool: FetchTool;
  readonly runs: string[];
  /** Runs that a person has set a limit on. */
  readonly limited: Set<string>;
  keysMade: number;
  /** What the answers cost that reached a living process with their usage, nano-dollars. */
  billed: number;
  /** Runs that are over, as they were then; a retry takes one out. */
  readonly over: Map<string, string>;
  /** Calls whose hold was looked at. */
  readonly seen: Set<string>;
}

export async function beginWorld(seed: number): Promise<World> {
  const calls: { now: OpenCall[] } = { now: [] };
  const provider = createScripted((request, _, __, signal) => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const call: OpenCall = {
      model: request.model,
      hasTools: request.tools.length > 0,
      isStructured: request.output !== null,
      inputTokens: 100 + 20 * request.conversation.length,
      answer: resolve,
    };
    calls.now.push(call);
    signal.addEventListener('abort', () => {
      calls.now = calls.now.filter((c) => c !== call);
    });
    return { hold: promise };
  });
  const tool = createFetchTool({
    [site]: { text: 'Acme sells anvils.' },
    [`${site}a`]: { text: 'It was founded in 1949.' },
  });
  const file = await makeStoreFile();
  const house = await openHouse({ providers: [provider], tools: [tool], file });
  return {
    seeded: createSeeded(seed),
    house,
    get calls() {
      return calls.now;
    },
    set calls(all) {
      calls.now = all;
    },
    late: [],
    tool,
    runs: [],
    limited: new Set(),
    keysMade: 1,
    billed: 0,
    over: new Map(),
    seen: new Set(),
  };
}

/** Another process on the same file. */
export async function reopen(world: World, options: HouseOptions): Promise<void> {
  world.late.push(...world.calls);
  world.calls = [];
  world.house = await openHouse({ ...options, keys: [] });
  await world.house.rest();
}

/** Dollars a million tokens, as nano-dollars a token. */
const rates: Readonly<Record<string, { input: number; output: number }>> = {
  'gpt-6-sol': { input: 2_000, output: 10_000 },
  'gpt-6-luna': { input: 100, output: 500 },
};

export const costOf = (model: string, used: { inputTokens: number; outputTokens: number }) => {
  const rate = rates[model] ?? { input: Number.NaN, output: Number.NaN };
  return used.inputTokens * rate.input + used.outputTokens * rate.output;
};
