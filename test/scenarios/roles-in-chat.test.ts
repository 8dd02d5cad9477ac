import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import { type Role, roles } from '../../src/core/access.ts';
import { isCrewsmithError } from '../../src/errors.ts';
import { crewOf } from '../support/crew-text.ts';
import { noteCrew } from '../support/crews.ts';
import { createFakeChat, type FakeChat, type FakePerson, wordsOf } from '../support/fake-chat.ts';
import { type House, openHouse } from '../support/house.ts';
import { createRecorder } from '../support/recorder.ts';
import { createScripted } from '../support/scripted.ts';

let house: House;
let chat: FakeChat;

beforeEach(async () => {
  const provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  house = await openHouse({ providers: [provider], recorder: createRecorder({ name: 'slack' }) });
  chat = createFakeChat(house, [noteCrew]);
});
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([house.recorder.mistakes, chat.errors]).toEqual([[], []]);
  await house.end();
});

const slack = (name: string) =>
  chat.person(name, { surface: 'slack', team: 'T1', native: `T1:U${name.toUpperCase()}` });
const last = (person: FakePerson) => wordsOf(person.told.at(-1)).replaceAll('\n', ' ');
const audited = async () => (await house.rows('audit')).map((row) => row.action);

/** A team whose first owner is Ana. */
async function claimed(): Promise<FakePerson> {
  const ana = slack('Ana');
  const { code } = await house.services.claims.renew();
  await ana.types(`access claim ${code}`);
  expect(last(ana)).toContain('This team now belongs to the workspace of this installation');
  return ana;
}

/** The least role of each command, in the channel or in the whole workspace. */
const needs: Readonly<Record<string, readonly [Role, 'channel' | 'workspace']>> = {
  run: ['member', 'channel'],
  list: ['viewer', 'channel'],
  runs: ['viewer', 'channel'],
  retry: ['member', 'channel'],
  stop: ['member', 'channel'],
  decide: ['viewer', 'channel'],
  keys: ['admin', 'workspace'],
  'keys list': ['admin', 'workspace'],
  'keys add': ['admin', 'workspace'],
  'keys rotate': ['admin', 'workspace'],
  'keys revoke': ['admin', 'workspace'],
  'keys test': ['admin', 'workspace'],
  spend: ['member', 'channel'],
  budget: ['member', 'channel'],
  'budget show': ['member', 'channel'],
  'budget set': ['admin', 'channel'],
  'budget raise': ['admin', 'channel'],
  'budget remove': ['admin', 'channel'],
  access: ['viewer', 'channel'],
  'access show': ['viewer', 'channel'],
  'access grant': ['admin', 'channel'],
  'access revoke': ['admin', 'channel'],
  'access claim': ['viewer', 'channel'],
  'access link': ['viewer', 'channel'],
  settings: ['member', 'workspace'],
  'settings zone': ['admin', 'workspace'],
  'settings ask-above': ['admin', 'workspace'],
  'settings key-form': ['admin', 'workspace'],
  'settings digest-channel': ['admin', 'workspace'],
  digest: ['member', 'workspace'],
  'digest on': ['admin', 'workspace'],
  'digest off': ['admin', 'workspace'],
  'digest now': ['admin', 'workspace'],
  open: ['viewer', 'channel'],
  'crews check': ['member', 'channel'],
  'crews schema': ['viewer', 'channel'],
  verify: ['admin', 'workspace'],
  'master rotate': ['owner', 'workspace'],
  doctor: ['admin', 'workspace'],
  help: ['viewer', 'channel'],
  version: ['viewer', 'channel'],
};

describe('command by role, through the one place that decides', () => {
  test('every command stands in the table', () => {
    expect(Object.fromEntries(commands.map((c) => [c.name, [c.role, c.of]]))).toEqual(needs);
  });

  test('who has it in the whole workspace may use it, who has less may not; in a channel it counts there alone', async () => {
    const { workspace, channel } = house.services.home;
    const wrong: string[] = [];
    for (const held of [null, ...roles]) {
      for (const where of ['', channel]) {
        const member = await house.store.transact(async (tx) => {
          const native = `${held}${where}`;
          const arrival = {
            workspace,
            surface: 'terminal',
            native,
            name: 'Bo',
            standing: 'member',
            role: null,
          } as const;
          const id = await house.services.people.arrive(tx, arrival);
          if (held !== null) {
            const change = { workspace, actor: 'system', member: id, channel: where, role: held };
            await house.services.people.setRole(tx, change);
          }
          return id;
        });
        for (const command of commands) {
          const [least, of] = needs[command.name] ?? ['owner', 'workspace'];
          const counts = where === '' || of === 'channel';
          const may = counts && held !== null && roles.indexOf(held) >= roles.indexOf(least);
          for (const [typedIn, expected] of [
            [channel, may],
            ['channel_other', may && where === ''],
          ] as const) {
            const asked = house.store
              .read((tx) =>
                house.services.people.mustBe(tx, { workspace, member, channel: typedIn, command }),
              )
              .then(() => true)
              .catch((error: unknown) =>
                isCrewsmithError(error, 'access.forbidden') ? false : Promise.reject(error),
              );
            if ((await asked) !== expected)
              wrong.push(`${command.name} for ${held} of "${where}" in ${typedIn}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('a team that nobody has claimed', () => {
  test('hears only how it is claimed, until somebody does with the code; then they are owner', async () => {
    const ana = slack('Ana');
    await ana.types('note tea');
    expect(last(ana)).toContain('access claim CODE');
    await ana.types('access claim 0000-0000');
    expect(last(ana)).toContain('This code does not hold');
    const guest = chat.person('Gil', { surface: 'slack', team: 'T1', native: 'T1:UGIL', standing: 'guest' });
    const { code } = await house.services.claims.renew();
    await guest.types(`access claim ${code}`);
    expect(last(guest)).toContain('Guests and bots cannot become owner');
    await ana.types(`access claim ${code}`);
    expect(last(ana)).toContain('You are owner');
    await ana.types('keys');
    expect(last(ana)).toContain('Keys');
    await ana.types(`access claim ${code}`);
    expect(last(ana)).toContain('This code does not hold');
    expect(JSON.stringify(await house.rows('requests'))).not.toContain(code);
    expect(await audited()).toEqual(
      expect.arrayContaining(['access.arrive', 'access.grant', 'access.claim']),
    );
  });

  test('of Discord is offered a hard budget, since everybody there may run', async () => {
    const dee = chat.person('Dee', { surface: 'discord', team: '9', native: '1' });
    await dee.types(`access claim ${(await house.services.claims.renew()).code}`);
    expect(last(dee)).toContain('/crew budget set $20 week workspace');
  });
});

test('a form on the page names the channels of another surface to those alone who see all of them', async () => {
  await (await claimed()).types('help', { spot: { channel: 'C9', channelName: 'merger' } });
  const crew = crewOf(`
name: tell
summary: Tells a channel.
input: { where: { type: channel, label: Where } }
agents: { writer: { model: smart, instructions: Write. } }
steps:
  - draft: { agent: writer, prompt: "For {{ input.where }}" }
`);
  chat = createFakeChat(house, [crew]);
  const [vic, local] = [chat.person('Vic'), chat.person('local')];
  await vic.becomes('member');
  const offered = (person: FakePerson) => {
    const input = person.forms.at(-1)?.fields[0]?.input;
    return input?.type === 'channel' ? input.known.map(({ label }) => label) : null;
  };
  await vic.types('tell');
  expect(offered(vic)).toEqual(['#sales']);
  await local.types('tell');
  expect(offered(local)).toContain('#merger (slack)');
});

describe('access', () => {
  test('gives a role by mention, handle or account, in the workspace or a channel, and takes it back; each with its author', async () => {
    const ana = await claimed();
    const bo = slack('Bo');
    await bo.types('access');
    expect(last(bo)).toContain('You: member.');
    await ana.types('access grant <@UBO> approver here');
    expect(last(ana)).toContain('Bo is approver in #sales now.');
    await ana.types('access grant @bo admin #sales');
    expect(last(ana)).toContain('Bo is admin in #sales now, and was approver.');
    await ana.types('access grant slack:UBO approver');
    expect(last(ana)).toContain('Bo is approver in the workspace now.');
    await ana.types('access grant @bo approver');
    expect(last(ana)).toContain('already. Nothing was changed.');
    await bo.types('access show');
    expect(last(bo)).toContain('approver · admin in #sales');
    await ana.types('access revoke @bo #sales');
    expect(last(ana)).toContain('Bo is no longer admin in #sales and is approver there now.');
    await ana.types('access revoke @bo approver');
    expect(last(ana)).toContain('Bo is no longer approver in the workspace and is member there now.');
    const rows = (await house.rows('audit')).filter((row) => /^access\.(grant|revoke)$/.test(row.action));
    expect(rows.map((row) => [row.action, row.actor === 'system'])).toEqual([
      ['access.grant', true],
      ...['access.grant', 'access.grant', 'access.grant', 'access.revoke', 'access.revoke'].map((a) => [
        a,
        false,
      ]),
    ]);
  });

  test.each([
    ['access grant @boo approver', 'Nobody here is known as @boo. Did you mean "@Bo"?'],
    ['access grant @bo aprover', 'Did you mean "approver"?'],
    ['access grant @bo approver sales', '"sales" is not a channel. Write it like #sales'],
    ['access grant @bo approver #nowhere', 'There is no channel #nowhere'],
    ['access grant @bo', 'ROLE is missing'],
    ['access grant', 'PERSON is missing'],
    ['access grant @bo approver #sales now', '"now" is one word too many'],
    ['access revoke @bo', 'Bo was not given a role for the workspace.'],
    ['access revoke @bo boss', '"boss" is not a role.'],
    ['access revoke @ana admin', 'Ana was not given the role admin for the workspace, but owner.'],
    ['access grat @bo approver', 'Did you mean "access grant"?'],
    ['access claim', 'CODE is missing'],
  ])('"%s" is answered with what is right, and nothing is changed', async (words, says) => {
    const ana = await claimed();
    await slack('Bo').types('help');
    const before = await house.rows('roles');
    await ana.types(words);
    expect(last(ana)).toContain(says);
    expect(await house.rows('roles')).toEqual(before);
  });

  test('asks which, where a name is of two people', async () => {
    const ana = await claimed();
    await slack('Bo').types('help');
    await chat.person('Bo', { surface: 'slack', team: 'T1', native: 'T1:UB2' }).types('help');
    await ana.types('access grant @bo admin');
    expect(last(ana)).toContain('"@bo" means 2 people. Say which account: slack:T1:UBO, slack:T1:UB2.');
    await ana.types('access grant slack:UB2 admin');
    expect(last(ana)).toContain('is admin in the workspace now');
  });

  test('is of admins: of one channel in that channel, and no higher than they are', async () => {
    const ana = await claimed();
    const [bo, chi] = [slack('Bo'), slack('Chi')];
    await bo.types('access grant @bo owner');
    expect(last(bo)).toContain('you are member here. Ask Ana.');
    await ana.types('access grant @bo admin here');
    await chi.types('help');
    await bo.types('access grant @chi approver here');
    expect(last(bo)).toContain('Chi is approver in #sales now.');
    await bo.types('access grant @chi owner here');
    expect(last(bo)).toContain('Only somebody who is owner here');
    await bo.types('access grant @chi approver');
    expect(last(bo)).toContain('those who are admin of the whole workspace or more; you are member');
    await bo.types('budget set $5 week');
    expect(last(bo)).toContain('Budget set');
    for (const words of ['budget set $5 week workspace', 'budget remove week crew:note', 'budget raise $5'])
      await bo
        .types(words)
        .then(() => expect(last(bo)).toContain('those who are admin of the whole workspace'));
  });

  test('is nothing to who is a guest by now, although it was granted before', async () => {
    const ana = await claimed();
    await slack('Bo').types('help');
    await ana.types('access grant @bo approver');
    const guest = chat.person('Bo', { surface: 'slack', team: 'T1', native: 'T1:UBO', standing: 'guest' });
    await guest.types('list');
    expect(last(guest)).toContain('Guests cannot use Crewsmith');
    await ana.types('access');
    expect(last(ana)).toMatch(/Bo +no role/);
    expect(await audited()).toContain('access.standing');
  });

  test('keeps the last owner', async () => {
    const ana = await claimed();
    await ana.types('access revoke slack:UANA owner');
    // `local` of page and terminal is owner, too.
    expect(last(ana)).toContain('Ana is no longer owner');
    expect(await house.services.claims.ownerless()).toEqual(['slack']);
  });
});
