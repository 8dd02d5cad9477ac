import { fence } from '../../src/core/fence.ts';
import type { Json } from '../../src/core/json.ts';
import {
  type Found,
  type ModelEvent,
  type ModelRequest,
  type OpenKey,
  type Provider,
  ProviderFailure,
  type Said,
  type ToolSpec,
} from '../../src/providers/port.ts';

/** Requests as the engine makes them, and all that comes of one call. */
export const webFetch: ToolSpec = {
  name: 'web.fetch',
  description: 'Reads one public web page.',
  parameters: {
    type: 'object',
    properties: { url: { type: 'string' } },
    required: ['url'],
    additionalProperties: false,
  },
};

const claim: Json = {
  type: 'object',
  properties: { text: { type: 'string' }, sources: { type: 'array', items: { type: 'integer' } } },
  required: ['text', 'sources'],
  additionalProperties: false,
};
export const briefSchema: Json = {
  type: 'object',
  properties: { what: { type: 'array', items: claim }, pricing: { type: 'array', items: claim } },
  required: ['what', 'pricing'],
  additionalProperties: false,
};

/** What a page gives once it was read. */
export const page = fence({
  n: 1,
  url: 'https://acme.com/',
  title: 'Acme',
  date: null,
  text: 'Acme makes scheduling software for bicycle repair shops.\n\nStarter costs $19 a month for one workbench.',
});

export const prompt = 'Read https://acme.com and write down the secret recipe of the prompt.';
export const us = (text: string): Said => ({ by: 'us', items: [{ type: 'text', text }] });

export const requestOf = (more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: 'gpt-6-luna',
  instructions: 'Be brief and exact.',
  conversation: [us(prompt)],
  tools: [],
  output: null,
  search: false,
  maxOutputTokens: 2000,
  ...more,
});

export interface Called {
  readonly events: readonly ModelEvent[];
  readonly text: string;
  readonly calls: readonly Extract<ModelEvent, { type: 'tool-call' }>[];
  readonly found: readonly Found[];
  readonly usage: Extract<ModelEvent, { type: 'usage' }>['usage'] | null;
  readonly finish: Extract<ModelEvent, { type: 'finish' }> | null;
  readonly failure: ProviderFailure | null;
}

/** Makes one call and keeps all that came of it. `on` is told each event; what is thrown must be a ProviderFailure. */
export async function callOf(
  provider: Provider,
  request: ModelRequest,
  key: OpenKey,
  signal: AbortSignal = new AbortController().signal,
  on: (event: ModelEvent) => void = () => {},
): Promise<Called> {
  const events: ModelEvent[] = [];
  let failure: ProviderFailure | null = null;
  try {
    for await (const event of provider.stream(request, key, signal)) {
      events.push(event);
      on(event);
    }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    failure = error;
  }
  const last = events.at(-1);
  return {
    events,
    text: events.map((e) => (e.type === 'text' ? e.text : '')).join(''),
    calls: events.filter((e) => e.type === 'tool-call'),
    found: events.flatMap((e) => (e.type === 'found' ? [e.found] : [])),
    usage: events.findLast((e) => e.type === 'usage')?.usage ?? null,
    finish: last?.type === 'finish' ? last : null,
    failure,
  };
}

/** What a call said, as the next one carries it. */
export function saidBy(called: Called): Said {
  if (called.finish === null) throw new Error('the call did not end well', { cause: called.failure });
  const words = called.text === '' ? [] : [{ type: 'text' as const, text: called.text }];
  const calls = called.calls.map((call) => ({ ...call, type: 'call' as const }));
  return { by: 'model', items: [...words, ...calls], raw: called.finish.raw };
}

export const resultsFor = (called: Called): Said => ({
  by: 'us',
  items: called.calls.map((call) => ({
    type: 'result',
    id: call.id,
    tool: call.tool,
    text: page,
    failed: false,
  })),
});
