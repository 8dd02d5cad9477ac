import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { install } from '../support/program.ts';
import { readText } from '../support/tree.ts';

const page = readText('docs/first-crew.md');
const blocks = (kind: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text);

/** The words after `crew --`, as a shell would split them. */
function wordsOf(command: string, folder: string): string[] {
  const [, typed = ''] = command.trim().split('npm run crew -- ');
  const words = [...typed.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  return words.map((word) => word.replace('my-crews', folder));
}

/** A path longer than the guide's breaks its line elsewhere. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

test('whoever follows docs/first-crew.md has a crew that is checked and runs', async () => {
  const [crew = ''] = blocks('yaml');
  const [check = '', run = ''] = blocks('sh');
  const [right = '', wrong = '', ran = ''] = blocks('text');
  const folder = join(await mkdtemp(join(tmpdir(), 'crewsmith-')), 'my-crews');
  const there = await install({ CREWSMITH_CREWS: folder });
  try {
    await mkdir(folder);
    const file = join(folder, 'welcome.yaml');
    await writeFile(file, crew);
    const checked = await there.run(wordsOf(check, folder));
    expect(checked.exit).toBe(0);
    expect(oneLine(checked.out)).toContain(oneLine(right));

    await writeFile(file, crew.replace('agent: host', 'agent: hots'));
    const refused = await there.run(wordsOf(check, folder));
    expect(refused).toMatchObject({ exit: 1, out: expect.stringMatching(/welcome\.yaml:\d+:\d+/) });
    expect(oneLine(refused.out)).toContain(oneLine(wrong));

    await writeFile(file, crew);
    const done = await there.run(wordsOf(run, folder));
    expect(done.exit).toBe(0);
    for (const line of ran.trim().split('\n')) expect(done.out + done.err).toContain(line);
  } finally {
    await there.remove();
    await rm(join(folder, '..'), { recursive: true, force: true });
  }
});
