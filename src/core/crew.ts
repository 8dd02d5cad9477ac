import type { Shape } from './shape.ts';

/**
 * A checked crew: what `crew-file.ts` makes of a YAML file, and what a run freezes (rule R7).
 * Stored as JSON in `runs.crew`, so it holds data only and carries `v` (rule R8).
 */
export interface Crew {
  readonly v: 1;
  readonly name: string;
  readonly summary: string;
  readonly input: readonly InputField[];
  readonly agents: Readonly<Record<string, Agent>>;
  /** In the order of the file. */
  readonly steps: readonly Step[];
}

export type InputType =
  | 'website'
  | 'text'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'date'
  | 'url'
  | 'choice'
  | 'user'
  | 'channel'
  | 'file';

export interface InputField {
  readonly name: string;
  readonly type: InputType;
  readonly label: string;
  readonly example: string | null;
  readonly required: boolean;
  readonly choices: readonly string[];
}

export interface Agent {
  readonly name: string;
  /** A model alias (`smart`, `fast`), never a model. */
  readonly model: string;
  readonly tools: readonly ToolName[];
  /** `file:` texts are inlined. */
  readonly instructions: string;
}

export type ToolName = 'web.fetch' | 'web.search';

/** Rule M2. All of one call, except `turns` and `searches`, which are of the step, and `timeMs`, of one call. */
export interface Limits {
  /** Calls of the step, the structured last one included, the one repair not. */
  readonly turns: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly searches: number;
  readonly timeMs: number;
}

interface StepBase {
  readonly id: string;
  /** Rule R6: what the file's `needs` says plus every step that a template or `shows` names. */
  readonly needs: readonly string[];
  /** True: skipped when one of `needs` was skipped. False: it runs and sees `null` there (rule R3). */
  readonly needsAll: boolean;
  /** A Liquid condition, e.g. `steps.triage.score > 5`; null means always. */
  readonly when: string | null;
}

export interface PromptStep extends StepBase {
  readonly kind: 'prompt';
  readonly agent: string;
  /** A Liquid template over `input` and `steps`. */
  readonly prompt: string;
  /** A Liquid template giving an address that is read, free, before the first call; null for none. */
  readonly read: string | null;
  /** null: the step's output is the text itself. */
  readonly output: Shape | null;
  readonly limits: Limits;
}

export interface GateStep extends StepBase {
  readonly kind: 'gate';
  /** What people decide on: `step` made the draft, `path` leads to the part that is shown. */
  readonly shows: { readonly step: string; readonly path: readonly string[] };
  readonly approvers: Approvers;
  readonly requester: 'may' | 'if-alone' | 'never';
  readonly expiresMs: number;
}

/** Rule G3. */
export type Approvers =
  | { readonly who: 'channel-approvers' | 'anyone-in-channel' }
  | { readonly who: 'named'; readonly accounts: readonly string[] }
  | { readonly who: 'role'; readonly role: 'member' | 'approver' | 'admin' | 'owner' };

export interface DeliverStep extends StepBase {
  readonly kind: 'deliver';
  readonly to: 'channel';
  /** The gate whose approved document goes out, byte for byte (rule G1). */
  readonly approved: string;
}

export type Step = PromptStep | GateStep | DeliverStep;
