import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PromptStep } from '../../src/core/crew.ts';
import { askForResult, isBadOutput, type Judge, nextTurn, type PaidTurn } from '../../src/core/turns.ts';

const stepWith = (turns: number, structured = true): PromptStep => ({
  id: 'gather',
  needs: [],
  needsAll: false,
  when: null,
  kind: 'prompt',
  agent: 'analyst',
  prompt: 'Read.',
  read: null,
  output: structured ? { is: 'text' } : null,
  limits: { turns, inputTokens: 1_000, outputTokens: 100, searches: 0, timeMs: 1_000 },
});

const turn = (number: number, more: Partial<PaidTurn> = {}): PaidTurn => ({
  turn: number,
  kind: 'final',
  repair: false,
  text: 'good',
  calls: [],
  finish: 'stop',
  ...more,
});
const reading = (number: number): PaidTurn =>
  turn(number, { kind: 'open', text: '', calls: [call], finish: 'tool-calls' });
const call = { id: 'call_1', tool: 'web.fetch', arguments: { url: 'https://acme.com' } };

/** `good` is right, `prune` is only with nothing left to ask for. */
const judge: Judge = (text, lastChance) =>
  text === 'good' || (text === 'prune' && lastChance)
    ? { ok: true, output: `${text} output` }
    : { ok: false, again: `Mend "${text}".`, why: `it was "${text}"` };

const next = (step: PromptStep, tools: boolean, ...paid: PaidTurn[]) => nextTurn(step, tools, paid, judge);

describe('a step without tools (rule R1)', () => {
  const step = stepWith(1);

  it('begins with its prompt and ends with the first good answer', () => {
    expect(next(step, false)).toEqual({ do: 'prompt', kind: 'final' });
    expect(next(step, false, turn(1))).toEqual({ do: 'done', output: 'good output' });
  });

  it('asks once to mend a bad answer, then fails because of its content (rule M6)', () => {
    const bad = turn(1, { text: 'bad' });
    expect(isBadOutput(step, bad, judge)).toBe(true);
    expect(next(step, false, bad)).toEqual({
      do: 'say',
      turn: 2,
      kind: 'final',
      repair: true,
      text: 'Mend "bad".',
    });
    expect(next(step, false, bad, turn(2, { repair: true }))).toEqual({ do: 'done', output: 'good output' });
    const worse = turn(2, { repair: true, text: 'worse' });
    expect(isBadOutput(step, worse, judge)).toBe(true);
    expect(next(step, false, bad, worse)).toEqual({
      do: 'fail',
      failure: {
        code: 'model.bad-output',
        says: `The model's answer could not be used, even after a repair: it was "worse".`,
        reason: 'content',
      },
    });
  });

  it('takes what can be pruned only when nothing is left to ask for (rule R9)', () => {
    const first = turn(1, { text: 'prune' });
    expect(isBadOutput(step, first, judge)).toBe(true);
    expect(next(step, false, first)).toMatchObject({ do: 'say', repair: true });
    const second = turn(2, { text: 'prune', repair: true });
    expect(isBadOutput(step, second, judge)).toBe(false);
    expect(next(step, false, first, second)).toEqual({ do: 'done', output: 'prune output' });
  });

  it('has an answer that was cut off given again, shorter, even where the piece reads well', () => {
    const cut = turn(1, { finish: 'length' });
    expect(isBadOutput(step, cut, judge)).toBe(true);
    expect(next(step, false, cut)).toMatchObject({
      do: 'say',
      repair: true,
      text: expect.stringContaining('cut off'),
    });
    const again = turn(2, { finish: 'length', repair: true });
    expect(next(step, false, cut, again)).toMatchObject({
      do: 'fail',
      failure: { says: expect.stringContaining('longer than the limit') },
    });
  });

  it('fails with the words of a refusal and asks for no repair', () => {
    const refused = turn(1, { finish: 'refusal', text: 'I cannot help with that.' });
    expect(isBadOutput(step, refused, judge)).toBe(true);
    expect(next(step, false, refused)).toEqual({
      do: 'fail',
      failure: {
        code: 'model.refused',
        says: 'The model refused: "I cannot help with that."',
        reason: 'content',
      },
    });
    const silent = turn(1, { finish: 'refusal', text: ' ' });
    expect(next(step, false, silent)).toMatchObject({
      failure: { says: 'The model refused: it said nothing.' },
    });
  });

  it('takes no notice of tools that it did not offer', () => {
    expect(next(step, false, turn(1, { calls: [call] }))).toEqual({ do: 'done', output: 'good output' });
  });
});

describe('a step with tools (rules M2, R5)', () => {
  const step = stepWith(4);

  it('runs what is called, asks for the result, and takes it', () => {
    expect(next(step, true)).toEqual({ do: 'prompt', kind: 'open' });
    expect(next(step, true, reading(1))).toEqual({ do: 'tools', turn: 2, kind: 'open', calls: [call] });
    expect(isBadOutput(step, reading(1), judge)).toBe(false);
    const enough = turn(2, { kind: 'open', text: 'I have read enough.' });
    expect(isBadOutput(step, enough, judge)).toBe(false);
    expect(next(step, true, reading(1), enough)).toEqual({
      do: 'say',
      turn: 3,
      kind: 'final',
      repair: false,
      text: askForResult,
    });
    expect(next(step, true, reading(1), enough, turn(3))).toEqual({ do: 'done', output: 'good output' });
  });

  it('gets its last turn without tools, so that the limit holds', () => {
    expect(next(step, true, reading(1), reading(2))).toMatchObject({ do: 'tools', kind: 'open' });
    expect(next(step, true, reading(1), reading(2), reading(3))).toMatchObject({
      do: 'tools',
      turn: 4,
      kind: 'final',
    });
    expect(next(stepWith(1), true)).toEqual({ do: 'prompt', kind: 'final' });
  });

  it('may be repaired on top of its turns', () => {
    const paid = [reading(1), reading(2), reading(3), turn(4, { text: 'bad' })];
    expect(next(step, true, ...paid)).toMatchObject({ do: 'say', turn: 5, kind: 'final', repair: true });
    expect(next(step, true, ...paid, turn(5, { repair: true }))).toMatchObject({ do: 'done' });
  });

  it('takes a text of an open turn as its result where it has no form', () => {
    const free = stepWith(4, false);
    expect(next(free, true, reading(1), turn(2, { kind: 'open' }))).toEqual({
      do: 'done',
      output: 'good output',
    });
    const bad = turn(2, { kind: 'open', text: 'bad' });
    expect(isBadOutput(free, bad, judge)).toBe(true);
    expect(next(free, true, reading(1), bad)).toMatchObject({
      do: 'say',
      turn: 3,
      kind: 'final',
      repair: true,
    });
  });
});

const reply = fc.record({
  text: fc.constantFrom('good', 'prune', 'bad'),
  calls: fc.constantFrom([], [call]),
  finish: fc.constantFrom('stop', 'tool-calls', 'length', 'refusal', 'other'),
});

it('a step ends within its turns and one repair, whatever is answered (rule M3: the price is bounded)', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.boolean(),
      fc.boolean(),
      fc.array(reply, { minLength: 10, maxLength: 10 }),
      (turns, tools, structured, replies) => {
        const step = stepWith(turns, structured);
        const paid: PaidTurn[] = [];
        for (;;) {
          const now = nextTurn(step, tools, paid, judge);
          if (now.do === 'done' || now.do === 'fail') break;
          const number = now.do === 'prompt' ? 1 : now.turn;
          const repair = now.do === 'say' && now.repair;
          expect(number).toBe(paid.length + 1);
          const answer = replies[paid.length];
          if (answer === undefined) throw new Error('it did not end');
          if (now.kind === 'open') expect(tools).toBe(true);
          paid.push({ ...answer, turn: number, kind: now.kind, repair });
        }
        expect(paid.filter((p) => !p.repair).length).toBeLessThanOrEqual(turns);
        expect(paid.filter((p) => p.repair).length).toBeLessThanOrEqual(1);
        const repaired = paid.findIndex((p) => p.repair);
        if (repaired >= 0) expect(isBadOutput(step, paid[repaired - 1] ?? turn(0), judge)).toBe(true);
      },
    ),
  );
});
