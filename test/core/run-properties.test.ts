import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Crew } from '../../src/core/crew.ts';
import { type Change, isOver, newRun, type RunEvent, type RunState, transition } from '../../src/core/run.ts';
import { anyCrew } from '../support/crew-made.ts';

const reasons = ['content', 'network'] as const;

/** Every event of a step, with each argument that matters; what a run goes on by stands in several times. */
function eventsOf(step: string): RunEvent[] {
  const progress: RunEvent[] = [
    { type: 'held', step },
    { type: 'done', step, output: step },
    { type: 'approved', step, output: step },
    { type: 'changes', step, comment: 'shorter' },
  ];
  return [
    ...progress,
    ...progress,
    ...progress,
    { type: 'turned', step },
    { type: 'blocked', step, for: 'key' },
    { type: 'blocked', step, for: 'budget' },
    { type: 'rejected', step },
    { type: 'expired', step },
    ...reasons.map(
      (reason): RunEvent => ({ type: 'failed', step, failure: { code: reason, says: 'It failed.', reason } }),
    ),
  ];
}

const anySteps = Array.from({ length: 7 }, (_, i) => `s${i}`);
const allEvents: readonly RunEvent[] = [
  ...anySteps.flatMap(eventsOf),
  { type: 'start' },
  { type: 'stop' },
  { type: 'retry', fresh: false },
  { type: 'retry', fresh: true },
];

/** `wild`: any event; else one that applies. */
const move = fc.noBias(fc.record({ pick: fc.nat(9_999), wild: fc.nat(5).map((n) => n === 0) }));
const story = fc.record({
  crew: anyCrew,
  /** Bits of the steps whose condition does not hold, and of those where it cannot be told. */
  skips: fc.oneof(fc.constant(0), fc.nat(127)),
  breaks: fc.oneof(fc.constant(0), fc.constant(0), fc.nat(127)),
  moves: fc.array(move, { maxLength: 40, size: 'max' }),
});
type Story = typeof story extends fc.Arbitrary<infer S> ? S : never;

interface Scene {
  readonly crew: Crew;
  readonly event: RunEvent;
  readonly before: RunState;
  readonly change: Change;
}

const conditionsOf =
  ({ skips, breaks }: Pick<Story, 'skips' | 'breaks'>) =>
  (step: { id: string }) => {
    const has = (bits: number) => ((bits >> Number(step.id.slice(1))) & 1) === 1;
    return has(breaks)
      ? { code: 'template.failed', says: 'It failed.', reason: 'crew' as const }
      : !has(skips);
  };

/** Plays the moves on a frozen state, and lets `see` look at each. */
function play(
  { crew, moves, ...bits }: Story,
  see: (scene: Scene) => void,
  possible: (event: RunEvent) => boolean = () => true,
): RunState {
  let before = freeze(newRun(crew));
  const conditions = conditionsOf(bits);
  const next = (event: RunEvent) => {
    const change = transition(crew, before, event, conditions);
    see({ crew, event, before, change });
    before = freeze(change.run);
  };
  next({ type: 'start' });
  for (const { pick, wild } of moves) {
    const run = before;
    const all = allEvents.filter(possible);
    const open = wild ? all : all.filter((e) => transition(crew, run, e, conditions).run !== run);
    const event = open[pick % open.length];
    if (event !== undefined) next(event);
  }
  return before;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}

const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const stepOf = (run: RunState, id: string) => run.steps.find((s) => s.id === id);
const property = (see: (scene: Scene) => void) =>
  fc.assert(
    fc.property(story, (given) => void play(given, see)),
    { numRuns: 150 },
  );

test('a state that went through JSON gives the same result for every event', () => {
  fc.assert(
    fc.property(story, (given) => {
      play(given, ({ crew, event, before, change }) => {
        expect(transition(crew, clone(before), clone(event), conditionsOf(given))).toEqual(change);
      });
    }),
    { numRuns: 150 },
  );
});

test('a finished run is unmoved by everything but a retry: only a call in flight or a card under way is noted', () => {
  property(({ event, before, change }) => {
    if (!isOver(before.status) || event.type === 'retry') return;
    expect(change.effects).toEqual([]);
    const noted = before.steps.map((step, i) => {
      const now = change.run.steps[i];
      const sent = step.kind === 'deliver' && step.status === 'canceled' && now?.status === 'done';
      return { ...step, live: now?.live ?? false, ...(sent ? { status: 'done', output: now.output } : {}) };
    });
    expect(change.run).toEqual({ ...before, steps: noted });
    for (const [i, step] of before.steps.entries())
      if (!step.live) expect(change.run.steps[i]?.live).toBe(false);
  });
});

test('a delivery is asked for only when its gate has been approved since it was last opened, and never once rejected', () => {
  fc.assert(
    fc.property(story, (given) => {
      const approved = new Set<string>();
      play(given, ({ crew, event, before, change }) => {
        if (event.type === 'approved' && change.run !== before) approved.add(event.step);
        for (const step of change.run.steps) if (step.status !== 'done') approved.delete(step.id);
        for (const effect of change.effects) {
          if (effect.type !== 'deliver') continue;
          const step = crew.steps.find((s) => s.id === effect.step);
          expect(step?.kind === 'deliver' && approved.has(step.approved)).toBe(true);
          expect(change.run.status).not.toBe('rejected');
        }
      });
    }),
    { numRuns: 150 },
  );
});

test('the status of a run follows from its steps (rule R3)', () => {
  property(({ change: { run } }) => {
    const some = (...wanted: string[]) => run.steps.some((s) => wanted.includes(s.status));
    if (isOver(run.status)) expect(some('pending', 'running', 'waiting')).toBe(false);
    if (run.status === 'completed')
      expect(run.steps.every((s) => ['done', 'skipped'].includes(s.status))).toBe(true);
    if (run.status === 'failed')
      expect(run.failure).toEqual(run.steps.find((s) => s.status === 'failed')?.failure);
    else expect(run.failure).toBeNull();
    if (run.status === 'waiting') {
      expect(some('running')).toBe(false);
      expect(run.steps.map((s) => s.waitingFor)).toContain(run.waitingFor);
    } else expect(run.waitingFor).toBeNull();
    if (run.status === 'running') expect(some('running') || run.steps.some((s) => s.live)).toBe(true);
    for (const step of run.steps) expect(step.waitingFor !== null).toBe(step.status === 'waiting');
  });
});

test('each end is told once, and each gate that is no longer open was decided, expired or closed', () => {
  property(({ event, before, change }) => {
    const ended = change.effects.filter((e) => e.type === 'ended');
    const ends = !isOver(before.status) && isOver(change.run.status);
    const endsAgain = event.type === 'retry' && change.run !== before && isOver(change.run.status);
    expect(ended).toHaveLength(ends || endsAgain ? 1 : 0);
    for (const step of before.steps) {
      if (
        step.kind !== 'gate' ||
        step.status !== 'waiting' ||
        stepOf(change.run, step.id)?.status === 'waiting'
      )
        continue;
      const itself = 'step' in event && event.step === step.id;
      const closed = change.effects.some((e) => e.type === 'close' && e.step === step.id);
      expect(itself || closed, `${step.id} after ${event.type}`).toBe(true);
    }
  });
});

test('what is asked for is what the step then does: calls run, gates wait, deliveries run', () => {
  property(({ change: { run, effects } }) => {
    for (const effect of effects) {
      if (effect.type === 'call' || effect.type === 'deliver')
        expect(stepOf(run, effect.step)?.status).toBe('running');
      if (effect.type === 'ask') expect(stepOf(run, effect.step)?.status).toBe('waiting');
      if (effect.type === 'show') expect(stepOf(run, effect.step)?.status).toBe('done');
      if (effect.type === 'close') expect(stepOf(run, effect.step)?.status).not.toBe('waiting');
    }
  });
});

test('a step begins only when all that it needs is done or skipped, and rounds never go back (rule R1)', () => {
  property(({ crew, before, change }) => {
    for (const step of crew.steps) {
      const [was, is] = [stepOf(before, step.id), stepOf(change.run, step.id)];
      expect(is?.round).toBeGreaterThanOrEqual(was?.round ?? 0);
      const begins = was?.status === 'pending' && (is?.status === 'running' || is?.status === 'waiting');
      if (!begins) continue;
      for (const id of step.needs) expect(['done', 'skipped']).toContain(stepOf(change.run, id)?.status);
    }
  });
});

test('a retry that is not asked for new content keeps the round of all that did not rest on refused content (rule R4)', () => {
  property(({ event, before, change }) => {
    if (event.type !== 'retry' || event.fresh || change.run === before) return;
    const refused = before.steps.some(
      (s) =>
        s.status === 'failed' &&
        (s.kind === 'gate' ? s.failure?.reason !== 'expired' : s.failure?.reason === 'content'),
    );
    if (!refused) expect(change.run.steps.map((s) => s.round)).toEqual(before.steps.map((s) => s.round));
  });
});

test('the mark of a call in flight is set from its hold to its end, whatever happens to its step meanwhile', () => {
  fc.assert(
    fc.property(story, (given) => {
      const calls = new Set<string>();
      const possible = (event: RunEvent) => event.type !== 'blocked' || !calls.has(event.step);
      const see = ({ event, before, change }: Scene) => {
        if (event.type === 'held' && change.run !== before) calls.add(event.step);
        if (event.type === 'turned' || event.type === 'done' || event.type === 'failed')
          calls.delete(event.step);
        const marked = change.run.steps.filter((s) => s.live).map((s) => s.id);
        expect(marked, `after ${JSON.stringify(event)}`).toEqual([...calls].sort());
      };
      play(given, see, possible);
    }),
    { numRuns: 150 },
  );
});

/** What a willing world does next, in no run more than this often. */
function goOn(run: RunState): RunEvent | null {
  for (const { id: step, kind, status, live } of run.steps) {
    if (live) return status === 'running' ? { type: 'done', step, output: 'x' } : { type: 'turned', step };
    if (kind === 'prompt' && (status === 'running' || status === 'waiting')) return { type: 'held', step };
    if (kind === 'gate' && status === 'waiting') return { type: 'approved', step, output: 'x' };
    if (kind === 'deliver' && status === 'running') return { type: 'done', step, output: 'x' };
  }
  return run.status === 'completed' || (run.status === 'queued' && run.steps.length === 0)
    ? null
    : { type: 'retry', fresh: false };
}

test('whatever has happened, every call that ends, every approval and retries lead a run to its completion', () => {
  fc.assert(
    fc.property(story, (given) => {
      const sound = { ...given, breaks: 0 };
      let run = play(sound, () => {});
      for (let i = 0; i < 200 && run.status !== 'completed'; i++) {
        const event = goOn(run);
        if (event === null) break;
        run = transition(given.crew, run, event, conditionsOf(sound)).run;
      }
      expect(run.status).toBe('completed');
      expect(run.steps.some((s) => s.live)).toBe(false);
    }),
    { numRuns: 150 },
  );
});
