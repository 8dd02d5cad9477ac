import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DiscordPerson } from '../support/discord/people.ts';
import { buttonsOf, wordsOf } from '../support/discord/read.ts';
import { guild } from '../support/discord/state.ts';
import { type Answer, createScripted, hangs } from '../support/scripted.ts';
import type { SlackPerson } from '../support/slack/people.ts';
import { openTwoSurfaces, type TwoSurfaces } from '../support/two-surfaces.ts';

let two: TwoSurfaces;
/** Owner on Slack, whose team is of the workspace `default`. */
let ana: SlackPerson;
/** Owner on Discord, whose server has a workspace of its own. */
let dee: DiscordPerson;
let answers: (call: number) => Answer;

beforeEach(async () => {
  answers = (call) => ({ json: { text: `words ${call}` } });
  two = await openTwoSurfaces({ providers: [createScripted((_, call) => answers(call))] });
  const { claims, people } = two.house.services;
  [ana, dee] = [two.onSlack('Ana'), two.onDiscord('Dee')];
  await ana.types(`access claim ${(await claims.renew()).code}`);
  // Another server came first, so this one gets a workspace of its own (rule K8).
  const first = { id: '700000000000000009', name: 'Another' };
  const zoe = { surface: 'discord', team: first, native: '9', name: 'Zoe', standing: 'member' } as const;
  const { workspace, member } = await claims.claimTeam(zoe, (await claims.renew()).code);
  await two.house.store.transact((tx) => people.leave(tx, { workspace, actor: 'system', member }));
  await dee.chooses('access claim', { code: (await claims.renew()).code });
});

afterEach(async () => {
  expect((await two.house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  const { slack, discord, chat, logged } = two;
  expect([slack.mistakes, discord.mistakes, chat.errors, logged]).toEqual([[], [], [], []]);
  await two.end();
});

const told = (who: SlackPerson | DiscordPerson): string =>
  'types' in who ? (who.told.at(-1) ?? '') : wordsOf(who.told().at(-1) ?? nothing);
const nothing = { content: '', components: [] } as never;
const codeIn = (text: string): string => /[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(text)?.[0] ?? 'no code';
const home = () => two.house.services.home.workspace;
const workspaceOfGuild = async () =>
  (await two.house.rows('installations')).find((row) => row.team === guild)?.workspace_id;
const runs = async () =>
  (await two.house.rows('runs')).map((run) => `${run.surface} ${run.status} ${run.waiting_for ?? ''}`.trim());

async function joined(): Promise<void> {
  await ana.types('access link');
  await dee.chooses('access link', { 'code-or-me': codeIn(told(ana)) });
  expect(told(dee)).toContain('This team now belongs to the workspace of');
}

/** The same person on both, by a code that they make on Slack. */
async function linked(onSlack: SlackPerson, onDiscord: DiscordPerson): Promise<void> {
  await onSlack.types('access link me');
  await onDiscord.chooses('access link', { 'code-or-me': codeIn(told(onSlack)) });
  expect(told(onDiscord)).toContain('is one person now');
}

describe('a Discord server without runs joins the workspace of a Slack team', () => {
  test('by a code that an admin of each side types; both are told what came along and what ended', async () => {
    await ana.types('access link');
    const shown = told(ana);
    expect(shown).toMatch(/\/crew access link [0-9A-Z]{4}-[0-9A-Z]{4}/);
    expect(shown).toContain('within 10 min; it holds once');
    await dee.chooses('access link', { 'code-or-me': codeIn(shown) });
    expect(told(dee)).toContain(
      'its crews, keys and budgets hold here. 1 channel and 1 person came along. What was set here ended: 1 role. You are member here.',
    );
    expect(await workspaceOfGuild()).toBe(home());
    await two.pass(5_000);
    // To who made the code, alone: somebody else may have had it.
    expect(ana.told.join()).not.toContain('joined your workspace');
    expect(two.reads('slack').join()).toContain('joined your workspace');
    const actions = (await two.house.rows('audit')).map((row) => row.action);
    expect(actions).toEqual(expect.arrayContaining(['access.link-code', 'workspace.join', 'workspace.link']));
    // The code is nowhere but where it was shown and typed.
    expect(
      JSON.stringify([await two.house.rows('requests'), await two.house.rows('link_codes')]),
    ).not.toContain(codeIn(shown));
  });

  test('a code is refused to who is no admin there, and again once it was used, with what to do', async () => {
    const eve = two.onDiscord('Eve');
    await ana.types('access link');
    const code = codeIn(told(ana));
    await eve.chooses('access link', { 'code-or-me': code });
    expect(told(eve)).toContain('"access link" is for those who are admin of the whole workspace');
    expect(told(eve)).toContain('Ask Dee.');
    await ana.types(`access link ${code}`);
    expect(told(ana)).toContain('This code was made in this very workspace.');
    await dee.chooses('access link', { 'code-or-me': code });
    await eve.chooses('access link', { 'code-or-me': code });
    expect(told(eve)).toContain('This code does not hold here');
  });

  test('with runs it stays what it is, and the sentence says the other way', async () => {
    await dee.chooses('note', { topic: 'tea' });
    await ana.types('access link');
    await dee.chooses('access link', { 'code-or-me': codeIn(told(ana)) });
    expect(told(dee)).toContain('There were runs here already');
    expect(await workspaceOfGuild()).not.toBe(home());
  });

  test('the same interaction once more does nothing (rule S2)', async () => {
    await ana.types('access link');
    const code = codeIn(told(ana));
    const { id } = await dee.chooses('access link', { 'code-or-me': code });
    const before = await two.house.rows('audit');
    await dee.chooses('access link', { 'code-or-me': code }, { id });
    expect(await two.house.rows('audit')).toEqual(before);
  });

  test('it is there at once, and after a kill', async () => {
    await joined();
    two = await two.restart();
    const again = two.onDiscord('Dee');
    await again.chooses('note', { topic: 'tea' });
    await two.pass(3_000);
    const [run] = await two.house.rows('runs');
    expect(run).toMatchObject({ workspace_id: home(), surface: 'discord', status: 'waiting' });
  });
});

describe('one crew, one key, one budget', () => {
  beforeEach(joined);

  test('a run of each surface is paid by the same key, and spend shows both channels', async () => {
    await ana.types('note tea');
    await dee.chooses('note', { topic: 'coffee' });
    await two.pass(3_000);
    expect(await runs()).toEqual(['slack waiting approval', 'discord waiting approval']);
    const entries = await two.house.rows('entries');
    expect(entries).toHaveLength(4);
    expect(new Set(entries.map((entry) => `${entry.workspace_id} ${entry.key_id}`)).size).toBe(1);
    await ana.types('spend week workspace by channel');
    expect(told(ana)).toContain('sales (slack)');
    expect(told(ana)).toContain('sales (discord)');
    await dee.chooses('spend', { words: 'week workspace by channel' });
    expect(told(dee)).toContain('sales (slack)');
  });

  test('two channels of one name are told apart wherever one is named', async () => {
    await ana.types('budget set $20 week');
    await ana.types('access grant @dee approver');
    await ana.types('access grant @dee admin #sales');
    expect(told(ana)).toContain('Dee is admin in #sales (slack) now.');
    await ana.types('budget');
    expect(told(ana)).toContain('#sales (slack)');
    await dee.chooses('spend');
    expect(told(dee)).toContain('#sales (discord) · this week');
  });

  test('what one surface spends, the other has no more', async () => {
    await ana.types('note tea');
    await two.pass(3_000);
    const spent = (await two.house.rows('entries')).reduce((sum, entry) => sum + (entry.nano ?? 0), 0);
    await ana.types(`budget set $${((spent + 1_000) / 1e9).toFixed(7)} week workspace`);
    await dee.chooses('note', { topic: 'coffee' });
    await two.pass(3_000);
    expect(await runs()).toEqual(['slack waiting approval', 'discord waiting budget']);
    expect(two.reads('discord').join()).toContain('Paused before step draft');
    await ana.types('budget raise $5 week workspace');
    await two.pass(3_000);
    expect(await runs()).toEqual(['slack waiting approval', 'discord waiting approval']);
  });

  test('who may decide and is on Slack alone is told there of a run on Discord, and decides there (rule G5)', async () => {
    await dee.chooses('note', { topic: 'coffee' });
    await two.pass(3_000);
    const direct = two.slack.state.messages.filter((m) => m.channel !== 'C1').map((m) => m.text);
    expect(direct.at(-1)).toContain('Note · coffee waits for your decision in #sales (discord) until');
    await ana.presses('Approve');
    await two.pass(5_000);
    expect(await runs()).toEqual(['discord completed']);
    expect(await two.house.rows('decisions')).toMatchObject([{ surface: 'slack', decision: 'approve' }]);
    expect(two.reads('discord').join()).toContain('Approved by Ana');
  });

  test('revoked on Slack, it is cut off in a run of Discord (rule K2)', async () => {
    answers = () => hangs;
    await dee.chooses('note', { topic: 'coffee' });
    expect((await two.house.rows('attempts')).map((attempt) => attempt.state)).toEqual(['held']);
    await ana.types('keys revoke openai');
    await ana.presses('Revoke now');
    expect(told(ana)).toContain('1 call was stopped');
    await two.pass(3_000);
    expect((await two.house.rows('attempts')).map((attempt) => attempt.state)).toEqual(['uncertain']);
    expect(await runs()).toEqual(['discord waiting key']);
  });
});

describe('one person on both (rule G3)', () => {
  beforeEach(joined);

  test('is owner on Discord, too, and is shown once', async () => {
    const anaThere = two.onDiscord('Ana');
    await anaThere.chooses('keys list');
    expect(told(anaThere)).toContain('is for those who are admin');
    await ana.types('access');
    expect(told(ana)).toContain('If you are on the other surface, too: /crew access link me');
    await linked(ana, anaThere);
    await anaThere.chooses('keys list');
    expect(told(anaThere)).toContain('openai');
    await ana.types('access');
    expect(told(ana)).toContain('owner · on slack and discord');
    expect(told(ana)).not.toContain('access link me');
  });

  test('an approver of Slack decides on Discord; who asked there is not alone any more', async () => {
    const bo = two.onSlack('Bo');
    await bo.types('help');
    await ana.types('access grant @bo approver');
    await ana.types('access grant @dee member');
    const boThere = two.onDiscord('Bo');
    await boThere.chooses('help');
    await dee.chooses('note', { topic: 'tea' });
    await two.pass(3_000);
    // Until it is known that they are one person, nobody else on Discord may.
    await boThere.presses('Approve');
    expect(told(boThere)).toContain('Dee decides here.');
    await dee.presses('Approve');
    await two.pass(3_000);

    await linked(bo, boThere);
    await dee.chooses('note', { topic: 'coffee' });
    await two.pass(3_000);
    const gate = two.discord.state.messages.findLast((m) => buttonsOf(m).some((b) => b.label === 'Approve'));
    await dee.presses('Approve', { on: gate ?? nothing });
    expect(told(dee)).toContain('You asked for this run; you may request changes.');
    await boThere.presses('Approve', { on: gate ?? nothing });
    await two.pass(3_000);
    expect(await runs()).toEqual(['discord completed', 'discord completed']);
    expect((await two.house.rows('decisions')).at(-1)).toMatchObject({ surface: 'discord' });
  });

  test('an open gate keeps: who asked by the other account is still who asked, and history stays as written', async () => {
    const bo = two.onSlack('Bo');
    const boThere = two.onDiscord('Bo');
    await bo.types('help');
    await ana.types('access grant @bo approver');
    await ana.types('access grant @dee approver');
    await boThere.chooses('help');
    await ana.types(`access grant discord:${boThere.user.id} member`);
    await boThere.chooses('note', { topic: 'tea' });
    await two.pass(3_000);
    const before = await two.house.rows('runs');
    const entries = await two.house.rows('entries');
    await linked(bo, boThere);
    await boThere.presses('Approve');
    expect(told(boThere)).toContain('You asked for this run; you may request changes.');
    expect(await two.house.rows('runs')).toEqual(before);
    expect(await two.house.rows('entries')).toEqual(entries);
    await boThere.chooses('spend', { words: 'week workspace by member' });
    expect(told(boThere)).toMatch(/Bo/);
    await dee.presses('Approve');
    await two.pass(3_000);
    expect(await runs()).toEqual(['discord completed']);
  });

  test('who made a code that somebody else typed takes it back by a button, and is one of two again', async () => {
    const eve = two.onDiscord('Eve');
    await linked(ana, eve);
    await eve.chooses('keys list');
    expect(told(eve)).toContain('openai');
    await two.pass(3_000);
    expect(two.reads('slack').join()).toContain('Another account is yours now');
    await ana.presses('Undo');
    expect(told(ana)).toContain('Ana and Eve are two people again');
    await eve.chooses('keys list');
    expect(told(eve)).toContain('is for those who are admin');
    await ana.types('keys');
    expect(told(ana)).toContain('openai');
  });

  test('who was talked into typing the code of somebody else takes it back by a button, too', async () => {
    const eve = two.onDiscord('Eve');
    await eve.chooses('access link', { 'code-or-me': 'me' });
    await ana.types(`access link ${codeIn(told(eve))}`);
    await eve.chooses('keys list');
    expect(told(eve)).toContain('openai');
    expect(told(ana)).toContain('If one of these accounts is not yours, undo it');
    await ana.presses('Undo');
    expect(told(ana)).toContain('Eve and Ana are two people again');
    await eve.chooses('keys list');
    expect(told(eve)).toContain('is for those who are admin');
    await ana.types('keys');
    expect(told(ana)).toContain('openai');
  });

  test('the code of a person is typed with another account, not with the same', async () => {
    await ana.types('access link me');
    expect(told(ana)).toContain('give it to nobody');
    await ana.types(`access link ${codeIn(told(ana))}`);
    expect(told(ana)).toContain('These accounts are one person already.');
  });
});
