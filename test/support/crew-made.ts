import fc from 'fast-check';
import type { Crew, Limits, Step } from '../../src/core/crew.ts';

const limits: Limits = { turns: 1, inputTokens: 4_000, outputTokens: 500, searches: 0, timeMs: 60_000 };

const base = (id: string, needs: readonly string[], needsAll = false) => ({ id, needs, needsAll });

export const promptStep = (id: string, needs: readonly string[], more: { when?: string } = {}): Step => ({
  ...base(id, needs),
  when: more.when ?? null,
  kind: 'prompt',
  agent: 'writer',
  prompt: 'Write.',
  read: null,
  output: null,
  limits,
});

export const gateStep = (id: string, shows: string, needs: readonly string[] = []): Step => ({
  ...base(id, [...new Set([shows, ...needs])]),
  when: null,
  kind: 'gate',
  shows: { step: shows, path: [] },
  approvers: { who: 'channel-approvers' },
  requester: 'if-alone',
  expiresMs: 60_000,
});

export const deliverStep = (id: string, approved: string, needs: readonly string[] = []): Step => ({
  ...base(id, [...new Set([approved, ...needs])]),
  when: null,
  kind: 'deliver',
  to: 'channel',
  approved,
});

export const crewWith = (steps: readonly Step[]): Crew => ({
  v: 1,
  name: 'made',
  summary: 'Made for a test.',
  input: [],
  agents: { writer: { name: 'writer', model: 'smart', tools: [], instructions: 'Write.' } },
  steps,
});

interface Wish {
  readonly kind: 'prompt' | 'gate' | 'deliver';
  /** Which of the steps before are needed, by the bits. */
  readonly needs: number;
  readonly of: number;
  readonly when: boolean;
  readonly needsAll: boolean;
}

/** Crews of one to seven steps that `crews check` would let pass, with every kind of dependency. */
export const anyCrew: fc.Arbitrary<Crew> = fc
  .array(
    fc.noBias(
      fc.record<Wish>({
        kind: fc.constantFrom('prompt', 'prompt', 'gate', 'deliver'),
        needs: fc.nat(127),
        of: fc.nat(6),
        when: fc.nat(3).map((n) => n === 0),
        needsAll: fc.nat(3).map((n) => n === 0),
      }),
    ),
    { minLength: 1, maxLength: 7, size: 'max' },
  )
  .map((wishes) => {
    const steps: Step[] = [];
    for (const wish of wishes) steps.push(stepOf(wish, steps));
    return crewWith(steps);
  });

function stepOf(wish: Wish, before: readonly Step[]): Step {
  const id = `s${before.length}`;
  const needs = before.filter((_, i) => (wish.needs >> i) & 1).map((step) => step.id);
  const of = (kind: Step['kind']) => {
    const all = before.filter((step) => step.kind === kind);
    return all[wish.of % Math.max(1, all.length)];
  };
  const [prompt, gate] = [of('prompt'), of('gate')];
  const step =
    wish.kind === 'gate' && prompt
      ? gateStep(id, prompt.id, needs)
      : wish.kind === 'deliver' && gate
        ? deliverStep(id, gate.id, needs)
        : promptStep(id, needs, wish.when ? { when: 'maybe' } : {});
  return { ...step, needsAll: wish.needsAll };
}
