import { isObject, type Json } from '../../core/json.ts';
import { countIn } from '../count.ts';
import type { Usage } from '../port.ts';

/**
 * Rule M10. Google counts what tools gave beside the prompt, and thoughts beside the answer; a count of nothing it leaves out, so
 * what is missing in a sum is worked out of the total.
 */
export function readUsage(usage: Json | undefined, searches: number): Usage {
  const said = isObject(usage) ? usage : {};
  const prompt = countIn(said.promptTokenCount);
  const input = prompt === null ? null : prompt + (countIn(said.toolUsePromptTokenCount) ?? 0);
  return {
    inputTokens: input,
    outputTokens: outputOf(said, input),
    cacheReadTokens: countIn(said.cachedContentTokenCount),
    cacheWriteTokens: null,
    reasoningTokens: countIn(said.thoughtsTokenCount),
    searches,
  };
}

function outputOf(said: { readonly [name: string]: Json }, input: number | null): number | null {
  const answer = countIn(said.candidatesTokenCount);
  const thoughts = countIn(said.thoughtsTokenCount);
  if (answer !== null) return answer + (thoughts ?? 0);
  const total = countIn(said.totalTokenCount);
  if (total !== null && input !== null && total >= input) return total - input;
  return thoughts;
}
