import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Secret } from '../core/secret.ts';
import { CrewsmithError } from '../errors.ts';
import { countWorkspaces } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import { readMeta, writeMeta } from '../store/settings.ts';
import { masterOf, type Place, type Random, type Sealing } from './sealing.ts';

export interface MasterKeyPlaces {
  /** `CREWSMITH_MASTER_KEY`. */
  readonly value: Secret | null;
  /** `CREWSMITH_MASTER_KEY_FILE`: read when there is no value; never made. */
  readonly file: string | null;
  /** `CREWSMITH_MASTER_KEY_OLD`, while rotating. */
  readonly old: Secret | null;
  /** `CREWSMITH_HOME`: `master.key` in it is read last, and made together with a new SQLite database. */
  readonly home: string;
  /** True when this start makes the SQLite database; always false on PostgreSQL. */
  readonly newDatabase: boolean;
}

export interface MasterKeys {
  readonly current: Buffer;
  readonly old: Buffer | null;
  /** The file that was made; null: the key was there. */
  readonly made: string | null;
  /** Lines for the person who started. */
  readonly warnings: readonly string[];
}

/**
 * Rule K6; called before the database is opened, so that a database never exists without its key on disk. Throws
 * `key.master-missing` and `key.master-invalid`.
 */
export function loadMasterKeys(places: MasterKeyPlaces, random: Random): MasterKeys {
  const old = places.old === null ? null : decode(places.old.reveal(), 'CREWSMITH_MASTER_KEY_OLD');
  if (places.value !== null) {
    const current = decode(places.value.reveal(), 'CREWSMITH_MASTER_KEY');
    return { current, old, made: null, warnings: [] };
  }
  const path = places.file ?? join(places.home, 'master.key');
  const text = readIfThere(path);
  if (text !== null) return { current: decode(text, path), old, made: null, warnings: exposed(path) };
  if (places.file !== null || !places.newDatabase) throw new CrewsmithError('key.master-missing', { path });
  const current = random(32);
  make(path, `${current.toString('base64')}\n`);
  return { current, old, made: path, warnings: [] };
}

function decode(text: string, from: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== 32 || key.toString('base64') !== text.trim()) {
    throw new CrewsmithError('key.master-invalid', { from });
  }
  return key;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function exposed(path: string): string[] {
  const { mode } = statSync(path);
  if ((mode & 0o077) === 0) return [];
  return [`Others on this machine can read the master key: run "chmod 600 ${path}".`];
}

/**
 * On disk before anything is sealed with it, and under its name only whole: half a key would stop every start after it. Nobody
 * else makes one meanwhile, since the caller owns the folder (rule Q4).
 */
function make(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, { force: true });
  const file = openSync(unfinished, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
}

const sentinel = 'master.sentinel';
const place: Place = { table: 'meta', column: 'value', id: sentinel, workspace: '' };

/** Under the current master key. */
export async function sealSentinel(tx: Tx, sealing: Sealing): Promise<void> {
  await writeMeta(tx, sentinel, sealing.seal(place, Buffer.from('crewsmith')));
}

/**
 * Rule K6: a row of `meta` that only the right master key opens, or the one before it while rotating; made together with the
 * database. Throws `key.master-wrong`.
 */
export async function checkSentinel(tx: Tx, sealing: Sealing): Promise<void> {
  const sealed = await readMeta(tx, sentinel);
  if (sealed === undefined && (await countWorkspaces(tx)) === 0) {
    await sealSentinel(tx, sealing);
    return;
  }
  if (sealed === undefined || !sealing.ids.includes(masterOf(sealed, place))) {
    throw new CrewsmithError('key.master-wrong', {});
  }
  sealing.open(place, sealed);
}
