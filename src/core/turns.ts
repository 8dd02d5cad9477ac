import type { PromptStep } from './crew.ts';
import type { Json } from './json.ts';
import type { Failure } from './run.ts';

/**
 * The turns of a step (rules R1, R5, M2): pure, worked out anew from what was paid, so that a restart goes on exactly there.
 * Turns with tools are unstructured; a last turn without tools gives the result; one repair is allowed a round.
 */
export interface ToolCall {
  readonly id: string;
  readonly tool: string;
  readonly arguments: Json;
}

/** A paid turn as it was answered. */
export interface PaidTurn {
  readonly turn: number;
  readonly kind: TurnKind;
  readonly repair: boolean;
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly finish: 'stop' | 'tool-calls' | 'length' | 'refusal' | 'other';
}

/** `open`: the model may call tools. `final`: it gives the result. */
export type TurnKind = 'open' | 'final';

export type Next =
  /** The first call: its text is the step's prompt. */
  | { readonly do: 'prompt'; readonly kind: TurnKind }
  /** Run these tools, then call with their results. */
  | {
      readonly do: 'tools';
      readonly turn: number;
      readonly kind: TurnKind;
      readonly calls: readonly ToolCall[];
    }
  /** Say this and call. */
  | {
      readonly do: 'say';
      readonly turn: number;
      readonly kind: TurnKind;
      readonly repair: boolean;
      readonly text: string;
    }
  | { readonly do: 'done'; readonly output: Json }
  | { readonly do: 'fail'; readonly failure: Failure };

/**
 * What a final text is worth. `again` is what the model is told so that it mends it, `why` the same for people; `lastChance`
 * says that no repair is left, so that what can be pruned is pruned (rule R9) instead of asked for.
 */
export type Judge = (
  text: string,
  lastChance: boolean,
) =>
  | { readonly ok: true; readonly output: Json }
  | { readonly ok: false; readonly again: string; readonly why: string };

export const askForResult =
  'Now give your result, complete and in the form asked for. Use only what you have read.';

/** True when the paid turn's reply cannot be used (rule M6: `bad-output`). */
export function isBadOutput(step: PromptStep, paid: PaidTurn, judge: Judge): boolean {
  if (paid.finish === 'refusal') return true;
  if (paid.calls.length > 0 && paid.kind === 'open') return false;
  if (paid.kind === 'open' && step.output !== null) return false;
  return paid.finish === 'length' || !judge(paid.text, paid.repair).ok;
}

/** What follows the turns paid so far in this round. `hasTools`: the agent has tools. */
export function nextTurn(step: PromptStep, hasTools: boolean, paid: readonly PaidTurn[], judge: Judge): Next {
  const last = paid.at(-1);
  const repaired = paid.some((p) => p.repair);
  // The repair comes on top of the limit, so it does not use up a turn.
  const used = paid.filter((p) => !p.repair).length;
  const kindOf = (turnNumber: number): TurnKind =>
    hasTools && turnNumber < step.limits.turns ? 'open' : 'final';
  if (last === undefined) return { do: 'prompt', kind: kindOf(1) };
  const turn = last.turn + 1;
  if (last.finish === 'refusal') return fail('model.refused', `The model refused: ${quote(last.text)}`);
  if (last.kind === 'open' && last.calls.length > 0) {
    return { do: 'tools', turn, kind: kindOf(used + 1), calls: last.calls };
  }
  if (last.kind === 'open' && step.output !== null) {
    return { do: 'say', turn, kind: 'final', repair: false, text: askForResult };
  }
  const verdict = last.finish === 'length' ? tooLong : judge(last.text, repaired);
  if (verdict.ok) return { do: 'done', output: verdict.output };
  if (!repaired) return { do: 'say', turn, kind: 'final', repair: true, text: verdict.again };
  return fail(
    'model.bad-output',
    `The model's answer could not be used, even after a repair: ${verdict.why}.`,
  );
}

const tooLong = {
  ok: false as const,
  again: 'Your answer was cut off because it was too long. Give the whole answer again, shorter.',
  why: 'it was longer than the limit',
};

const fail = (code: string, says: string): Next => ({
  do: 'fail',
  failure: { code, says, reason: 'content' },
});

const quote = (text: string) => (text.trim() === '' ? 'it said nothing.' : `"${text.trim().slice(0, 200)}"`);
