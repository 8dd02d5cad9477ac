import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, type RealBrowser } from '../support/browser.ts';
import { type PageProgram, say, signIn, startPageProgram } from '../support/page-program.ts';

const crew = `
name: minutes
summary: Minutes from notes.
input:
  notes: { type: file, label: Notes }
  owner: { type: user, label: Owner }
  where: { type: channel, label: Where, required: false }
agents: { clerk: { model: smart, instructions: Write. } }
steps:
  - write: { agent: clerk, prompt: "{{ input.notes }}" }
`;

let browser: RealBrowser;
let program: PageProgram;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crewsmith-'));
  await writeFile(join(folder, 'minutes.yaml'), crew);
  browser = await openBrowser();
  program = await startPageProgram({ CREWSMITH_CREWS: folder });
});
afterAll(async () => {
  await program.end();
  await browser.end();
  await rm(folder, { recursive: true, force: true });
});

test('a file is uploaded in the form of a crew, and the form stays open for one that cannot be read', async () => {
  const { page, barriers, complaints } = await browser.somebody();
  await signIn(page, program.link);
  await say(page, '/crew minutes');
  const form = page.getByRole('dialog');
  await form.getByLabel('Owner').selectOption({ label: 'local' });
  await form.getByLabel('Where').selectOption({ label: '#demo' });
  expect(await barriers()).toEqual([]);

  const notes = form.getByLabel('Notes');
  await notes.setInputFiles({
    name: 'notes.pdf',
    mimeType: 'text/plain',
    buffer: Buffer.of(0x25, 0xe2, 0xe3),
  });
  await form.getByRole('button', { name: 'Start' }).click();
  await form.locator('#field-notes-wrong', { hasText: '"notes.pdf" is not text in UTF-8' }).waitFor();
  expect(await form.getByLabel('Owner').locator('option:checked').textContent()).toBe('local');

  await notes.setInputFiles({
    name: 'notes.md',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from('Kim buys tea on Monday.'),
  });
  await form.getByRole('button', { name: 'Start' }).click();
  await page.locator('#messages .card', { hasText: 'Minutes · notes.md' }).waitFor();
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('what is far too much is told in the page, and what was filled in stays', async () => {
  const { page } = await browser.somebody();
  await signIn(page, await program.freshLink());
  await say(page, '/crew minutes');
  const form = page.getByRole('dialog');
  const buffer = Buffer.alloc(600_000, 'a');
  await form.getByLabel('Notes').setInputFiles({ name: 'long.txt', mimeType: 'text/plain', buffer });
  await form.getByLabel('Owner').selectOption({ label: 'local' });
  await form.getByRole('button', { name: 'Start' }).click();
  await page.getByText('A file has at most 200,000 bytes.').waitFor();
  expect(await form.getByLabel('Owner').locator('option:checked').textContent()).toBe('local');
});
