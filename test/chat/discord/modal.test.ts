import { ComponentType } from 'discord.js';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../src/chat/discord/limits.ts';
import { mayEnd, modalCount, modalOf, valuesOf } from '../../../src/chat/discord/modal.ts';
import { wordsModal } from '../../../src/chat/discord/words-modal.ts';
import type { Form, FormField } from '../../../src/chat/form.ts';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { modalProblem } from '../../support/discord/shapes.ts';
import { readSpec, specProblems } from '../../support/openapi.ts';

const spec = readSpec('discord-openapi.json');

const field = (name: string, more: Partial<FormField> = {}): FormField => ({
  ...{ name, label: name, hint: '', required: false, value: '', most: 20_000, input: { type: 'lines' } },
  ...more,
});

const formWith = (fields: readonly FormField[], more: Partial<Form> = {}): Form => ({
  ...{ v: 1, ref: { form: 'edit', gate: 'gate_1', draft: 1 }, title: 'Edit the draft', says: [] },
  ...{ fields, submit: 'Save and approve' },
  ...more,
});

function problemsOf(form: Form): (string | null)[] {
  return Array.from({ length: modalCount(form) }, (_, at) => {
    const modal = modalOf({ form, at, typed: {}, files: [] }, 'o:token') as unknown as Json;
    const described = spec === null ? [] : specProblems(spec, 'ModalInteractionCallbackRequestData', modal);
    return modalProblem(modal as JsonObject) ?? described[0] ?? null;
  });
}

/** What Discord sends back of every modal of a form that nobody changed: without spaces at the ends. */
function unchanged(form: Form): Record<string, string> {
  const typed: Record<string, string> = {};
  for (let at = 0; at < modalCount(form); at++) {
    for (const part of modalOf({ form, at, typed: {}, files: [] }, 'o:token').components) {
      if ('component' in part && 'value' in part.component)
        typed[part.component.custom_id] = (part.component.value ?? '').trim();
    }
  }
  return valuesOf(form, typed);
}

describe('a form as modals', () => {
  test('has five boxes a modal, four where sentences stand above them', () => {
    const fields = (n: number) => Array.from({ length: n }, (_, i) => field(`f${i}`));
    expect([5, 6, 10, 11].map((n) => modalCount(formWith(fields(n))))).toEqual([1, 2, 2, 3]);
    expect([4, 5].map((n) => modalCount(formWith(fields(n), { says: ['It costs $1.'] })))).toEqual([1, 2]);
    expect(problemsOf(formWith(fields(11), { says: ['It costs $1.'] }))).toEqual([null, null, null]);
  });

  test('lists choices as far as Discord takes them; where they are too many or too long they are typed', () => {
    const boxOf = (values: readonly string[]) => {
      const choices = values.map((value) => ({ value, label: value }));
      const form = formWith([field('plan', { most: 200, input: { type: 'choice', choices } })]);
      expect(problemsOf(form)).toEqual([null]);
      const [part] = modalOf({ form, at: 0, typed: {}, files: [] }, 'o:token').components;
      return part !== undefined && 'component' in part ? part : null;
    };
    const plans = (n: number) => Array.from({ length: n }, (_, i) => `plan ${i}`);
    expect(boxOf(plans(25))?.component.type).toBe(ComponentType.StringSelect);
    expect(boxOf(['a', 'x'.repeat(100)])?.component.type).toBe(ComponentType.StringSelect);
    expect(boxOf(plans(26))).toMatchObject({
      component: { type: ComponentType.TextInput },
      description: expect.stringMatching(/^One of: plan 0, plan 1, /),
    });
    const long = 'x'.repeat(300);
    expect(boxOf(['a', long])).toMatchObject({
      component: { type: ComponentType.TextInput, max_length: long.length },
    });
  });

  test('is within every limit, also with long names and many choices', () => {
    const choices = (n: number) =>
      Array.from({ length: n }, (_, i) => ({ value: `v${i}`, label: 'x'.repeat(200) }));
    const form = formWith(
      [
        field('a', { label: 'l'.repeat(200), hint: 'h'.repeat(300), value: 'v'.repeat(limits.typed.most) }),
        field('b', { input: { type: 'choice', choices: choices(25) }, value: 'v3' }),
        field('c', { most: 1, value: '' }),
      ],
      { title: 't'.repeat(100) },
    );
    expect(problemsOf(form)).toEqual([null]);
    const words = wordsModal(`research ${'x'.repeat(5_000)}`, 'words') as unknown as Json;
    expect(spec === null ? [] : specProblems(spec, 'ModalInteractionCallbackRequestData', words)).toEqual([]);
  });

  test('a text at the limit has one box, one over has two, and comes back as it was', () => {
    const text = (n: number) => `${'one line of it\n'.repeat(400)}${'y'.repeat(n)}`.slice(-n).trim();
    const whole = formWith([field('a', { value: 'y'.repeat(limits.typed.most) })]);
    expect(modalOf({ form: whole, at: 0, typed: {}, files: [] }, 'o').components).toHaveLength(1);
    const over = formWith([field('a', { value: text(limits.typed.most + 1) })]);
    expect(modalOf({ form: over, at: 0, typed: {}, files: [] }, 'o').components).toHaveLength(2);
    const long = formWith([
      field('a', { value: `${'A line.\n\nAnother one. '.repeat(900)}end` }),
      field('b', { value: 'x' }),
    ]);
    expect(unchanged(long)).toEqual({ a: long.fields[0]?.value, b: 'x' });
    expect(problemsOf(long).every((problem) => problem === null)).toBe(true);
  });

  test('a text without a space is not cut within a sign', () => {
    const form = formWith([field('a', { value: `x${'\u{1f375}'.repeat(3_000)}` })]);
    expect(unchanged(form)).toEqual({ a: form.fields[0]?.value });
    const boxes = JSON.stringify(modalOf({ form, at: 0, typed: {}, files: [] }, 'o'));
    expect(boxes).not.toMatch(/\\ud[89ab]/);
  });

  test('what was not opened stays as it was, and may be left out where nothing in it is missing', () => {
    const fields = Array.from({ length: 7 }, (_, i) => field(`f${i}`, { value: `was ${i}`, required: true }));
    const form = formWith(fields);
    expect(valuesOf(form, { f0: 'new' })).toEqual({ f0: 'new' });
    expect(mayEnd(form, { f0: 'new' })).toBe(true);
    const lacking = formWith([...fields.slice(0, 6), field('f6', { required: true })]);
    expect(mayEnd(lacking, { f0: 'new' })).toBe(false);
    expect(mayEnd(lacking, { f6: 'now' })).toBe(true);
    const long = formWith([field('a', { value: `${'word '.repeat(1_000)}end` })]);
    expect(valuesOf(long, { 'a#0': 'new' })).toEqual({ a: `new ${'word '.repeat(1_000).slice(4_000)}end` });
  });
});
