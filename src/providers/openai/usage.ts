import { isObject, type Json } from '../../core/json.ts';
import { countIn } from '../count.ts';
import type { Usage } from '../port.ts';

/** Rule M10. OpenAI counts cached tokens within the input and reasoning within the output; what it leaves out is unknown. */
export function readUsage(usage: Json | undefined, searches: number): Usage {
  const said = isObject(usage) ? usage : {};
  const input = isObject(said.input_tokens_details) ? said.input_tokens_details : {};
  const out = isObject(said.output_tokens_details) ? said.output_tokens_details : {};
  return {
    inputTokens: countIn(said.input_tokens),
    outputTokens: countIn(said.output_tokens),
    cacheReadTokens: countIn(input.cached_tokens),
    cacheWriteTokens: countIn(input.cache_write_tokens),
    reasoningTokens: countIn(out.reasoning_tokens),
    searches,
  };
}

/** The same of Chat Completions, which have no search. */
export function readChatUsage(usage: Json | undefined): Usage {
  const said = isObject(usage) ? usage : {};
  const input = isObject(said.prompt_tokens_details) ? said.prompt_tokens_details : {};
  const out = isObject(said.completion_tokens_details) ? said.completion_tokens_details : {};
  return {
    inputTokens: countIn(said.prompt_tokens),
    outputTokens: countIn(said.completion_tokens),
    cacheReadTokens: countIn(input.cached_tokens),
    cacheWriteTokens: countIn(input.cache_write_tokens),
    reasoningTokens: countIn(out.reasoning_tokens),
    searches: 0,
  };
}
