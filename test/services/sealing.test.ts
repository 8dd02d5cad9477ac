import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCrewsmithError } from '../../src/errors.ts';
import { createSealing, masterId, masterOf, type Place } from '../../src/services/sealing.ts';
import { countedRandom } from '../support/workspace.ts';

const key = (fill: number) => Buffer.alloc(32, fill);
const sealingWith = (current: Buffer, old: Buffer | null = null) =>
  createSealing({ current, old, random: countedRandom('sealing') });
const place: Place = { table: 'key_versions', column: 'sealed', id: 'version_1', workspace: 'workspace_1' };
const secret = Buffer.from('the secret of acme.com');

describe('a sealed text', () => {
  test('opens where it was sealed, for any bytes', () => {
    const sealing = sealingWith(key(1));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const plain = Buffer.from(bytes);
        return sealing.open(place, sealing.seal(place, plain)).equals(plain);
      }),
    );
  });

  test('shows nothing of what it holds and is another each time', () => {
    const sealing = sealingWith(key(1));
    const [one, two] = [sealing.seal(place, secret), sealing.seal(place, secret)];
    expect(one).not.toBe(two);
    expect(one).not.toContain(secret.toString());
    expect(one).not.toContain(secret.toString('base64').slice(0, 12));
  });

  test('carries its version and names its master key (rules R8, K6)', () => {
    const sealing = sealingWith(key(1));
    const text = sealing.seal(place, secret);
    expect(JSON.parse(text)).toMatchObject({ v: 1, master: masterId(key(1)) });
    expect(masterOf(text, place)).toBe(sealing.currentId);
  });

  test.each([
    ['table', { table: 'workspaces' }],
    ['column', { column: 'hint' }],
    ['row', { id: 'version_2' }],
    ['workspace', { workspace: 'workspace_2' }],
  ])('does not open once moved to another %s', (_, moved) => {
    const sealing = sealingWith(key(1));
    const text = sealing.seal(place, secret);
    expect(() => sealing.open({ ...place, ...moved }, text)).toThrow(
      expect.toSatisfy((error: unknown) => isCrewsmithError(error, 'seal.broken')),
    );
  });

  test('does not open once a byte of any part was changed', () => {
    const sealing = sealingWith(key(1));
    const sealed = JSON.parse(sealing.seal(place, secret)) as Record<'key' | 'data', string>;
    for (const part of ['key', 'data'] as const) {
      const bytes = Buffer.from(sealed[part], 'base64');
      for (let at = 0; at < bytes.length; at++) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        const text = JSON.stringify({ ...sealed, [part]: changed.toString('base64') });
        expect(() => sealing.open(place, text)).toThrow('does not open');
      }
    }
  });

  test.each(['', 'null', '{}', '{"v":2}', 'not JSON', '{"v":1,"master":"m","key":"","data":""}'])(
    'that is none is refused: %s',
    (text) => {
      expect(() => sealingWith(key(1)).open(place, text)).toThrow(
        expect.toSatisfy((error: unknown) => isCrewsmithError(error)),
      );
    },
  );

  test('does not open under another master key, and says which is missing', () => {
    const text = sealingWith(key(1)).seal(place, secret);
    expect(() => sealingWith(key(2)).open(place, text)).toThrow(
      expect.toSatisfy(
        (error: unknown) =>
          isCrewsmithError(error, 'seal.unknown-master') && error.detail.master === masterId(key(1)),
      ),
    );
  });

  test('that claims another master key does not open under it', () => {
    const sealing = sealingWith(key(2), key(1));
    const sealed = JSON.parse(sealingWith(key(1)).seal(place, secret)) as object;
    const claimed = JSON.stringify({ ...sealed, master: masterId(key(2)) });
    expect(() => sealing.open(place, claimed)).toThrow('does not open');
  });

  test('says nothing of itself in an error', () => {
    const sealing = sealingWith(key(1));
    const text = sealing.seal(place, secret);
    try {
      sealing.open({ ...place, id: 'version_2' }, text);
      expect.unreachable();
    } catch (error) {
      expect(inspect(error, { depth: 9 })).not.toContain((JSON.parse(text) as { data: string }).data);
    }
  });
});

describe('while the master key is rotated (rule K6)', () => {
  test('what the old one sealed opens, and new texts are of the new one', () => {
    const text = sealingWith(key(1)).seal(place, secret);
    const both = sealingWith(key(2), key(1));
    expect(both.open(place, text)).toEqual(secret);
    expect(masterOf(both.seal(place, secret), place)).toBe(masterId(key(2)));
    expect(both.ids).toEqual([masterId(key(2)), masterId(key(1))]);
  });

  test('a rewrapped text opens without the old one and was not sealed anew', () => {
    const text = sealingWith(key(1)).seal(place, secret);
    const rewrapped = sealingWith(key(2), key(1)).rewrap(place, text);
    expect(sealingWith(key(2)).open(place, rewrapped)).toEqual(secret);
    const data = (sealed: string) => (JSON.parse(sealed) as { data: string }).data;
    expect(data(rewrapped)).toBe(data(text));
    expect(() => sealingWith(key(1)).open(place, rewrapped)).toThrow();
  });

  test('a moved text is not rewrapped', () => {
    const text = sealingWith(key(1)).seal(place, secret);
    const both = sealingWith(key(2), key(1));
    expect(() => both.rewrap({ ...place, workspace: 'workspace_2' }, text)).toThrow('does not open');
  });
});
