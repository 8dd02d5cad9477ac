import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SlackPerson } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';

let slack: SlackStand & { ana: SlackPerson; bo: SlackPerson };

beforeEach(async () => {
  slack = await openSlackStand();
  await slack.ana.types('note tea');
  await slack.pass(3_000);
});
afterEach(async () => {
  expect([slack.platform.mistakes, slack.chat.errors]).toEqual([[], []]);
  await slack.end();
});

interface Picture {
  readonly alt_text: string;
  readonly slack_file: { readonly id: string };
  readonly title?: { readonly text: string } | undefined;
}

const pictureIn = (of: { readonly blocks: readonly object[] } | undefined): Picture | undefined =>
  of?.blocks.find((block): block is Picture => 'slack_file' in block);
const words = (of: { readonly blocks: readonly object[] } | undefined) => JSON.stringify(of?.blocks ?? []);
const fileOf = (picture: Picture | undefined) =>
  slack.platform.state.files.find(({ id }) => id === picture?.slack_file.id);
const told = () => slack.platform.state.privates.at(-1);
const lines = (about: string) => slack.logged.filter((line) => line.includes(about));
const uploads = () =>
  slack.platform.calls.filter(({ method }) => method === 'files.getUploadURLExternal').length;
const chart = /Spend by day.*: \$0\.0060 in all/;

test('spend shows its chart as a picture with all its numbers as alternative text, shared with nobody else', async () => {
  await slack.ana.types('spend');
  await slack.pass(5_000);
  const picture = pictureIn(told());
  expect(told()?.user).toBe('UANA');
  expect(picture?.alt_text).toMatch(chart);
  expect(picture?.title?.text).toContain('Spend by day');
  expect(fileOf(picture)).toMatchObject({ name: 'chart.png', shared: null, altText: picture?.alt_text });
  expect(fileOf(picture)?.bytes?.length).toBeGreaterThan(0);
});

test('the digest in its channel, and the month at home, are pictures, too; the same chart is uploaded once', async () => {
  await slack.ana.types('digest on');
  slack.clock.step(7 * 86_400_000);
  await slack.ana.types('digest now');
  await slack.pass(10_000);
  const digest = slack.message('Acme · week of');
  expect(fileOf(pictureIn(digest))?.altText).toMatch(chart);
  await slack.ana.goesHome();
  await slack.pass(10_000);
  const home = () => slack.platform.state.homes.get('UANA');
  expect(pictureIn(home())?.alt_text).toContain('Spend by day');
  const before = uploads();
  await slack.ana.goesHome();
  await slack.pass(10_000);
  expect(pictureIn(home())).toBeDefined();
  expect(uploads()).toBe(before);
});

test('a Slack without uploads is told the chart in words at once, and one line says so (rule S6)', async () => {
  slack.platform.state.lacks.add('files.getUploadURLExternal');
  for (let n = 0; n < 2; n++) {
    await slack.ana.types('spend');
    await slack.pass(100);
    expect(pictureIn(told())).toBeUndefined();
    expect(words(told())).toMatch(chart);
  }
  expect(lines('file uploads')).toHaveLength(1);
});

test('where Slack shows no files in private, only there words stand instead, found out once (rule S6)', async () => {
  slack.platform.state.showsFiles.delete('private');
  for (let n = 0; n < 2; n++) {
    await slack.ana.types('spend');
    await slack.pass(8_000);
    expect(pictureIn(told())).toBeUndefined();
    expect(words(told())).toMatch(chart);
  }
  expect(lines('private pictures')).toHaveLength(1);
  await slack.ana.types('digest now');
  await slack.ana.goesHome();
  await slack.pass(10_000);
  expect(pictureIn(slack.platform.state.homes.get('UANA'))).toBeDefined();
});

test('likewise at home, and in messages', async () => {
  slack.platform.state.showsFiles.delete('home');
  slack.platform.state.showsFiles.delete('message');
  await slack.ana.goesHome();
  await slack.pass(10_000);
  expect(words(slack.platform.state.homes.get('UANA'))).toMatch(chart);
  slack.clock.step(7 * 86_400_000);
  await slack.ana.types('digest on');
  await slack.ana.types('digest now');
  await slack.pass(10_000);
  const digest = slack.message('week of');
  expect(pictureIn(digest)).toBeUndefined();
  expect(words(digest)).toMatch(chart);
  expect([lines('pictures at home'), lines('no pictures here')].map((found) => found.length)).toEqual([1, 1]);
});

test('an upload that fails for a moment: words now, a picture the next time', async () => {
  slack.platform.fail('files.completeUploadExternal', 'internal_error');
  await slack.ana.types('spend');
  await slack.pass(5_000);
  expect(words(told())).toMatch(chart);
  expect(pictureIn(told())).toBeUndefined();
  await slack.ana.types('spend');
  await slack.pass(5_000);
  expect(pictureIn(told())).toBeDefined();
  expect(lines('could not be uploaded')).toHaveLength(1);
});
