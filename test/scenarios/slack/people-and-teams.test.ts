import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createScripted } from '../../support/scripted.ts';
import { buttonsOf, type SlackPerson, wordsOf } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';
import { botUser } from '../../support/slack/state.ts';

// Who somebody is, and whose the workspace is, by what Slack says of it now (rules K8, G3).
let slack: SlackStand & { ana: SlackPerson; bo: SlackPerson };

/** The first call stays without an answer until it is let go. */
let silent = false;
let go = Promise.withResolvers<{ json: { text: string } }>();

beforeEach(async () => {
  silent = false;
  go = Promise.withResolvers();
  const provider = createScripted((_, call) =>
    silent && call === 1 ? { hold: go.promise } : { json: { text: `words ${call}` } },
  );
  slack = await openSlackStand({ house: { providers: [provider] } });
});
afterEach(async () => {
  expect((await slack.house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([slack.platform.mistakes, slack.chat.errors]).toEqual([[], []]);
  await slack.end();
});

const statuses = async () => (await slack.house.rows('runs')).map((run) => run.status);
const installation = async () =>
  (await slack.house.rows('installations')).find((row) => row.surface === 'slack');
const gate = () => {
  const found = slack.platform.state.messages.findLast(({ blocks }) =>
    buttonsOf(blocks).some((b) => b.label === 'Approve'),
  );
  if (found === undefined) throw new Error('no gate');
  return { ...found };
};
const said = (inner: object, team = 'T1') =>
  slack.event({
    type: 'event_callback',
    team_id: team,
    event_id: `Ev${slack.platform.state.nextTs()}`,
    event: inner,
  });

describe('who decides', () => {
  beforeEach(async () => {
    await slack.bo.types('version');
    await slack.ana.types('access grant @bo approver');
    await slack.ana.types('note tea');
    await slack.pass(3_000);
  });

  test('two approvers at the same instant: one decides, the other hears who was first, alone', async () => {
    const cy = slack.person('Cy');
    await cy.types('version');
    await slack.ana.types('access grant @cy approver');
    const open = gate();
    const before = { bo: slack.bo.told.length, cy: cy.told.length };
    await Promise.all([slack.bo.presses('Approve', open), cy.presses('Reject', open)]);
    await slack.pass(10_000);
    const decisions = await slack.house.rows('decisions');
    expect(decisions).toHaveLength(1);
    const [late, first] = decisions[0]?.decision === 'approve' ? [cy, 'Bo'] : [slack.bo, 'Cy'];
    expect(late.told.at(-1)).toMatch(new RegExp(`decided already: (?:approved|rejected) by ${first}`));
    // Who was first is told nothing in private.
    expect(slack.bo.told.length + cy.told.length).toBe(before.bo + before.cy + 1);
    const card = slack.message('draft 1 ·');
    expect(buttonsOf(card.blocks)).toEqual([]);
    expect(wordsOf(card.blocks)).toMatch(new RegExp(`(?:Approved|Rejected) by ${first}`));
  });

  test('the only approver is deactivated: from that moment who asked may decide', async () => {
    await slack.ana.presses('Approve', gate());
    expect(slack.ana.told.at(-1)).toContain('Bo decides here.');
    const bo = slack.platform.state.users.get('UBO');
    if (bo !== undefined) bo.standing = 'deleted';
    slack.platform.state.channels.get('C1')?.members.delete('UBO');
    await said({ type: 'user_change', user: { id: 'UBO', team_id: 'T1', name: 'bo', deleted: true } });
    await slack.ana.presses('Approve', gate());
    await slack.pass(5_000);
    expect(await statuses()).toEqual(['completed']);
    expect((await slack.house.rows('audit')).map((row) => row.action)).toContain('access.standing');
  });

  test('who asked is deactivated: the run goes on and is decided', async () => {
    await slack.bo.types('note coffee');
    const bo = slack.platform.state.users.get('UBO');
    if (bo !== undefined) bo.standing = 'deleted';
    await said({ type: 'user_change', user: { id: 'UBO', team_id: 'T1', name: 'bo', deleted: true } });
    await slack.pass(5_000);
    await slack.ana.presses('Approve', slack.message('Note: coffee'));
    await slack.pass(5_000);
    expect(await statuses()).toEqual(['waiting', 'completed']);
  });

  test('a card of a month ago that nobody decided: its buttons say so, and Ask again asks', async () => {
    const old = gate();
    await slack.pass(31 * 24 * 3_600_000);
    await slack.bo.presses('Approve', old);
    expect(slack.bo.told.at(-1)).toMatch(/expired/);
    expect(await slack.house.rows('decisions')).toEqual([]);
    await slack.bo.presses('Ask again');
    await slack.pass(5_000);
    await slack.bo.presses('Approve', gate());
    await slack.pass(5_000);
    expect(await statuses()).toEqual(['completed']);
  });
});

describe('people of elsewhere', () => {
  test('somebody of another workspace has the same id as one of ours: they are not taken for each other', async () => {
    await slack.ana.types('note tea');
    await slack.pass(3_000);
    const twin = slack.person('Other', { id: 'UANA', team: 'T9', standing: 'stranger' });
    await twin.types('keys');
    await twin.presses('Approve', gate());
    await twin.mentions('note coffee');
    const told = slack.ana.told.slice(-3);
    expect(told).toHaveLength(3);
    for (const line of told) expect(line).toContain('Guests cannot use Crewsmith here.');
    expect(await statuses()).toEqual(['waiting']);
  });

  test('without the scope to know who is a guest, nobody is taken for a member', async () => {
    slack.platform.state.scopes.delete('users:read');
    const cy = slack.person('Cy');
    await cy.types('note tea');
    await cy.types('note tea');
    expect(cy.told.at(-1)).toContain('Slack does not say who you are');
    expect(await statuses()).toEqual([]);
  });
});

describe('rule K8: the team', () => {
  test('of the bot token belongs to workspace "default" from the first connection on', async () => {
    const workspaces = await slack.house.rows('workspaces');
    expect(workspaces.map(({ slug }) => slug)).toEqual(['default']);
    expect(await installation()).toMatchObject({
      team: 'T1',
      name: 'Acme',
      workspace_id: workspaces[0]?.id,
      removed_at: null,
    });
    expect((await slack.house.rows('audit')).map((row) => row.action)).toContain('workspace.connect');
  });

  test('another one, whose people and events arrive over the same app, does nothing and changes nothing', async () => {
    const eve = slack.person('Eve', { team: 'T9', standing: 'stranger' });
    await eve.types('keys');
    await eve.mentions('note tea');
    await said({ type: 'app_uninstalled' }, 'T9');
    await said({ type: 'tokens_revoked', tokens: { oauth: [], bot: [botUser] } }, 'T9');
    expect((await installation())?.removed_at).toBeNull();
    expect((await slack.house.rows('installations')).filter((row) => row.team === 'T9')).toEqual([]);
    expect((await slack.house.rows('accounts')).filter((row) => row.native.startsWith('T9'))).toEqual([]);
    await slack.ana.types('note tea');
    expect(await statuses()).toHaveLength(1);
  });

  test('uninstalls the app in the middle of a run, and installs it again: the run is there and is decided', async () => {
    silent = true;
    await slack.ana.types('note tea');
    slack.platform.state.tokenIs = 'account_inactive';
    await said({ type: 'app_uninstalled' });
    go.resolve({ json: { text: 'words 1' } });
    await slack.pass(60_000);
    expect(await statuses()).toEqual(['waiting']);
    await slack.ana.types('note coffee');
    expect(await statuses()).toHaveLength(1);
    // A start with the token of the new installation.
    slack.platform.state.tokenIs = 'good';
    await slack.house.services.teams.connected('slack', { id: 'T1', name: 'Acme' });
    await slack.pass(10_000);
    await slack.ana.presses('Approve', gate());
    await slack.pass(10_000);
    expect(await statuses()).toEqual(['completed']);
    expect(slack.reads()[0]).toMatch(/^Note · tea ✔ completed/);
  });
});
