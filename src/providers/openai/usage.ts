import type { ResponseUsage } from 'openai/resources/responses/responses';
import type { Usage } from '../port.ts';

/** Rule M10. OpenAI's `input_tokens` include cached ones, `output_tokens` the reasoning. What a server does not say is null. */
export function usageOf(usage: Partial<ResponseUsage> | null | undefined): Usage | null {
  if (usage === null || usage === undefined) return null;
  const input = count(usage.input_tokens);
  const output = count(usage.output_tokens);
  if (input === null && output === null) return null;
  const details = usage.input_tokens_details;
  const writes = (details as { cache_write_tokens?: unknown } | undefined)?.cache_write_tokens;
  return {
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: count(details?.cached_tokens),
    cacheWriteTokens: count(writes),
    reasoningTokens: count(usage.output_tokens_details?.reasoning_tokens),
    searches: null,
  };
}

const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
