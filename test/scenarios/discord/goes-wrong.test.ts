import { afterEach, beforeEach, expect, test } from 'vitest';
import { wordsOf } from '../../support/discord/read.ts';
import { type DiscordStand, openDiscordStand, sales } from '../../support/discord/stand.ts';
import { guild, token } from '../../support/discord/state.ts';

let discord: DiscordStand;

beforeEach(async () => {
  discord = await openDiscordStand();
});
afterEach(async () => {
  expect((await discord.house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([discord.platform.mistakes, discord.chat.errors]).toEqual([[], []]);
  await discord.end();
});

const status = async () => (await discord.house.rows('runs')).map((run) => run.status);
const thread = () => discord.reads(discord.thread());
const told = () => discord.ana.told().map(wordsOf);
const channel = () => {
  const found = discord.platform.state.channels.get(sales);
  if (found === undefined) throw new Error('no #sales');
  return found;
};
/** What everybody of the server may not do in #sales. */
const deny = (...bits: readonly bigint[]) => {
  const denied = bits.reduce((all, bit) => all | (1n << bit), 0n);
  channel().overwrites = [{ id: guild, type: 0, allow: '0', deny: String(denied) }];
};

async function note(): Promise<void> {
  await discord.ana.chooses('note', { topic: 'tea' });
  await discord.pass(3_000);
}

test('without a permission nothing starts, and whoever asked reads which one and where it is given', async () => {
  deny(11n);
  await note();
  expect(await status()).toEqual([]);
  expect(told().at(-1)).toContain(
    'In #sales, open Edit Channel › Permissions, add Crewsmith, and allow: Send Messages.',
  );
});

test('in a thread it is the channel around it that is named, and a thread that would stay empty is not begun', async () => {
  deny(38n);
  const planning = discord.channel('600000000000000077', 'planning', { type: 11, parent: sales });
  for (const at of [planning.id, sales]) {
    await discord.ana.chooses('note', { topic: 'tea' }, { channel: at });
    expect(told().at(-1)).toContain(
      'In #sales, open Edit Channel › Permissions, add Crewsmith, and allow: Send Messages in Threads.',
    );
  }
  expect(await status()).toEqual([]);
});

test('doctor names the channels where something is missing, and is content otherwise', async () => {
  expect(await discord.surface.check()).toEqual([]);
  deny(15n, 35n);
  const line =
    'Discord, #sales: allow Crewsmith Create Public Threads, Attach Files (Edit Channel › Permissions).';
  await discord.deliver('CHANNEL_UPDATE', { id: sales });
  expect(await discord.surface.check()).toEqual([line]);
  discord.platform.state.commands = [];
  expect(await discord.surface.check()).toEqual([expect.stringContaining('did not take the commands'), line]);
  discord.platform.state.token = 'another';
  expect(await discord.surface.check()).toEqual([expect.stringContaining('does not take DISCORD_TOKEN')]);
});

test('what was changed while Discord was not heard is read anew once it is heard again', async () => {
  expect(await discord.surface.check()).toEqual([]);
  deny(15n);
  await discord.pass(61_000);
  // A connection that could not be resumed begins with the servers, and tells of nothing before.
  await discord.deliver('GUILD_CREATE', { id: guild, name: 'Acme' });
  expect(await discord.surface.check()).toEqual([expect.stringContaining('allow Crewsmith Attach Files')]);
});

test('where threads are forbidden, everything answers the card in the channel', async () => {
  deny(35n);
  await note();
  const all = discord.platform.state.messages.filter((m) => m.channel === sales && m.only === null);
  expect(all.length).toBeGreaterThan(2);
  expect(all.slice(1).every((m) => m.replyTo === all[0]?.id)).toBe(true);
  await discord.ana.presses('Approve');
  expect(await status()).toEqual(['completed']);
});

test('in a server that has no room for one more thread, everything answers the card in the channel', async () => {
  discord.platform.state.threadsMost = 0;
  await note();
  const all = discord.platform.state.messages.filter((m) => m.channel === sales && m.only === null);
  expect(all.length).toBeGreaterThan(2);
  expect(all.slice(1).every((m) => m.replyTo === all[0]?.id)).toBe(true);
});

test('a token that Discord does not take for a while, or until there is a new one, loses nothing', async () => {
  await note();
  discord.platform.state.token = 'another';
  await discord.ana.presses('Approve');
  await discord.pass(60_000);
  expect(discord.reads()).toHaveLength(1);
  discord.platform.state.token = token;
  await discord.pass(10 * 60_000);
  expect(discord.reads()).toHaveLength(2);
  discord.platform.state.token = 'another';
  await discord.ana.chooses('note', { topic: 'coffee' });
  await discord.pass(60_000);
  discord.platform.state.token = token;
  discord = await discord.restart();
  await discord.pass(10 * 60_000);
  expect(discord.reads().filter((line) => line.includes('Note · coffee'))).toHaveLength(1);
  expect(await status()).toEqual(['completed', 'waiting']);
});

test('a permission that is given meanwhile lets a card go out that had to wait', async () => {
  await note();
  deny(38n);
  await discord.ana.presses('Approve');
  await discord.pass(5_000);
  expect(await status()).toEqual(['completed']);
  channel().overwrites = [];
  await discord.pass(60_000);
  expect(thread().join()).toContain('Approved by Ana');
});

test('a thread that was put away while a gate waited is woken by what follows', async () => {
  await note();
  const own = discord.platform.state.channels.get(discord.thread());
  if (own !== undefined) own.archived = true;
  await discord.ana.presses('Approve', { on: discord.message('Note: tea') });
  await discord.pass(5_000);
  expect(own?.archived).toBe(false);
  expect(thread().join()).toContain('Approved by Ana');
});

test('where a thread is locked and none may be begun, what follows answers its head in the channel', async () => {
  await note();
  const own = discord.platform.state.channels.get(discord.thread());
  if (own !== undefined) Object.assign(own, { archived: true, locked: true });
  deny(35n);
  await discord.ana.presses('Request changes', { on: discord.message('Note: tea') });
  const label = JSON.stringify(discord.ana.modal?.modal).match(/"label":"([^"]+)"/)?.[1] ?? '';
  await discord.ana.sends({ [label]: 'shorter' });
  await discord.pass(10_000);
  const more = discord.platform.state.messages.filter(
    (m) => m.channel === sales && m.replyTo === discord.thread(),
  );
  expect(more.length).toBeGreaterThan(0);
  expect(await status()).toEqual(['waiting']);
});

test('a channel that is deleted in the middle of a run ends its cards, not its run: its asker hears why nothing was published', async () => {
  await note();
  const on = { ...discord.message('Note: tea') };
  const other = discord.channel('600000000000000066', 'other');
  discord.platform.state.channels.delete(discord.thread());
  discord.platform.state.channels.delete(sales);
  await discord.deliver('CHANNEL_DELETE', { id: sales });
  await discord.ana.presses('Approve', { on: { ...on, channel: other.id } });
  await discord.pass(600_000);
  expect(await status()).toEqual(['failed']);
  await discord.ana.chooses('runs', {}, { channel: other.id });
  expect(told().at(-1)).toMatch(/note tea/);
});

test('a permission that comes back after hours lets out what was given up, as soon as Discord says so', async () => {
  await note();
  deny(38n);
  await discord.ana.presses('Request changes');
  const label = JSON.stringify(discord.ana.modal?.modal).match(/"label":"([^"]+)"/)?.[1] ?? '';
  await discord.ana.sends({ [label]: 'shorter' });
  await discord.pass(3 * 3_600_000);
  expect(await status()).toEqual(['waiting']);
  expect(thread().join()).not.toContain('draft 2');
  channel().overwrites = [];
  await discord.deliver('CHANNEL_UPDATE', { id: sales, type: 0, guild_id: guild, parent_id: '1' });
  await discord.pass(60_000);
  expect(thread().join()).toMatch(/ready for your decision .*draft 2/);
  await discord.ana.presses('Approve');
  await discord.pass(3_000);
  expect(await status()).toEqual(['completed']);
});

test('a run that may not publish fails with what to allow where, and a retry publishes it for nothing more', async () => {
  await note();
  deny(11n);
  await discord.ana.presses('Approve');
  await discord.pass(3_600_000);
  expect(await status()).toEqual(['failed']);
  expect(discord.reads()[0]).toContain(
    'Discord does not let Crewsmith post there: in Edit Channel › Permissions, add Crewsmith and allow View Channel, Send Messages, Send Messages in Threads.',
  );
  channel().overwrites = [];
  await discord.ana.presses('Retry');
  await discord.pass(10_000);
  expect(await status()).toEqual(['completed']);
  expect(discord.reads()).toHaveLength(2);
  expect(await discord.house.rows('attempts')).toHaveLength(2);
});

test('a server that put us out in the middle of a run and lets us in again hears how it went', async () => {
  await note();
  const on = { ...discord.message('Note: tea') };
  discord.platform.state.isThere = false;
  discord.platform.state.commands = [];
  await discord.deliver('GUILD_DELETE', { id: guild });
  await discord.ana.presses('Approve', { on });
  expect(await status()).toEqual(['waiting']);
  await discord.pass(3_600_000);
  discord.platform.state.isThere = true;
  await discord.deliver('GUILD_CREATE', { id: guild, name: 'Acme' });
  // Its commands went with us.
  expect(discord.platform.state.registered).toBe(2);
  await discord.deliver('GUILD_CREATE', { id: guild, name: 'Acme' });
  expect(discord.platform.state.registered).toBe(2);
  await discord.ana.presses('Approve', { on });
  await discord.pass(60_000);
  expect(await status()).toEqual(['completed']);
  expect(discord.reads()[0]).toMatch(/^Note · tea ✔ completed/);
});

test('a message that somebody deleted is no reason to stop', async () => {
  await note();
  const { messages } = discord.platform.state;
  messages.splice(
    messages.findIndex((m) => m.id === discord.thread()),
    1,
  );
  await discord.ana.presses('Approve', { on: discord.message('Note: tea') });
  await discord.pass(5_000);
  expect(await status()).toEqual(['completed']);
});

test('a server that we were put out of does nothing more; down for a moment it stays ours', async () => {
  await discord.deliver('GUILD_DELETE', { id: guild, unavailable: true });
  await note();
  expect(await status()).toEqual(['waiting']);
  await discord.deliver('GUILD_DELETE', { id: guild });
  await discord.ana.chooses('version');
  expect(told().at(-1)).not.toContain('0.1.0');
  expect(
    (await discord.house.rows('installations')).find((i) => i.surface === 'discord')?.removed_at,
  ).not.toBeNull();
});

test('a role that is lost between asking and pressing decides nothing', async () => {
  await note();
  const bo = discord.bo;
  await discord.ana.chooses('access grant', { person: bo.user.id, role: 'approver' });
  await bo.chooses('version');
  await discord.ana.chooses('access grant', { person: bo.user.id, role: 'approver' });
  await discord.ana.chooses('access revoke', { person: bo.user.id, role: 'approver' });
  await bo.presses('Approve', { on: discord.message('Note: tea') });
  expect(await status()).toEqual(['waiting']);
  expect(bo.told().map(wordsOf).at(-1)).toMatch(/decide/);
});

test('once a role was given to somebody, everybody else looks on', async () => {
  await discord.bo.chooses('version');
  await discord.bo.chooses('note', { topic: 'before' });
  await discord.pass(3_000);
  expect(await status()).toHaveLength(1);
  const cy = discord.person('Cy');
  await cy.chooses('version');
  await discord.ana.chooses('access grant', { person: cy.user.id, role: 'member' });
  await discord.bo.chooses('note', { topic: 'after' });
  expect(await status()).toHaveLength(1);
  expect(discord.bo.told().map(wordsOf).at(-1)).toContain('viewer');
});

test('an answer that is lost is looked up, and the card stands once', async () => {
  discord.platform.next(/POST \/channels\/\d+\/messages$/, 'lost');
  await note();
  await discord.pass(10_000);
  expect(discord.reads()).toHaveLength(1);
  expect(await status()).toEqual(['waiting']);
});

test('where it cannot be looked up, the nonce keeps it from standing twice', async () => {
  deny(16n);
  discord.platform.next(/POST \/channels\/\d+\/messages$/, 'lost');
  await note();
  await discord.pass(10_000);
  expect(discord.reads()).toHaveLength(1);
});

test('Discord asks everybody to wait: what is to be said is said afterwards, once', async () => {
  const body = { message: 'You are being rate limited.', retry_after: 0.05, global: true };
  discord.platform.next(/POST \/channels\/\d+\/messages$/, { status: 429, body });
  await note();
  await discord.pass(60_000);
  expect(discord.reads()).toHaveLength(1);
});

test('an interaction that comes too late is done all the same, and answered by a message', async () => {
  const late = { status: 404, body: { code: 10_062, message: 'Unknown interaction' } };
  discord.platform.next(/callback$/, late);
  await discord.ana.chooses('version');
  expect(told().at(-1)).toContain('Crewsmith');
  expect(discord.platform.state.messages.at(-1)?.only).toBeNull();
});

test('a press in direct messages decides, as long as they are in the server', async () => {
  deny(10n);
  channel().overwrites = [];
  await note();
  const direct = discord.channel('600000000000000055', 'direct', { type: 1, recipient: discord.ana.user.id });
  const on = { ...discord.message('Note: tea'), channel: direct.id };
  discord.platform.state.members.delete(discord.ana.user.id);
  await discord.pass(120_000);
  await discord.ana.presses('Approve', { on });
  expect(await status()).toEqual(['waiting']);
  discord.platform.state.members.add(discord.ana.user.id);
  await discord.pass(120_000);
  await discord.ana.presses('Approve', { on });
  expect(await status()).toEqual(['completed']);
});
