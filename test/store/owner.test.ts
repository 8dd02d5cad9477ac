import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { isCrewsmithError } from '../../src/errors.ts';
import { ownStore, waitForStore } from '../../src/store/owner.ts';
import { createVirtualClock } from '../support/clock.ts';

let home: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'crewsmith-'));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

/** A process that owns the store of `home` until it dies. */
async function ownerProcess(): Promise<ChildProcess> {
  const script = new URL('./own-for-ever.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, home], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = await once(child.stdout ?? child, 'data');
  expect(String(said)).toBe('owned\n');
  return child;
}

test('one owns the store; another is told so, until the first releases it', () => {
  const first = ownStore({ home });
  expect(first.owned).toBe(true);
  expect(ownStore({ home })).toEqual({ owned: false });
  if (first.owned) first.release();
  const second = ownStore({ home });
  expect(second.owned).toBe(true);
  if (second.owned) second.release();
});

test('the data folder is made where it is missing', () => {
  const owned = ownStore({ home: join(home, 'new', 'data') });
  expect(owned.owned).toBe(true);
  if (owned.owned) owned.release();
});

test('a data folder that cannot be made is told with its place', () => {
  const file = join(home, 'a-file');
  writeFileSync(file, '');
  expect(() => ownStore({ home: join(file, 'data') })).toThrow(
    expect.toSatisfy((error) => isCrewsmithError(error, 'store.io') && error.says.includes(file)),
  );
});

test('who waits owns the store as soon as its process is killed (rule Q4)', async () => {
  const owner = await ownerProcess();
  expect(ownStore({ home })).toEqual({ owned: false });
  const waiting = waitForStore({ home, clock: systemClock(), signal: new AbortController().signal });
  let won = false;
  void waiting.then(() => {
    won = true;
  });
  await new Promise(setImmediate);
  expect(won).toBe(false);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  const owned = await waiting;
  expect(ownStore({ home })).toEqual({ owned: false });
  owned.release();
});

test('who waits looks every 100 ms', async () => {
  const clock = createVirtualClock();
  const first = ownStore({ home });
  const waiting = waitForStore({ home, clock, signal: new AbortController().signal });
  let won = false;
  void waiting.then(() => {
    won = true;
  });
  await clock.advance(1000);
  if (first.owned) first.release();
  await clock.advance(99);
  expect(won).toBe(false);
  await clock.advance(1);
  expect(won).toBe(true);
  (await waiting).release();
});

test('waiting can be broken off, and leaves no timer', async () => {
  const clock = createVirtualClock();
  const first = ownStore({ home });
  const control = new AbortController();
  const waiting = waitForStore({ home, clock, signal: control.signal });
  control.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(clock.timers).toBe(0);
  if (first.owned) first.release();
});

test('a place where no file can be made is said with its path', () => {
  const blocked = join(home, 'file');
  writeFileSync(blocked, '');
  expect(() => ownStore({ home: blocked })).toThrow(blocked);
});
