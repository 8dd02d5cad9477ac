import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import { type Ended, type Installation, install } from '../support/program.ts';

const installed: Installation[] = [];
afterEach(async () => {
  for (const one of installed.splice(0)) await one.remove();
});

/** A data folder that has worked before, on the sandbox. */
async function used(): Promise<Installation> {
  const place = await install();
  installed.push(place);
  const first = await place.run(['settings', 'zone', 'Europe/Berlin']);
  expect(first).toMatchObject({ exit: 0 });
  return place;
}

/** The same folder, under other settings. */
async function beside(
  place: Installation,
  settings: Readonly<Record<string, string>>,
): Promise<Installation> {
  const other = await install({ ...settings, CREWSMITH_HOME: place.home });
  installed.push(other);
  return other;
}

/** Names and bytes of the folder, without what SQLite keeps beside a file while it is open: a lock, an index, an empty log. */
function contents(place: Installation): Record<string, string> {
  const files = readdirSync(place.home)
    .filter((name) => !/^crewsmith\.lock|-shm$/.test(name))
    .map((name) => ({ name, bytes: readFileSync(join(place.home, name)) }))
    .filter(({ bytes }) => bytes.length > 0);
  return Object.fromEntries(
    files.map(({ name, bytes }) => [name, createHash('sha256').update(bytes).digest('hex')]),
  );
}

const commands = [
  ['research', 'acme.com', '--approve'],
  ['keys', 'add', 'openai'],
  ['runs'],
  ['verify'],
  ['start', '--once'],
];

async function refusals(place: Installation): Promise<Ended[]> {
  const all: Ended[] = [];
  for (const words of commands) all.push(await place.run(words, 'test-key-of-openai-0123456789abcdef\n'));
  return all;
}

test('a database of tomorrow is refused by every command, with a sentence, and its folder stays as it is', async () => {
  const place = await used();
  const database = new Database(join(place.home, 'crewsmith.db'));
  database.pragma('user_version = 99');
  database.close();
  const before = contents(place);
  for (const { exit, out, err } of await refusals(place)) {
    expect(err).toMatch(
      /The database was written by a newer Crewsmith: .* is of version 99, this program knows \d+\. It was left untouched\./,
    );
    expect(err).not.toMatch(/\n\s+at /);
    expect({ exit, out }).toEqual({ exit: 1, out: '' });
  }
  expect(contents(place)).toEqual(before);
});

test('a wrong master key is refused by every command, with a sentence, and the folder stays as it is (rule K6)', async () => {
  const place = await used();
  const wrong = await beside(place, { CREWSMITH_MASTER_KEY: randomBytes(32).toString('base64') });
  const before = contents(place);
  for (const { exit, out, err } of await refusals(wrong)) {
    expect(err).toMatch(/This master key is not the one that the database was made with\./);
    expect({ exit, out }).toEqual({ exit: 5, out: '' });
  }
  expect(contents(place)).toEqual(before);
});

test('without its master key nothing starts and no other is made; with it everything goes on (rule K6)', async () => {
  const place = await used();
  const key = join(place.home, 'master.key');
  renameSync(key, `${key}.away`);
  const before = contents(place);
  for (const { exit, out, err } of await refusals(place)) {
    expect(err).toMatch(/The master key is missing: there is no .*master\.key/);
    expect({ exit, out }).toEqual({ exit: 5, out: '' });
  }
  expect(contents(place)).toEqual(before);

  renameSync(`${key}.away`, key);
  expect(await place.run(['settings'])).toMatchObject({ exit: 0 });
});
