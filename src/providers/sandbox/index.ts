import { type ModelEvent, type ModelRequest, type Provider, ProviderFailure, type Usage } from '../port.ts';
import { answer, tokensIn } from './answer.ts';

/** A chunk of streamed text, in characters. */
const chunk = 80;

/**
 * The offline provider: asks no model, costs nothing, and answers the same each time, by extraction from what it was given. What
 * it writes is labelled by the engine (rule K7).
 */
export function createSandbox(): Provider {
  return {
    name: 'sandbox',
    searches: false,

    async *stream(request, _key, signal) {
      for (const event of events(request)) {
        if (signal.aborted) throw new ProviderFailure('aborted', 'The call was stopped.', { money: 'none' });
        yield event;
      }
    },

    verify: async () => ({ state: 'healthy', models: ['sandbox'] }),
  };
}

function* events(request: ModelRequest): Generator<ModelEvent> {
  const given = answer(request);
  const raw = { provider: 'sandbox', model: request.model, items: [] } as const;
  const input = inputTokens(request);
  if ('calls' in given) {
    // Ids must not repeat within a conversation.
    const round = request.conversation.length;
    for (const [i, call] of given.calls.entries()) {
      yield { type: 'tool-call', id: `sandbox_${round}_${i + 1}`, ...call };
    }
    yield { type: 'usage', usage: usage(input, tokensIn(JSON.stringify(given.calls))) };
    yield { type: 'finish', reason: 'tool-calls', word: 'tool-calls', raw };
    return;
  }
  for (let at = 0; at < given.text.length; at += chunk) {
    yield { type: 'text', text: given.text.slice(at, at + chunk) };
  }
  yield { type: 'usage', usage: usage(input, tokensIn(given.text)) };
  const reason = given.cut ? 'length' : 'stop';
  yield { type: 'finish', reason, word: reason, raw };
}

function inputTokens(request: ModelRequest): number {
  const items = request.conversation.flatMap((said) => said.items);
  const texts = items.map((item) => (item.type === 'call' ? JSON.stringify(item.arguments) : item.text));
  const fixed = [request.instructions, JSON.stringify(request.tools), JSON.stringify(request.output ?? '')];
  return tokensIn([...fixed, ...texts].join('\n'));
}

/** Estimated, never unknown: nothing else counts here. */
const usage = (inputTokens: number, outputTokens: number): Usage => ({
  inputTokens,
  outputTokens,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  searches: 0,
});
