import { describe, expect, it } from 'vitest';
import type { Failure, RunEvent, RunState, StepState } from '../../src/core/run.ts';
import { newRun, outputsOf, transition } from '../../src/core/run.ts';
import { crewWith, deliverStep, gateStep, promptStep } from '../support/crew-made.ts';
import { cases } from './run-cases.ts';

/** Two prompts side by side, a gate on the first, a delivery. */
const crew = crewWith([
  promptStep('draft', []),
  promptStep('other', []),
  gateStep('approve', 'draft'),
  deliverStep('publish', 'approve'),
]);

const broken: Failure = { code: 'provider.network', says: 'The line is dead.', reason: 'network' };
const content: Failure = { code: 'model.bad-output', says: 'Unusable.', reason: 'content' };
const always = () => true;

const events = (step: string): RunEvent[] => [
  { type: 'start' },
  { type: 'held', step },
  { type: 'turned', step },
  { type: 'blocked', step, for: 'key' },
  { type: 'blocked', step, for: 'budget' },
  { type: 'done', step, output: 'text' },
  { type: 'failed', step, failure: broken },
  { type: 'approved', step, output: { draft: 1 } },
  { type: 'rejected', step },
  { type: 'changes', step, comment: 'shorter' },
  { type: 'expired', step },
  { type: 'stop' },
  { type: 'retry', fresh: false },
  { type: 'retry', fresh: true },
];

const nameOf = (event: RunEvent) =>
  event.type === 'blocked'
    ? `blocked ${event.for}`
    : event.type === 'retry' && event.fresh
      ? 'retry fresh'
      : event.type;

/** `running*` has a call in flight, `waiting:key` waits for a key, `done2` is of round 2. */
const write = (s: StepState) =>
  `${s.status}${s.live ? '*' : ''}${s.waitingFor === null ? '' : `:${s.waitingFor}`}${s.round > 1 ? s.round : ''}`;

function read(id: string, text: string): StepState {
  const [, status = '', live, waitingFor, round] = /^([a-z]+)(\*)?(?::([a-z-]+?))?(\d)?$/.exec(text) ?? [];
  return {
    id,
    kind: crew.steps.find((s) => s.id === id)?.kind ?? 'prompt',
    status: status as StepState['status'],
    waitingFor: (waitingFor ?? null) as StepState['waitingFor'],
    round: Number(round ?? 1),
    live: live !== undefined,
    output: status === 'done' ? 'text' : null,
    failure: status === 'failed' ? broken : null,
    comment: null,
  };
}

/** `running | done waiting:key pending pending`: the run, then its steps in order. */
function state(text: string): RunState {
  const [run = '', ...steps] = text.split(/[ |]+/);
  const [status, waitingFor = null] = run.split(':');
  return {
    status: status as RunState['status'],
    waitingFor: waitingFor as RunState['waitingFor'],
    failure: status === 'failed' ? broken : null,
    steps: crew.steps.map((step, i) => read(step.id, steps[i] ?? '')),
  };
}

function shown(run: RunState): string {
  const waits = run.waitingFor === null ? '' : `:${run.waitingFor}`;
  return `${run.status}${waits} | ${run.steps.map(write).join(' ')}`;
}

const effectText = (effect: object) =>
  Object.values(effect)
    .filter((v) => v !== false)
    .map((v) => (v === true ? 'again' : v))
    .join(' ');

describe('transition: what each event changes', () => {
  for (const { from, step, rows } of cases) {
    for (const event of events(step)) {
      const row = rows.find(([name]) => name === nameOf(event));
      if (row === undefined) {
        it(`${from}: "${nameOf(event)}" of ${step} changes nothing and asks for nothing`, () => {
          const before = state(from);
          const after = transition(crew, before, event, always);
          expect(after.run).toBe(before);
          expect(after.effects).toEqual([]);
        });
      } else {
        it(`${from}: "${row[0]}" of ${step} makes it ${row[1]}`, () => {
          const { run, effects } = transition(crew, state(from), event, always);
          expect(shown(run)).toBe(row[1]);
          expect(effects.map(effectText).join(', ')).toBe(row[2]);
        });
      }
    }
  }

  it('every event of the table applies somewhere', () => {
    for (const { from, step, rows } of cases) {
      const known = events(step).map(nameOf);
      expect(rows.filter(([name]) => !known.includes(name)).map(([name]) => `${from}: ${name}`)).toEqual([]);
    }
    const named = new Set(cases.flatMap(({ rows }) => rows.map(([name]) => name)));
    expect([...named].sort()).toEqual([...new Set(events('draft').map(nameOf))].sort());
  });

  it('an event of a step that the crew does not have changes nothing', () => {
    const before = state('running | running running pending pending');
    for (const event of events('nobody').filter((e) => 'step' in e)) {
      expect(transition(crew, before, event, always)).toEqual({ run: before, effects: [] });
    }
  });
});

describe('conditions', () => {
  const chosen = crewWith([
    promptStep('triage', []),
    promptStep('deep', ['triage'], { when: 'steps.triage > 5' }),
    gateStep('approve', 'deep'),
    deliverStep('publish', 'approve'),
    promptStep('sum', ['triage', 'deep']),
    { ...promptStep('strict', ['triage', 'deep']), needsAll: true },
  ]);
  const triaged = (condition: boolean | Failure) => {
    const begun = transition(chosen, newRun(chosen), { type: 'start' }, always).run;
    const event = { type: 'done', step: 'triage', output: 7 } as const;
    return transition(chosen, begun, event, (step) => (step.id === 'deep' ? condition : true));
  };
  const statuses = (run: RunState) => run.steps.map((s) => `${s.id} ${s.status}`);

  it('a step whose condition does not hold is skipped, with its gate and delivery; others see null (rule R3)', () => {
    const { run } = triaged(false);
    expect(statuses(run)).toEqual([
      'triage done',
      'deep skipped',
      'approve skipped',
      'publish skipped',
      'sum running',
      'strict skipped',
    ]);
    expect(outputsOf(run)).toEqual({
      triage: 7,
      deep: null,
      approve: null,
      publish: null,
      sum: null,
      strict: null,
    });
  });

  it('a condition is asked with the outputs of what is finished', () => {
    const seen: unknown[] = [];
    const begun = transition(chosen, newRun(chosen), { type: 'start' }, always).run;
    transition(chosen, begun, { type: 'done', step: 'triage', output: 7 }, (step, outputs) => {
      seen.push([step.id, outputs.triage]);
      return true;
    });
    expect(seen).toEqual([['deep', 7]]);
  });

  it('a condition that cannot be evaluated fails the run, with the reason, and begins nothing', () => {
    const { run, effects } = triaged({ code: 'template.failed', says: 'no such thing', reason: 'crew' });
    expect(run.status).toBe('failed');
    expect(run.failure).toMatchObject({ says: 'no such thing' });
    expect(effects.map(effectText)).toEqual(['show triage', 'ended failed']);
  });
});

describe('what rests on a step (rules R4, G2)', () => {
  const wide = crewWith([
    promptStep('draft', []),
    promptStep('sum', ['draft']),
    promptStep('aside', []),
    promptStep('never', ['draft'], { when: 'no' }),
    gateStep('first', 'draft'),
    gateStep('second', 'draft'),
    gateStep('late', 'draft', ['first', 'sum']),
    deliverStep('publish', 'first'),
    promptStep('after', ['late']),
  ]);
  const when = (step: { id: string }) => step.id !== 'never';
  const run = (...list: RunEvent[]) =>
    list.reduce<ReturnType<typeof transition>>(
      (change, event) => transition(wide, change.run, event, when),
      transition(wide, newRun(wide), { type: 'start' }, when),
    );
  const rounds = ({ steps }: RunState) =>
    Object.fromEntries(steps.map((s) => [s.id, `${s.status}${s.live ? '*' : ''} ${s.round}`]));
  const drafted: RunEvent[] = [
    { type: 'held', step: 'draft' },
    { type: 'done', step: 'draft', output: 'text' },
    { type: 'held', step: 'sum' },
  ];
  const changes: RunEvent = { type: 'changes', step: 'second', comment: 'shorter' };

  it('changes begin a new round of the step that was shown and of begun steps that rest on it, and close other gates', () => {
    const { run: after, effects } = run(...drafted, changes);
    expect(rounds(after)).toEqual({
      draft: 'running 2',
      sum: 'pending* 2',
      aside: 'running 1',
      never: 'pending 1',
      first: 'pending 1',
      second: 'pending 1',
      late: 'pending 1',
      publish: 'pending 1',
      after: 'pending 1',
    });
    expect(after.steps[0]?.comment).toBe('shorter');
    expect(effects.map(effectText)).toEqual(['close first', 'call draft']);
  });

  it('a call of the round before ends without a word, and the new round is called after it', () => {
    const redrafted: RunEvent[] = [
      { type: 'held', step: 'draft' },
      { type: 'done', step: 'draft', output: 'shorter text' },
    ];
    const before = run(...drafted, changes, { type: 'turned', step: 'sum' });
    expect(rounds(before.run)).toMatchObject({ sum: 'pending 2' });
    const ended = run(...drafted, changes, { type: 'turned', step: 'sum' }, ...redrafted);
    expect(ended.effects.map(effectText)).toContain('call sum');
    const late = run(...drafted, changes, ...redrafted, { type: 'turned', step: 'sum' });
    expect(late.effects.map(effectText)).toEqual(['call sum']);
  });

  it('what was approved and sent is not sent again unless its gate asks anew', () => {
    const apart = crewWith([
      promptStep('a', []),
      promptStep('b', []),
      gateStep('ga', 'a'),
      gateStep('gb', 'b'),
      deliverStep('out', 'ga', ['b']),
    ]);
    const list: RunEvent[] = [
      { type: 'held', step: 'a' },
      { type: 'done', step: 'a', output: 'a' },
      { type: 'held', step: 'b' },
      { type: 'done', step: 'b', output: 'b' },
      { type: 'approved', step: 'ga', output: 1 },
      { type: 'done', step: 'out', output: 'sent' },
      { type: 'changes', step: 'gb', comment: 'shorter' },
    ];
    const start = transition(apart, newRun(apart), { type: 'start' }, always);
    const end = list.reduce((change, event) => transition(apart, change.run, event, always), start);
    expect(rounds(end.run)).toMatchObject({ b: 'running 2', out: 'done 1', ga: 'done 1' });
  });

  it('a retry after the rejection begins the rejected step anew, and what had begun on it', () => {
    const rejected = run(
      ...drafted,
      { type: 'turned', step: 'sum' },
      { type: 'rejected', step: 'first' },
      { type: 'retry', fresh: false },
    );
    expect(rounds(rejected.run)).toMatchObject({
      draft: 'running 2',
      sum: 'pending 2',
      aside: 'running 1',
      after: 'pending 1',
      late: 'pending 1',
    });
  });

  it('a retry after expiry asks again with the same draft, and with a new one only when that is wanted (rule G6)', () => {
    const expired = run(...drafted, { type: 'expired', step: 'first' }, { type: 'turned', step: 'sum' }).run;
    expect(expired.status).toBe('failed');
    expect(expired.failure).toMatchObject({ code: 'gate.expired', reason: 'expired' });
    const again = transition(wide, expired, { type: 'retry', fresh: false }, when);
    expect(again.effects.map(effectText)).toContain('ask first again');
    expect(rounds(again.run)).toMatchObject({ draft: 'done 1', first: 'waiting 1' });
    const fresh = transition(wide, expired, { type: 'retry', fresh: true }, when);
    expect(rounds(fresh.run)).toMatchObject({ draft: 'running 2', first: 'pending 1' });
  });

  it.each([
    [content, false, 2],
    [broken, false, 1],
    [broken, true, 2],
    [content, true, 2],
  ])('a retry after %o (new content asked for: %s) goes on in round %i', (failure, fresh, round) => {
    const failed = run({ type: 'failed', step: 'draft', failure }).run;
    expect(failed).toMatchObject({ status: 'failed', failure });
    const again = transition(wide, failed, { type: 'retry', fresh }, when).run;
    expect(again).toMatchObject({ status: 'running', failure: null });
    expect(rounds(again).draft).toBe(`running ${round}`);
  });

  it('a retry waits until the calls of the run have ended (rule R2)', () => {
    const stopped = run({ type: 'held', step: 'draft' }, { type: 'stop' }).run;
    expect(transition(wide, stopped, { type: 'retry', fresh: false }, when).run).toBe(stopped);
    const ended = transition(wide, stopped, { type: 'turned', step: 'draft' }, when).run;
    expect(transition(wide, ended, { type: 'retry', fresh: false }, when).run.status).toBe('running');
  });
});
