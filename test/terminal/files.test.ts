import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installation, install } from '../support/program.ts';

const crew = `
name: minutes
summary: Minutes from notes.
input:
  notes: { type: file, label: Notes }
  owner: { type: user, label: Owner, required: false }
  where: { type: channel, label: Where, required: false }
agents: { clerk: { model: smart, instructions: Write. } }
steps:
  - write: { agent: clerk, prompt: "{{ input.notes }}" }
`;

let folder: string;
let there: Installation;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crewsmith-'));
  await mkdir(at('crews'));
  await writeFile(at('crews/minutes.yaml'), crew);
  await writeFile(at('notes.md'), 'Kim buys tea on Monday.\n');
  await writeFile(at('notes.pdf'), Uint8Array.of(0x25, 0x50, 0xe2, 0xe3));
  await writeFile(at('long.txt'), 'a'.repeat(200_001));
  there = await install({ CREWSMITH_CREWS: at('crews') });
});
afterAll(async () => {
  await there.remove();
  await rm(folder, { recursive: true, force: true });
});

test('a file is named by its path, by a flag, with @ as other commands have it, or is standard input', async () => {
  for (const words of [[at('notes.md')], ['--notes', `@${at('notes.md')}`], ['-']]) {
    const done = await there.run(['minutes', ...words], 'Kim buys tea on Monday.\n');
    expect(done).toMatchObject({ exit: 0, out: expect.stringContaining('Kim buys tea on Monday.') });
    expect(done.err).toContain(`Minutes · ${words[0] === '-' ? 'standard input' : 'notes.md'}`);
  }
});

test('what cannot be read is refused by a sentence, and nothing is started', async () => {
  const refused: readonly (readonly [string, string])[] = [
    [at('none.md'), 'could not be read: there is no such file.'],
    [at('crews'), 'could not be read: it is a folder'],
    [at('notes.pdf'), '"notes.pdf" is not text in UTF-8'],
    [at('long.txt'), '"long.txt" has more than 200,000 bytes, which are the most'],
  ];
  for (const [path, says] of refused) {
    const ended = await there.run(['minutes', path]);
    expect(ended).toMatchObject({ exit: 2, err: expect.stringContaining(says) });
  }
});

test('people and channels are named as they are called here, without a sign that a shell would read', async () => {
  const done = await there.run([
    'minutes',
    at('notes.md'),
    '--owner',
    'local',
    '--where',
    'terminal',
    '--json',
  ]);
  expect(done.exit).toBe(0);
  expect(JSON.parse(done.out)).toMatchObject({
    input: { owner: { name: 'local' }, where: { name: 'terminal' }, notes: { name: 'notes.md' } },
  });
  const nobody = await there.run(['minutes', at('notes.md'), '--owner', 'zed']);
  expect(nobody).toMatchObject({
    exit: 2,
    err: expect.stringContaining('"zed" is nobody who is known here'),
  });
});
