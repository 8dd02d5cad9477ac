import { isObject, type Json } from '../../core/json.ts';
import type { Usage } from '../port.ts';

/** Rule M10. OpenAI counts cached tokens within the input and reasoning within the output; what it leaves out is unknown. */
export function readUsage(usage: Json | undefined, output: readonly Json[]): Usage {
  const said = isObject(usage) ? usage : {};
  const input = isObject(said.input_tokens_details) ? said.input_tokens_details : {};
  const out = isObject(said.output_tokens_details) ? said.output_tokens_details : {};
  return {
    inputTokens: count(said.input_tokens),
    outputTokens: count(said.output_tokens),
    cacheReadTokens: count(input.cached_tokens),
    cacheWriteTokens: count(input.cache_write_tokens),
    reasoningTokens: count(out.reasoning_tokens),
    searches: output.filter((item) => isObject(item) && item.type === 'web_search_call').length,
  };
}

const count = (value: Json | undefined): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
