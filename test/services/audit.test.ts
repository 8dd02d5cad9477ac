import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Anchor, auditMac, detailHash } from '../../src/services/audit.ts';
import { auditAfter } from '../../src/store/audit.ts';
import { type TestWorkspace, testWorkspace } from '../support/workspace.ts';

const detail = '{"after":null,"before":{"label":"main"}}';
const salt = '000102030405060708090a0b0c0d0e0f';

describe('the format of a row (rule A1), which never changes', () => {
  test('is the one in its description', () => {
    const hash = detailHash(salt, detail);
    expect(hash).toBe('1b49627fbb5787db139bcc827fb950c9bfd5436a16d0d91172254bdb20767193');
    const row = {
      workspace_id: 'ws_1',
      seq: 1,
      at: 1_700_000_000_000,
      actor: 'member_1',
      action: 'key.revoke',
      target: 'key_1',
      detail_hash: hash,
    };
    expect(auditMac(Buffer.alloc(32, 7), '', row)).toBe(
      'e9dbc6f6cac0442d883bc02760526744759d06628eac6591ed362b5a4b6e99ff',
    );
  });

  test('can be computed from the description alone', () => {
    const hash = createHash('sha256').update(Buffer.from(salt, 'hex')).update(detail).digest('hex');
    const text = `["crewsmith-audit",1,"","ws_1",1,1700000000000,"member_1","key.revoke","key_1","${hash}"]`;
    expect(createHmac('sha256', Buffer.alloc(32, 7)).update(text).digest('hex')).toBe(
      'e9dbc6f6cac0442d883bc02760526744759d06628eac6591ed362b5a4b6e99ff',
    );
  });
});

/** `default` has three rows from its making; others follow up to this number. */
async function withRows(total: number): Promise<TestWorkspace> {
  const t = await testWorkspace();
  for (let i = 3; i < total; i++) {
    await t.store.transact((tx) =>
      t.audit.write(tx, {
        workspace: t.home.workspace,
        actor: t.home.member,
        action: 'settings.set',
        target: `setting ${i}`,
        before: { value: i },
        after: { value: i + 1 },
      }),
    );
  }
  return t;
}

const verify = (t: TestWorkspace, anchor?: Anchor) =>
  t.store.read((tx) => t.audit.verify(tx, t.home.workspace, anchor));

/** Somebody who can write to the file, and has taken the triggers away. */
function tamper(t: TestWorkspace, sql: string): void {
  const triggers = t.raw
    .prepare(`select name from sqlite_master where type = 'trigger' and tbl_name = 'audit'`)
    .all() as { name: string }[];
  for (const { name } of triggers) t.raw.exec(`drop trigger ${name}`);
  t.raw.exec(sql);
}

describe('the chain', () => {
  test('of what was written verifies, with its head', async () => {
    await using t = await withRows(5);
    const head = await t.store.read((tx) => t.audit.head(tx, t.home.workspace));
    expect(head.seq).toBe(5);
    expect(await verify(t)).toEqual({ ok: true, rows: 5, head, proven: null });
    expect(await verify(t, head)).toEqual({ ok: true, rows: 5, head, proven: 5 });
  });

  test('of more rows than are read at once verifies, and its last row is looked at', async () => {
    await using t = await withRows(3);
    await t.store.transact(async (tx) => {
      for (let i = 0; i < 1001; i++) {
        await t.audit.write(tx, {
          workspace: t.home.workspace,
          actor: 'system',
          action: 'test',
          target: String(i),
          before: null,
          after: i,
        });
      }
    });
    expect(await verify(t)).toMatchObject({ ok: true, rows: 1004 });
    tamper(t, `update audit set actor = 'eve' where seq = 1004`);
    expect(await verify(t)).toMatchObject({ ok: false, seq: 1004 });
  });

  test('keeps what cannot be stored as it is from breaking it', async () => {
    await using t = await withRows(3);
    await t.store.transact((tx) =>
      t.audit.write(tx, {
        workspace: t.home.workspace,
        actor: 'a\0b',
        action: 'test',
        target: 'half \ud83d of a pair',
        before: 'half \ud83d, \0',
        after: null,
      }),
    );
    expect(await verify(t)).toMatchObject({ ok: true, rows: 4 });
  });

  test('is not forked by transactions that write at the same time', async () => {
    await using t = await withRows(3);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        t.store.transact((tx) =>
          t.audit.write(tx, {
            workspace: t.home.workspace,
            actor: 'system',
            action: 'test',
            target: String(i),
            before: null,
            after: null,
          }),
        ),
      ),
    );
    expect(await verify(t)).toMatchObject({ ok: true, rows: 23 });
  });

  test('has no row of a transaction that was rolled back', async () => {
    await using t = await withRows(3);
    const failing = t.store.transact(async (tx) => {
      await t.audit.write(tx, {
        workspace: t.home.workspace,
        actor: 'system',
        action: 'test',
        target: 'never',
        before: null,
        after: null,
      });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await verify(t)).toMatchObject({ ok: true, rows: 3 });
  });
});

describe('what verify finds', () => {
  test.each([
    ['an edited actor', `update audit set actor = 'eve' where seq = 3`, 3],
    ['an edited action', `update audit set action = 'key.add' where seq = 3`, 3],
    ['an edited target', `update audit set target = 'key_9' where seq = 3`, 3],
    ['an edited time', `update audit set at = at + 1 where seq = 3`, 3],
    ['an edited detail', `update audit set detail = '{}' where seq = 3`, 3],
    [
      'a detail hash to fit another detail',
      `update audit set detail_hash = 'x', detail = '{}' where seq = 3`,
      3,
    ],
    [
      'an erased salt that lets the detail be edited',
      `update audit set salt = null, detail = '{}' where seq = 3`,
      3,
    ],
    ['a removed row', 'delete from audit where seq = 3', 3],
    ['a removed first row', 'delete from audit where seq = 1', 1],
    ['a removed tail', 'delete from audit where seq >= 4', 4],
    ['a removed chain', 'delete from audit', 1],
    [
      'two rows in each other’s place',
      'update audit set seq = 99 where seq = 3; update audit set seq = 3 where seq = 4; update audit set seq = 4 where seq = 99',
      3,
    ],
    [
      'a row put in at the end',
      `insert into audit select workspace_id, 6, at, actor, action, target, salt, detail, detail_hash, mac from audit where seq = 5`,
      6,
    ],
    ['a head that is ahead', `update audit_heads set seq = 6 where seq = 5`, 6],
    ['a head of another mac', `update audit_heads set mac = 'x' where seq = 5`, 6],
  ])('is %s', async (_, sql, seq) => {
    await using t = await withRows(5);
    tamper(t, sql);
    expect(await verify(t)).toEqual({ ok: false, seq, why: expect.any(String) });
  });

  test('is a tail that was cut off together with its head, up to the anchor it is given', async () => {
    await using t = await withRows(5);
    const anchor = await t.store.read((tx) => t.audit.head(tx, t.home.workspace));
    tamper(
      t,
      `delete from audit where seq >= 4;
       update audit_heads set seq = 3, mac = (select mac from audit where seq = 3 and workspace_id = '${t.home.workspace}')
       where workspace_id = '${t.home.workspace}'`,
    );
    expect(await verify(t)).toMatchObject({ ok: true, rows: 3, proven: null });
    expect(await verify(t, anchor)).toMatchObject({ ok: false, seq: 4 });
  });

  test('is not an anchor that begins as a digest shows it; fewer digits prove nothing', async () => {
    await using t = await withRows(5);
    const { seq, mac } = await t.store.read((tx) => t.audit.head(tx, t.home.workspace));
    expect(await verify(t, { seq, mac: mac.slice(0, 16) })).toMatchObject({ ok: true, proven: seq });
    expect(await verify(t, { seq, mac: mac.slice(0, 15) })).toMatchObject({ ok: false, seq });
  });

  test('is an anchor of another history', async () => {
    await using t = await withRows(5);
    expect(await verify(t, { seq: 4, mac: 'x'.repeat(64) })).toMatchObject({ ok: false, seq: 4 });
  });

  test('is a row of another workspace in this one', async () => {
    await using t = await withRows(3);
    await t.store.transact((tx) =>
      t.audit.write(tx, {
        workspace: t.other,
        actor: 'system',
        action: 'test',
        target: 'x',
        before: null,
        after: null,
      }),
    );
    tamper(
      t,
      `insert into audit select '${t.home.workspace}', 4, at, actor, action, target, salt, detail, detail_hash, mac
       from audit where workspace_id = '${t.other}'`,
    );
    expect(await verify(t)).toMatchObject({ ok: false, seq: 4 });
  });

  test('is not an erased detail', async () => {
    await using t = await withRows(5);
    t.raw.exec('update audit set salt = null, detail = null where seq = 4');
    expect(await verify(t)).toMatchObject({ ok: true, rows: 5 });
  });
});

test('each workspace has a chain and a key of its own', async () => {
  await using t = await withRows(4);
  const write = { actor: 'system', action: 'test', target: 'x', before: null, after: null };
  await t.store.transact((tx) => t.audit.write(tx, { ...write, workspace: t.other }));
  const own = await t.store.read((tx) => auditAfter(tx, t.other, 0, 10));
  expect(own.map((row) => [row.workspace_id, row.seq])).toEqual([[t.other, 1]]);
  expect(await t.store.read((tx) => t.audit.verify(tx, t.other))).toMatchObject({ ok: true, rows: 1 });
  expect(await verify(t)).toMatchObject({ ok: true, rows: 4 });
  const keys = t.raw.prepare('select audit_key, fingerprint_key from workspaces').all() as object[];
  expect(new Set(keys.flatMap((row) => Object.values(row))).size).toBe(4);
});

test('the database refuses to change or remove a row', async () => {
  await using t = await withRows(3);
  expect(() => t.raw.exec(`update audit set actor = 'eve'`)).toThrow();
  expect(() => t.raw.exec('delete from audit')).toThrow();
});
