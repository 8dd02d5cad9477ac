import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createCrewCheck, rememberedFiles } from '../../src/services/crew-check.ts';
import { createCrews } from '../../src/services/crews.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const crew = (name: string, summary = 'One step.') => `
name: ${name}
summary: ${summary}
agents:
  writer: { model: fast, instructions: Write. }
steps:
  - draft: { agent: writer, prompt: Begin, output: { text: text } }
`;

function own(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'crewsmith-crews-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('without a folder the built-in crews are there, and there is nothing to say', async () => {
  const crews = await createCrews({ own: null });
  expect(crews.list().map((c) => c.name)).toContain('research');
  expect(crews.find('research').steps.length).toBeGreaterThan(1);
  expect(crews.files.every((f) => !f.own && f.crew !== null)).toBe(true);
  expect(crews.said).toEqual([]);
});

test('own crews stand beside the built-in ones, in order of their names', async () => {
  const crews = await createCrews({
    own: own({ 'x.yaml': crew('zebra'), 'y.yaml': crew('ant'), 'notes.txt': 'no crew' }),
  });
  const names = crews.list().map((c) => c.name);
  expect(names).toEqual([...names].sort());
  expect(names).toEqual(expect.arrayContaining(['ant', 'research', 'zebra']));
  expect(crews.find('ant').name).toBe('ant');
  expect(crews.said).toEqual([]);
});

test('an own crew of the name of a built-in one wins, and that is said', async () => {
  const crews = await createCrews({ own: own({ 'mine.yaml': crew('research', 'Ours.') }) });
  expect(crews.find('research').summary).toBe('Ours.');
  expect(crews.list().filter((c) => c.name === 'research')).toHaveLength(1);
  expect(crews.said).toEqual(['"research" is your own crew here, in the place of the built-in one.']);
});

test('a file with mistakes is left out with its problems, and takes no other down', async () => {
  const crews = await createCrews({
    own: own({ 'bad.yaml': crew('bad').replace('writer,', 'writter,'), 'good.yaml': crew('good') }),
  });
  expect(crews.list().map((c) => c.name)).toEqual(expect.arrayContaining(['good', 'research']));
  const bad = crews.files.find((f) => f.name === 'bad');
  expect(bad).toMatchObject({
    own: true,
    crew: null,
    problems: [{ line: 7, says: expect.stringContaining('writter') }],
  });
  expect(crews.said).toEqual([expect.stringContaining('bad.yaml is left out')]);
  expect(() => crews.find('bad')).toThrow(expect.objectContaining({ code: 'crew.invalid' }));
});

test('an own file with mistakes is not answered for by the built-in crew of its name', async () => {
  const crews = await createCrews({ own: own({ 'research.yaml': 'name: research\nsteps: [' }) });
  expect(crews.list().map((c) => c.name)).not.toContain('research');
  expect(() => crews.find('research')).toThrow(expect.objectContaining({ code: 'crew.invalid' }));
});

test('of two own files of one name the first is taken, and that is said', async () => {
  const crews = await createCrews({
    own: own({ 'a.yaml': crew('triage', 'First.'), 'b.yaml': crew('triage', 'Second.') }),
  });
  expect(crews.find('triage').summary).toBe('First.');
  expect(crews.said).toEqual([
    expect.stringMatching(/b\.yaml is left out: .*a\.yaml has the same name, "triage"\.$/),
  ]);
});

test('a folder that is not there leaves the built-in crews, and is said', async () => {
  const folder = join(own({}), 'missing');
  const crews = await createCrews({ own: folder });
  expect(crews.list().map((c) => c.name)).toContain('research');
  expect(crews.said).toEqual([`The folder of your own crews cannot be read: ${folder}.`]);
});

test.each(['/dev/zero', tmpdir(), join(tmpdir(), 'missing.yaml')])('%s is no crew file', async (path) => {
  const check = createCrewCheck({ folders: [] }).check(path);
  await expect(check).rejects.toEqual(expect.objectContaining({ code: 'crew.no-file' }));
});

test('a name that is not known is refused with the nearest one', async () => {
  const crews = await createCrews({ own: null });
  expect(() => crews.find('reserch')).toThrow(
    expect.objectContaining({
      code: 'crew.unknown',
      detail: expect.objectContaining({ nearest: ['research'] }),
    }),
  );
});

test('files that are remembered are read anew when they, or the texts that they name, change', async () => {
  const agent = '{ model: fast, instructions: file:writer.md }';
  const folder = own({ 'a.yaml': crew('ant').replace(/\{ model.*\}/, agent), 'writer.md': 'Write.' });
  const checkFile = rememberedFiles();
  const read = async () => (await createCrews({ own: folder, checkFile })).find('ant');
  const first = await read();
  expect(await read()).toBe(first);
  writeFileSync(join(folder, 'writer.md'), 'Write well.');
  expect((await read()).agents.writer?.instructions).toBe('Write well.');
  writeFileSync(join(folder, 'a.yaml'), crew('ant', 'Another line.'));
  expect((await read()).summary).toBe('Another line.');
});
