import type { Crew, Limits } from './crew.ts';
import { parseDuration } from './duration.ts';

/** Limits as a crew file writes them. */
export interface WrittenLimits {
  readonly turns?: number | undefined;
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  readonly searches?: number | undefined;
  readonly time?: string | undefined;
}

/** Rule M2: built-in < agent < step. */
export function limitsOf(hasTools: boolean, agent: WrittenLimits = {}, step: WrittenLimits = {}): Limits {
  return {
    turns: step.turns ?? agent.turns ?? (hasTools ? 8 : 1),
    inputTokens: step.input ?? agent.input ?? 60_000,
    outputTokens: step.output ?? agent.output ?? 4_000,
    searches: step.searches ?? agent.searches ?? 0,
    timeMs: parseDuration(step.time ?? agent.time ?? '') ?? 120_000,
  };
}

export interface LimitsInForce extends Limits {
  readonly step: string;
  readonly agent: string;
}

/** What `crews check` prints: the limits of each prompt step, in the order of the file. */
export const limitsInForce = (crew: Crew): LimitsInForce[] =>
  crew.steps.flatMap((step) =>
    step.kind === 'prompt' ? [{ step: step.id, agent: step.agent, ...step.limits }] : [],
  );
