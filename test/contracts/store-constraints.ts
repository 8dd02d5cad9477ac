import { expect, test } from 'vitest';
import { db } from '../../src/store/db.ts';
import type { Store } from '../../src/store/port.ts';
import type { Tables } from '../../src/store/schema.ts';
import { rows } from '../support/rows.ts';
import type { Open } from './store.ts';

type Made = keyof typeof rows;
type Changes = { [T in Made]: [table: T, changes?: Partial<Tables[T]>] }[Made];

const insert = (store: Store, [table, changes]: Changes) =>
  store.transact((tx) =>
    db(tx)
      .insertInto(table)
      .values((rows[table] as (c?: object) => Tables[typeof table])(changes))
      .execute(),
  );

const parents: readonly Changes[] = [
  ['workspaces'],
  ['workspaces', { id: 'ws_b' }],
  ['members'],
  ['keys', { id: 'key_other', label: 'other' }],
  ['runs'],
  ['runs', { id: 'run_b' }],
  ['gates', { id: 'gate_other', step: 'other' }],
  ['budgets', { id: 'budget_other', scope: 'crew:other' }],
  ['attempts', { id: 'attempt_other', turn: 9 }],
];

/** A promise, the row that stands, a second one that breaks it, and ones that do not. */
const uniques: readonly { promise: string; first: Changes; breaks: Changes; allowed: readonly Changes[] }[] =
  [
    {
      promise: 'one team belongs to one workspace',
      first: ['installations'],
      breaks: ['installations', { id: 'inst_b', workspace_id: 'ws_b' }],
      allowed: [['installations', { id: 'inst_b', surface: 'discord' }]],
    },
    {
      promise: 'a label names one live key',
      first: ['keys'],
      breaks: ['keys', { id: 'key_b' }],
      allowed: [
        ['keys', { id: 'key_b', state: 'revoked' }],
        ['keys', { id: 'key_c', environment: 'staging' }],
        ['keys', { id: 'key_d', workspace_id: 'ws_b' }],
      ],
    },
    {
      promise: 'versions of a key are counted once (rule K1)',
      first: ['key_versions', { key_id: 'key_other' }],
      breaks: ['key_versions', { id: 'version_b', key_id: 'key_other' }],
      allowed: [['key_versions', { id: 'version_b', key_id: 'key_other', seq: 2 }]],
    },
    {
      promise: 'one run a request (rule S2)',
      first: ['requests'],
      breaks: ['requests', { id: 'request_b' }],
      allowed: [['requests', { id: 'request_b', surface: 'discord' }]],
    },
    {
      promise: 'a held turn is not held again (rule R1)',
      first: ['attempts'],
      breaks: ['attempts', { id: 'attempt_b' }],
      allowed: [
        ['attempts', { id: 'attempt_c', turn: 2 }],
        ['attempts', { id: 'attempt_d', round: 2 }],
        ['attempts', { id: 'attempt_e', item: 'x' }],
        ['attempts', { id: 'attempt_f', run_id: 'run_b' }],
      ],
    },
    {
      promise: 'a settled turn is never held again (rule R1)',
      first: ['attempts', { state: 'settled' }],
      breaks: ['attempts', { id: 'attempt_b' }],
      allowed: [],
    },
    {
      promise: 'a turn paid for a bad output is never held again (rule R1)',
      first: ['attempts', { state: 'bad-output' }],
      breaks: ['attempts', { id: 'attempt_b' }],
      allowed: [],
    },
    {
      promise: 'a gate of a step is one row',
      first: ['gates'],
      breaks: ['gates', { id: 'gate_b' }],
      allowed: [['gates', { id: 'gate_b', step: 'approve-2' }]],
    },
    {
      promise: 'a draft is one document (rule G1)',
      first: ['documents', { gate_id: 'gate_other' }],
      breaks: ['documents', { id: 'doc_b', gate_id: 'gate_other' }],
      allowed: [['documents', { id: 'doc_b', gate_id: 'gate_other', draft: 2 }]],
    },
    {
      promise: 'a member decides once on a draft (rule G4)',
      first: ['decisions', { gate_id: 'gate_other' }],
      breaks: ['decisions', { id: 'decision_b', gate_id: 'gate_other', decision: 'reject' }],
      allowed: [
        ['decisions', { id: 'decision_b', gate_id: 'gate_other', draft: 2 }],
        ['decisions', { id: 'decision_c', gate_id: 'gate_other', member_id: 'member_b' }],
      ],
    },
    {
      promise: 'a scope and window have one budget that is not removed',
      first: ['budgets'],
      breaks: ['budgets', { id: 'budget_b' }],
      allowed: [
        ['budgets', { id: 'budget_b', removed_at: 5 }],
        ['budgets', { id: 'budget_c', window: 'day' }],
      ],
    },
    {
      promise: 'a window of a budget is one period (rule M4)',
      first: ['budget_periods', { budget_id: 'budget_other' }],
      breaks: ['budget_periods', { id: 'period_b', budget_id: 'budget_other' }],
      allowed: [['budget_periods', { id: 'period_b', budget_id: 'budget_other', starts_at: 7 }]],
    },
    {
      promise: 'an attempt is charged once (rule M8)',
      first: ['entries', { attempt_id: 'attempt_other' }],
      breaks: ['entries', { id: 'entry_b', attempt_id: 'attempt_other', nano: 7 }],
      allowed: [
        ['entries', { id: 'entry_b', attempt_id: 'attempt_other', kind: 'adjustment', nano: -7 }],
        ['entries', { id: 'entry_c', attempt_id: 'attempt_other', kind: 'adjustment', seq: 1 }],
      ],
    },
    {
      promise: 'a card is written once (rule S3)',
      first: ['outbox'],
      breaks: ['outbox', { id: 'card_b' }],
      allowed: [['outbox', { id: 'card_b', dedupe: 'd2' }]],
    },
    {
      promise: 'the audit of a workspace is counted once (rule A1)',
      first: ['audit'],
      breaks: ['audit', { action: 'key.revoke' }],
      allowed: [['audit', { workspace_id: 'ws_b' }]],
    },
  ];

const refused: readonly { promise: string; row: Changes; why: RegExp }[] = [
  {
    promise: 'no step hangs on the run of another workspace',
    row: ['steps', { workspace_id: 'ws_b' }],
    why: /foreign key/i,
  },
  {
    promise: 'no attempt hangs on the run of another workspace',
    row: ['attempts', { workspace_id: 'ws_b' }],
    why: /foreign key/i,
  },
  {
    promise: 'no document hangs on the gate of another workspace',
    row: ['documents', { gate_id: 'gate_other', workspace_id: 'ws_b' }],
    why: /foreign key/i,
  },
  {
    promise: 'no version hangs on the key of another workspace',
    row: ['key_versions', { key_id: 'key_other', workspace_id: 'ws_b' }],
    why: /foreign key/i,
  },
  {
    promise: 'a charge is never negative',
    row: ['entries', { attempt_id: 'attempt_other', nano: -1 }],
    why: /check/i,
  },
  {
    promise: 'nothing is released that was not held',
    row: ['budget_periods', { budget_id: 'budget_other', held_nano: -1 }],
    why: /check/i,
  },
];

export function constraintCases(open: Open): void {
  async function begin(): Promise<Store> {
    const store = await open();
    for (const parent of parents) await insert(store, parent);
    return store;
  }

  for (const { promise, first, breaks, allowed } of uniques) {
    test(promise, async () => {
      const store = await begin();
      await insert(store, first);
      await expect(insert(store, breaks)).rejects.toThrow(/unique/i);
      for (const row of allowed) await insert(store, row);
    });
  }

  for (const { promise, row, why } of refused) {
    test(promise, async () => {
      await expect(insert(await begin(), row)).rejects.toThrow(why);
    });
  }

  for (const state of ['unsent', 'uncertain'] as const) {
    test(`a turn whose attempt is ${state} may be held again (rule M6)`, async () => {
      const store = await begin();
      await insert(store, ['attempts', { state }]);
      await insert(store, ['attempts', { id: 'attempt_b' }]);
      await expect(insert(store, ['attempts', { id: 'attempt_c' }])).rejects.toThrow(/unique/i);
    });
  }

  test('of two that claim a turn at once one inserts nothing (rule R1)', async () => {
    const store = await begin();
    const claim = (id: string) =>
      store.transact(async (tx) => {
        const done = await db(tx)
          .insertInto('attempts')
          .values(rows.attempts({ id }))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        return Number(done.numInsertedOrUpdatedRows);
      });
    const claims = await Promise.all(Array.from({ length: 8 }, (_, i) => claim(`attempt_${i}`)));
    expect(claims.reduce((a, b) => a + b)).toBe(1);
  });

  test('an entry of the ledger is neither changed nor deleted (rule M8)', async () => {
    const store = await begin();
    await insert(store, ['entries', { attempt_id: 'attempt_other' }]);
    const change = store.transact((tx) => db(tx).updateTable('entries').set({ nano: 1 }).execute());
    await expect(change).rejects.toThrow(/append-only/);
    const remove = store.transact((tx) => db(tx).deleteFrom('entries').execute());
    await expect(remove).rejects.toThrow(/append-only/);
    const kept = await store.read((tx) => db(tx).selectFrom('entries').select('nano').execute());
    expect(kept).toEqual([{ nano: 50 }]);
  });

  test('of an audit row only salt and detail can be erased (rule A1)', async () => {
    const store = await begin();
    await insert(store, ['audit']);
    const update = (changes: Partial<Tables['audit']>) =>
      store.transact((tx) => db(tx).updateTable('audit').set(changes).execute());
    const tampered: readonly Partial<Tables['audit']>[] = [
      { workspace_id: 'ws_b' },
      { seq: 2 },
      { at: 2 },
      { actor: 'x' },
      { action: 'x' },
      { target: 'x' },
      { detail_hash: 'x' },
      { mac: 'x' },
      { salt: 'x' },
      { detail: 'x' },
      { salt: null, detail: 'x' },
      { detail: null, mac: 'x' },
    ];
    for (const changes of tampered) await expect(update(changes)).rejects.toThrow(/append-only/);
    const remove = store.transact((tx) => db(tx).deleteFrom('audit').execute());
    await expect(remove).rejects.toThrow(/append-only/);
    await update({ salt: null, detail: null });
    await expect(update({ detail: '{}' })).rejects.toThrow(/append-only/);
    const found = await store.read((tx) => db(tx).selectFrom('audit').selectAll().execute());
    expect(found).toEqual([rows.audit({ salt: null, detail: null })]);
  });
}
