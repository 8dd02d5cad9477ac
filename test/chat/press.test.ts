import { describe, expect, test } from 'vitest';
import { type FormRef, readFormRef } from '../../src/chat/form.ts';
import { type Press, readPress } from '../../src/chat/press.ts';

const presses: readonly Press[] = [
  { do: 'approve', gate: 'gate_1', draft: 1 },
  { do: 'ask-again', gate: 'gate_1' },
  { do: 'stop', run: 'run_1' },
  { do: 'raise', run: 'run_1', budget: 'budget_1', nano: 5_000_000_000 },
  { do: 'confirm', request: 'request_1', mark: '$1.80' },
  { do: 'cancel' },
  { do: 'say', words: 'help research' },
];
const forms: readonly FormRef[] = [
  { form: 'crew', crew: 'research', request: 'request_1', mark: '' },
  { form: 'edit', gate: 'gate_1', draft: 2 },
  { form: 'limit', run: 'run_1', budget: 'budget_1' },
];

describe('what comes back from a platform', () => {
  test('is read as it was sent', () => {
    for (const press of presses) expect(readPress(JSON.parse(JSON.stringify(press)))).toEqual(press);
    for (const ref of forms) expect(readFormRef(JSON.parse(JSON.stringify(ref)))).toEqual(ref);
  });

  test.each([
    [null],
    ['approve'],
    [{}],
    [{ do: 'toString' }],
    [{ do: 'approve', gate: 'gate_1' }],
    [{ do: 'approve', gate: 'gate_1', draft: '1' }],
    [{ do: 'approve', gate: 'gate_1', draft: -1 }],
    [{ do: 'approve', gate: 'gate_1', draft: 1.5 }],
    [{ do: 'stop', run: { id: 'run_1' } }],
    [{ do: 'say', words: 'x'.repeat(501) }],
  ])('%j is none of ours', (value) => {
    expect(readPress(value)).toBeNull();
    expect(readFormRef(value)).toBeNull();
  });
});
