import type { Clock } from '../../clock.ts';
import type { Json } from '../../core/json.ts';
import {
  type Finish,
  type Found,
  type Item,
  type ModelRequest,
  type OpenKey,
  type Provider,
  ProviderFailure,
  type Raw,
  type Usage,
} from '../../providers/port.ts';

/** What came of one call. */
export type Outcome =
  | {
      readonly ended: 'answered';
      readonly items: readonly Item[];
      readonly raw: Raw;
      /** What a search came upon. */
      readonly found: readonly Found[];
      readonly finish: Finish;
      readonly usage: Usage | null;
    }
  | { readonly ended: 'failed'; readonly failure: ProviderFailure; readonly usage: Usage | null };

/** The net behind `maxOutputTokens`: a stream longer than this is aborted (rule M4). */
const bytesPerTokenMax = 16;
/** A search tells of so many pages at most. */
const foundMax = 20;
/** No model reads or writes so many tokens in one call: a larger count is none, and what it would cost could not be kept exactly. */
const tokensMax = 100_000_000;

/**
 * Makes one call and never throws. Ends as `timeout` after `timeMs`; a stream that exceeds what the provider was told to
 * keep to is aborted. Usage seen before a failure is kept.
 */
export async function callProvider(
  parts: { clock: Clock },
  provider: Provider,
  request: ModelRequest,
  key: OpenKey,
  controller: AbortController,
  timeMs: number,
): Promise<Outcome> {
  let timedOut = false;
  const cancelTimer = parts.clock.after(timeMs, () => {
    timedOut = true;
    controller.abort(new Error('time is up'));
  });
  const bytesMax = request.maxOutputTokens * bytesPerTokenMax;
  const calls: Item[] = [];
  const found: Found[] = [];
  let text = '';
  let bytes = 0;
  let usage: Usage | null = null;
  let finish: { reason: Finish; raw: Raw } | null = null;
  try {
    for await (const event of provider.stream(request, key, controller.signal)) {
      if (event.type === 'text') {
        text += event.text;
        bytes += Buffer.byteLength(event.text);
      } else if (event.type === 'tool-call') {
        calls.push({ type: 'call', id: event.id, tool: event.tool, arguments: event.arguments });
        bytes += JSON.stringify(event.arguments satisfies Json).length;
      } else if (event.type === 'found') {
        if (found.length < foundMax) found.push(event.found);
      } else if (event.type === 'usage') usage = believed(event.usage);
      else finish = { reason: event.reason, raw: event.raw };
      if (bytes > bytesMax) {
        controller.abort(new Error('more than was asked for'));
        const says = `The answer went on beyond ${request.maxOutputTokens} tokens and was cut off.`;
        return {
          ended: 'failed',
          failure: new ProviderFailure('bad-output', says, { money: 'maybe' }),
          usage,
        };
      }
    }
    if (finish === null) {
      const failure = new ProviderFailure('network', 'The answer ended half-way.', { money: 'maybe' });
      return { ended: 'failed', failure, usage };
    }
    // What is nested too deeply to be stored throws here, where the call can still be booked as one that gave nothing.
    JSON.stringify(finish.raw);
    const items: Item[] = [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...calls];
    return { ended: 'answered', items, raw: finish.raw, found, finish: finish.reason, usage };
  } catch (error) {
    return { ended: 'failed', failure: failureOf(error, timedOut, timeMs), usage };
  } finally {
    cancelTimer();
  }
}

/** Rule M10: what is no count is unknown. */
function believed(usage: Usage): Usage {
  const count = (n: number | null) =>
    n !== null && Number.isInteger(n) && n >= 0 && n <= tokensMax ? n : null;
  return {
    inputTokens: count(usage.inputTokens),
    outputTokens: count(usage.outputTokens),
    cacheReadTokens: count(usage.cacheReadTokens),
    cacheWriteTokens: count(usage.cacheWriteTokens),
    reasoningTokens: count(usage.reasoningTokens),
    searches: count(usage.searches),
  };
}

function failureOf(error: unknown, timedOut: boolean, timeMs: number): ProviderFailure {
  if (timedOut) {
    return new ProviderFailure('timeout', `No answer within ${Math.round(timeMs / 1000)} s.`, {
      money: 'maybe',
    });
  }
  if (error instanceof ProviderFailure) return error;
  // An adapter throws nothing else; if it does, money may have been spent. Its text could carry anything, so it stays here.
  return new ProviderFailure('network', 'The call ended in a way that is not understood.', {
    money: 'maybe',
  });
}
