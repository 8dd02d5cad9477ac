import type { Clock } from '../../src/clock.ts';
import type { Json } from '../../src/core/json.ts';
import {
  type FailureKind,
  type Finish,
  type Found,
  type KeyHealth,
  type ModelRequest,
  type OpenKey,
  type Provider,
  ProviderFailure,
  type ProviderName,
  type Usage,
} from '../../src/providers/port.ts';

/** What a scripted provider answers to one call. */
export type Answer =
  | { readonly text: string; readonly usage?: Partial<Usage> | null; readonly finish?: Finish }
  | { readonly found: readonly Found[]; readonly usage?: Partial<Usage> | null }
  | { readonly json: Json; readonly usage?: Partial<Usage> | null }
  /** The stream ends after this piece, without a finish. */
  | { readonly cut: string; readonly usage?: Partial<Usage> | null }
  | { readonly calls: readonly { tool: string; arguments: Json }[]; readonly usage?: Partial<Usage> | null }
  | { readonly fail: ProviderFailure; readonly usage?: Partial<Usage> | null }
  /** Answers only when `go` resolves, or never when the call is aborted before. */
  | { readonly hold: Promise<Answer> };

export interface ScriptedProvider extends Provider {
  /** Every call that was made, in order. */
  readonly requests: readonly ModelRequest[];
  /** How many calls are unanswered now. */
  readonly open: number;
}

const used: Usage = {
  inputTokens: 1_000,
  outputTokens: 100,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  searches: 0,
};

/** Answers `words 1`, `words 2` …, each after so many ms of the clock: a run then has a middle. */
export const createSlow = (clock: Clock, ms: number): ScriptedProvider =>
  createScripted((_, call) => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    clock.after(ms, () => resolve({ json: { text: `words ${call}` } }));
    return { hold: promise };
  });

/** Nano-dollars of a call that says nothing else of its usage, on gpt-6-sol: 1,000 tokens in and 100 out, at $2 and $10 a million. */
export const paid = 1_000 * 2_000 + 100 * 10_000;

/** Gives these answers, then the last of them for ever. */
export const createInTurn = (...answers: readonly Answer[]): ScriptedProvider =>
  createScripted((_, call) => answers[call - 1] ?? answers.at(-1) ?? { text: 'good' });

/** A provider that answers from a function and keeps what it was asked. */
export function createScripted(
  answer: (request: ModelRequest, call: number, key: OpenKey, signal: AbortSignal) => Answer,
  options: { name?: ProviderName; health?: KeyHealth; searches?: boolean } = {},
): ScriptedProvider {
  const name = options.name ?? 'openai';
  const requests: ModelRequest[] = [];
  let open = 0;
  return {
    name,
    searches: options.searches ?? false,
    requests,
    get open() {
      return open;
    },
    async *stream(request, key, signal) {
      const call = requests.push(request);
      open++;
      try {
        let given = answer(request, call, key, signal);
        while ('hold' in given) given = await untilAborted(given.hold, signal);
        if (signal.aborted) throw aborted();
        if (given.usage !== null) yield { type: 'usage', usage: { ...used, ...given.usage } } as const;
        if ('fail' in given) throw given.fail;
        if ('cut' in given) {
          yield { type: 'text', text: given.cut } as const;
          return;
        }
        const raw = { provider: name, model: request.model, items: [] };
        if ('calls' in given) {
          for (const [i, c] of given.calls.entries()) {
            yield {
              type: 'tool-call',
              id: `call_${call}_${i}`,
              tool: c.tool,
              arguments: c.arguments,
            } as const;
          }
          yield { type: 'finish', reason: 'tool-calls', word: 'tool_calls', raw } as const;
          return;
        }
        if ('found' in given) for (const found of given.found) yield { type: 'found', found } as const;
        else yield { type: 'text', text: 'json' in given ? JSON.stringify(given.json) : given.text } as const;
        const reason = 'finish' in given ? (given.finish ?? 'stop') : 'stop';
        yield { type: 'finish', reason, word: reason, raw } as const;
      } finally {
        open--;
      }
    },
    verify: async () => options.health ?? { state: 'healthy', models: [] },
  };
}

const aborted = () => new ProviderFailure('aborted', 'The call was aborted.', { money: 'maybe' });

function untilAborted<T>(held: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(aborted()), { once: true });
    held.then(resolve, reject);
  });
}

/** The provider did not take the call: it costs nothing (rule M6). */
export const refuses = (kind: FailureKind, status: number, retryAfterMs: number | null = null): Answer => ({
  fail: new ProviderFailure(kind, `The provider said ${status}.`, { money: 'none', status, retryAfterMs }),
  usage: null,
});

/** The answer is lost on the way: it may cost something. */
export const losesAnswer = (kind: FailureKind = 'network'): Answer => ({
  fail: new ProviderFailure(kind, 'The connection broke.', { money: 'maybe' }),
  usage: null,
});

/** Never answers. */
export const hangs: Answer = { hold: new Promise(() => {}) };

/** What the call was told last, all of it in one text. */
export const lastSaid = (request: ModelRequest | undefined): string =>
  request?.conversation
    .at(-1)
    ?.items.map((item) => ('text' in item ? item.text : ''))
    .join('\n') ?? '';
