import { createCipheriv, createDecipheriv, createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { CrewsmithError } from '../errors.ts';

/** Random bytes; `crypto.randomBytes` in the program. */
export type Random = (bytes: number) => Buffer;

/** The one place where a sealed text opens. */
export interface Place {
  readonly table: string;
  readonly column: string;
  /** Of the row. */
  readonly id: string;
  /** '' for what belongs to the database itself. */
  readonly workspace: string;
}

export interface Sealing {
  /** Of the master key that seals now. */
  readonly currentId: string;
  /** Of all master keys at hand: the current one, and the one before while rotating (rule K6). */
  readonly ids: readonly string[];
  seal(place: Place, plain: Buffer): string;
  /** Throws `seal.unknown-master`, or `seal.broken` when the text was changed or moved. */
  open(place: Place, sealed: string): Buffer;
  /** The same data key under the current master key; what is sealed stays as it is. */
  rewrap(place: Place, sealed: string): string;
}

/**
 * Stored, so the format carries `v` and each released version keeps its reader (rule R8): `master` is the id of the master
 * key, `key` the data key wrapped by it, `data` the secret under the data key; both are AES-256-GCM, base64 of nonce (12
 * bytes), ciphertext, tag (16 bytes).
 */
interface Sealed {
  readonly v: 1;
  readonly master: string;
  readonly key: string;
  readonly data: string;
}

/** Names a master key without telling anything about it. */
export function masterId(key: Buffer): string {
  return `master_${createHash('sha256').update('crewsmith master key\0').update(key).digest('hex').slice(0, 16)}`;
}

export function createSealing(parts: { current: Buffer; old: Buffer | null; random: Random }): Sealing {
  const { random } = parts;
  const currentId = masterId(parts.current);
  const current = createSecretKey(parts.current);
  const masters = new Map([[currentId, current]]);
  if (parts.old !== null) masters.set(masterId(parts.old), createSecretKey(parts.old));

  function unwrap(place: Place, sealed: Sealed): Buffer {
    const master = masters.get(sealed.master);
    if (master === undefined) throw new CrewsmithError('seal.unknown-master', { master: sealed.master });
    return decrypt(master, bound('key', place, sealed.master), sealed.key, place);
  }

  const wrap = (place: Place, dataKey: Buffer): Pick<Sealed, 'master' | 'key'> => ({
    master: currentId,
    key: encrypt(current, bound('key', place, currentId), dataKey, random),
  });

  return {
    currentId,
    ids: [...masters.keys()],

    seal(place, plain) {
      const dataKey = random(32);
      const sealed: Sealed = {
        v: 1,
        ...wrap(place, dataKey),
        data: encrypt(createSecretKey(dataKey), bound('data', place, ''), plain, random),
      };
      dataKey.fill(0);
      return JSON.stringify(sealed);
    },

    open(place, text) {
      const sealed = read(text, place);
      const dataKey = unwrap(place, sealed);
      const plain = decrypt(createSecretKey(dataKey), bound('data', place, ''), sealed.data, place);
      dataKey.fill(0);
      return plain;
    },

    rewrap(place, text) {
      const sealed = read(text, place);
      const dataKey = unwrap(place, sealed);
      const rewrapped: Sealed = { ...sealed, ...wrap(place, dataKey) };
      dataKey.fill(0);
      return JSON.stringify(rewrapped);
    },
  };
}

/** The id of the master key that wraps a sealed text. */
export const masterOf = (sealed: string, place: Place): string => read(sealed, place).master;

/** Associated data: a text that was moved to another row, column or workspace does not open. */
const bound = (what: 'key' | 'data', place: Place, master: string): Buffer =>
  Buffer.from(
    JSON.stringify(['crewsmith', 1, what, place.table, place.column, place.id, place.workspace, master]),
  );

const nonceBytes = 12;
const tagBytes = 16;

function encrypt(key: KeyObject, associated: Buffer, plain: Buffer, random: Random): string {
  const nonce = random(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(associated);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

function decrypt(key: KeyObject, associated: Buffer, text: string, place: Place): Buffer {
  const bytes = Buffer.from(text, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(associated).setAuthTag(bytes.subarray(-tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    // The cause says nothing beyond this, and is kept out so that no buffer travels with an error.
    throw new CrewsmithError('seal.broken', { table: place.table, id: place.id });
  }
}

function read(text: string, place: Place): Sealed {
  try {
    const value = JSON.parse(text) as Partial<Sealed>;
    const { v, master, key, data } = value;
    if (v === 1 && typeof master === 'string' && typeof key === 'string' && typeof data === 'string') {
      return { v, master, key, data };
    }
  } catch {
    // Not JSON: said below, without the text.
  }
  throw new CrewsmithError('seal.broken', { table: place.table, id: place.id });
}
