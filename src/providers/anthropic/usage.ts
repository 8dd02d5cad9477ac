import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { countIn } from '../count.ts';
import type { Usage } from '../port.ts';

/** What the end of a stream says counts more than what its beginning said; it leaves out what has not changed. */
export function laterUsage(before: Json | undefined, after: Json | undefined): JsonObject {
  const said = isObject(after) ? Object.entries(after).filter(([, value]) => value !== null) : [];
  return { ...(isObject(before) ? before : {}), ...Object.fromEntries(said) };
}

/** Rule M10. Anthropic counts what was read from a cache and written to one beside the input, and reasoning within the output. */
export function readUsage(said: JsonObject): Usage {
  const plain = countIn(said.input_tokens);
  const read = countIn(said.cache_read_input_tokens);
  const written = countIn(said.cache_creation_input_tokens);
  const out = isObject(said.output_tokens_details) ? said.output_tokens_details : {};
  const tools = isObject(said.server_tool_use) ? said.server_tool_use : {};
  return {
    inputTokens: plain === null ? null : plain + (read ?? 0) + (written ?? 0),
    outputTokens: countIn(said.output_tokens),
    cacheReadTokens: read,
    cacheWriteTokens: written,
    reasoningTokens: countIn(out.thinking_tokens),
    searches: countIn(tools.web_search_requests) ?? 0,
  };
}
