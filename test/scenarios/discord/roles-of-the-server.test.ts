import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DiscordPerson } from '../../support/discord/people.ts';
import { wordsOf } from '../../support/discord/read.ts';
import { type DiscordStand, openDiscordStand } from '../../support/discord/stand.ts';
import { guild, role } from '../../support/discord/state.ts';

// What is given to a role of the Discord server holds for who has that role there, as Discord says with each thing they do.

const reviewers = '900000000000000007';
const staff = '900000000000000008';

let discord: DiscordStand;
let cy: DiscordPerson;

beforeEach(async () => {
  discord = await openDiscordStand({
    before: ({ state }) => void state.roles.push(role(reviewers, 'Reviewers', 0n), role(staff, 'Staff', 0n)),
  });
  cy = discord.person('Cy', { roles: [reviewers] });
});
afterEach(async () => {
  expect((await discord.house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([discord.platform.mistakes, discord.logged, discord.chat.errors]).toEqual([[], [], []]);
  await discord.end();
});

const status = async () => (await discord.house.rows('runs')).map((run) => run.status);
const told = (person = discord.ana) => person.told().map(wordsOf).at(-1);
const gate = () => discord.message('Note: tea');
const give = (person: string, as: string, more = {}) =>
  discord.ana.chooses('access grant', { person, role: as, ...more });

async function note(): Promise<void> {
  await discord.ana.chooses('note', { topic: 'tea' });
  await discord.pass(3_000);
}

test('who holds it decides; who lost it between the request and the press is refused, to them alone', async () => {
  await give(reviewers, 'approver');
  expect(told()).toContain('Who holds @Reviewers is approver in the workspace now.');
  await note();
  await cy.chooses('version');
  cy.user.roles = [];
  await cy.presses('Approve', { on: gate() });
  expect(await status()).toEqual(['waiting']);
  expect(told(cy)).toContain('@Reviewers decide here.');
  cy.user.roles = [reviewers, staff];
  await cy.presses('Approve', { on: gate() });
  expect(await status()).toEqual(['completed']);
  await discord.pass(5_000);
  expect(discord.reads(discord.thread()).join()).toContain('✔ Approved by Cy');
});

test('its holders cannot be listed, so the gate names the role, calls it, and nobody approves their own run', async () => {
  await give(reviewers, 'approver');
  await note();
  expect(wordsOf(gate())).toContain('Decides: @Reviewers');
  expect(gate().first).toMatch(new RegExp(`^<@&${reviewers}> Note · tea waits for your decision in #sales`));
  expect(gate().called).toEqual([reviewers]);
  await discord.ana.presses('Approve', { on: gate() });
  expect(await status()).toEqual(['waiting']);
  expect(told()).toContain('@Reviewers decide here. You asked for this run; you may request changes.');
});

test('it may be for one channel, is listed, audited and taken back; what was running waits for others then', async () => {
  await give(reviewers, 'approver', { channel: '600000000000000001' });
  await discord.ana.chooses('access show');
  expect(told()).toContain('@Reviewers approver in #sales');
  await note();
  // The role may be left out, whatever stands behind it.
  await discord.ana.chooses('access revoke', { person: reviewers, channel: '600000000000000001' });
  expect(told()).toContain('@Reviewers is no longer approver in #sales');
  await cy.presses('Approve', { on: gate() });
  expect(await status()).toEqual(['waiting']);
  const rows = (await discord.house.rows('audit')).filter((row) => row.target === `discord:${reviewers}`);
  expect(rows.map((row) => row.action)).toEqual(['access.grant', 'access.revoke']);
  await discord.ana.chooses('access show');
  expect(told()).not.toContain('Reviewers');
});

test('an admin by such a role gives no more than they have, and nothing once they lost it', async () => {
  await give(staff, 'admin');
  const dee = discord.person('Dee', { roles: [staff] });
  await dee.chooses('access grant', { person: reviewers, role: 'approver' });
  expect(told(dee)).toContain('Who holds @Reviewers is approver');
  await dee.chooses('access grant', { person: dee.user.id, role: 'owner' });
  expect(told(dee)).toContain('Only somebody who is owner here themselves');
  dee.user.roles = [];
  expect((await dee.offered('keys revoke', 'key', '')).choices).toEqual([]);
  await dee.chooses('access grant', { person: dee.user.id, role: 'admin' });
  expect(told(dee)).toContain('you are viewer');
});

test('owner and @everyone are for no role: whoever hands roles out in Discord would hand out everything here', async () => {
  await give(reviewers, 'owner');
  expect(told()).toContain('@Reviewers cannot be made owner');
  await give(guild, 'approver');
  expect(told()).toContain('Everybody in the server holds @everyone.');
  expect(await discord.house.rows('team_grants')).toEqual([]);
});

test('it is given in a mention, too, and from then on everybody else looks on', async () => {
  await discord.ana.mentions(`access grant <@&${reviewers}> approver`);
  expect(told()).toContain('Who holds @Reviewers is approver in the workspace now.');
  await discord.bo.chooses('note', { topic: 'tea' });
  expect(told(discord.bo)).toContain('viewer');
  // By its name, too, once it has something.
  await discord.ana.mentions('access grant @reviewers member #sales');
  expect(told()).toContain('Who holds @Reviewers is member in #sales now.');
  await cy.chooses('note', { topic: 'tea' });
  await discord.pass(3_000);
  expect(await status()).toEqual(['waiting']);
});

test('in direct messages, where Discord does not say it, it is asked at each press', async () => {
  await give(reviewers, 'approver');
  await note();
  const direct = discord.channel('600000000000000055', 'direct', { type: 1, recipient: cy.user.id });
  const on = { ...gate(), channel: direct.id };
  cy.user.roles = [];
  await cy.presses('Approve', { on });
  expect(await status()).toEqual(['waiting']);
  cy.user.roles = [reviewers];
  await cy.presses('Approve', { on });
  expect(await status()).toEqual(['completed']);
});

test('a role that the server does not have, or that somebody makes up, is given nothing, and nobody looks on for it', async () => {
  for (const word of [
    '<@&900000000000000009>',
    `<@&900000000000000009|Reviewers>`,
    `<@&${guild}|Reviewers>`,
  ]) {
    await discord.ana.mentions(`access grant ${word} approver`);
    expect(told()).toMatch(/is no role that the server is known to have|holds @everyone/);
  }
  expect(await discord.house.rows('team_grants')).toEqual([]);
  await discord.bo.chooses('note', { topic: 'tea' });
  await discord.pass(3_000);
  expect(await status()).toEqual(['waiting']);
});

test('a role is called what it is called, whatever signs are in that', async () => {
  const odd = `Sales "A" $' & $$`;
  discord.platform.state.roles.push(role('900000000000000010', odd, 0n));
  await discord.ana.mentions('access grant <@&900000000000000010> approver');
  expect(told()).toContain(`Who holds @${odd} is approver in the workspace now.`);
  await give('900000000000000010', 'member');
  expect(told()).toContain(`Who holds @${odd} is member in the workspace now, and was approver.`);
});
