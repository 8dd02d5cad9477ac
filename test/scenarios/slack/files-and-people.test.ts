import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crewOf } from '../../support/crew-text.ts';
import { noteCrew } from '../../support/crews.ts';
import { createScripted, type ScriptedProvider } from '../../support/scripted.ts';
import type { SlackPerson } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';

const minutesCrew = crewOf(`
name: minutes
summary: Minutes from notes.
input:
  notes: { type: file, label: Notes }
  owner: { type: user, label: Owner, required: false }
  where: { type: channel, label: Where, required: false }
agents: { clerk: { model: smart, instructions: Write., limits: { input: 4000, output: 500 } } }
steps:
  - write: { agent: clerk, prompt: "{{ input.owner }} {{ input.where }} {{ input.notes }}" }
`);

let slack: SlackStand & { ana: SlackPerson; bo: SlackPerson };
let provider: ScriptedProvider;

beforeEach(async () => {
  provider = createScripted(() => ({ json: { text: 'words' } }));
  slack = await openSlackStand({ crews: [noteCrew, minutesCrew], house: { providers: [provider] } });
});
afterEach(async () => {
  expect([slack.platform.mistakes, slack.logged, slack.chat.errors]).toEqual([[], [], []]);
  await slack.end();
});

const runs = async () => (await slack.house.rows('runs')).length;
const prompts = () => provider.requests.map(({ conversation: [first] }) => JSON.stringify(first?.items));
/** What Ana alone was told since then. */
async function toldBy(does: () => Promise<unknown>): Promise<readonly string[]> {
  const before = slack.ana.told.length;
  await does();
  return slack.ana.told.slice(before);
}

describe('a form', () => {
  test('lets people choose a person, a channel and a file, and comes back with them', async () => {
    await slack.bo.types('version');
    await slack.ana.types('minutes --owner=@Bo');
    const kinds = slack.ana.form?.view.blocks.flatMap((block) =>
      block.type === 'input' ? [block.element] : [],
    );
    expect(kinds).toEqual([
      { type: 'file_input', action_id: 'value', max_files: 1 },
      { type: 'users_select', action_id: 'value', initial_user: slack.bo.user.id },
      { type: 'conversations_select', action_id: 'value', filter: { include: ['public', 'private'] } },
    ]);
    await slack.ana.sends({ Notes: slack.ana.shares('notes.md', 'Buy tea.').id, Where: 'C2' });
    expect(prompts()[0]).toContain('Bo empty <file name=\\"notes.md\\">\\nBuy tea.\\n</file>');
    expect(slack.reads()[0]).toContain('Minutes · notes.md');
  });

  test('says of a name that its list cannot show that it is not known', async () => {
    await slack.ana.types('minutes --owner=@nobody');
    const owner = slack.ana.form?.view.blocks.find(
      (block) => block.type === 'input' && block.label.text === 'Owner',
    );
    expect(owner).toMatchObject({
      hint: { text: '"@nobody" is not known here; choose from the list' },
      element: { type: 'users_select', action_id: 'value' },
    });
  });

  test('stays open with the sentence at the field of a file that cannot be read', async () => {
    await slack.ana.types('minutes');
    const { answer } = await slack.ana.sends({
      Notes: slack.ana.shares('notes.pdf', Uint8Array.of(0x25, 0x50, 0xe2)).id,
    });
    expect(answer).toMatchObject({
      response_action: 'errors',
      errors: { 'field:notes': expect.stringContaining('"notes.pdf" is not text in UTF-8') },
    });
    expect(await runs()).toBe(0);
    await slack.ana.sends({ Notes: slack.ana.shares('notes.md', 'Buy tea.').id });
    expect(await runs()).toBe(1);
  });
});

describe('a file that is shared', () => {
  test('with a message on which the shortcut is used is what the crew reads', async () => {
    await slack.bo.mentions('hello');
    await slack.ana.picks(slack.message('hello'), [slack.ana.shares('notes.md', 'Buy tea.')]);
    await slack.ana.sends({ 'What to run': 'minutes' });
    expect(prompts()[0]).toContain('Buy tea.');
  });

  test('in a direct message is read, too', async () => {
    await slack.ana.writes('minutes', [slack.ana.shares('notes.csv', 'tea;1')]);
    expect(prompts()[0]).toContain('tea;1');
  });

  test('beside others: what looks like text is read, and the rest is told', async () => {
    const files = [slack.ana.shares('photo.png', Uint8Array.of(1)), slack.ana.shares('notes.md', 'Buy tea.')];
    const told = await toldBy(() => slack.ana.mentions('minutes', { files }));
    expect([told, prompts()[0]]).toEqual([
      [expect.stringContaining('Not read: photo.png minutes takes one file; the run goes on without.')],
      expect.stringContaining('Buy tea.'),
    ]);
  });

  test('with a crew that takes none is not read, and that is told', async () => {
    const files = [slack.ana.shares('notes.md', 'Buy tea.')];
    const told = await toldBy(() => slack.ana.mentions('note tea', { files }));
    expect(told).toEqual([expect.stringContaining('Not read: notes.md note takes no files')]);
    expect([await runs(), slack.platform.fetched.some((url) => url.includes('/files-pri/'))]).toEqual([
      1,
      false,
    ]);
  });

  test('can be chosen in the form that a message without one is answered by', async () => {
    const told = await toldBy(() => slack.ana.mentions('minutes'));
    expect(told).toEqual([expect.stringContaining('Minutes')]);
    await slack.ana.presses('Open the form');
    await slack.ana.sends({ Notes: slack.ana.shares('later.md', 'Later.').id });
    expect(prompts()[0]).toContain('Later.');
  });

  test('that came without its place is looked up', async () => {
    const file = slack.ana.shares('notes.md', 'Buy tea.');
    await slack.ana.mentions('minutes', { files: [{ ...file, url: '' }] });
    expect(prompts()[0]).toContain('Buy tea.');
  });
});

describe('a file that cannot be had', () => {
  const refusedWith = async (file: ReturnType<SlackPerson['shares']>, says: RegExp) => {
    const told = await toldBy(() => slack.ana.mentions('minutes', { files: [file] }));
    expect(told).toEqual([expect.stringMatching(says)]);
    expect([await runs(), provider.requests, slack.reads().filter((text) => text.includes('notes'))]).toEqual(
      [0, [], []],
    );
  };

  test('for want of a scope is one private sentence with what to click', async () => {
    slack.platform.state.scopes.delete('files:read');
    await refusedWith(
      slack.ana.shares('notes.md', 'Buy tea.'),
      /The file "notes\.md" could not be read: the Slack app lacks the scope files:read\. An admin opens .*slack-manifest\.yaml/,
    );
    expect(slack.platform.fetched.some((url) => url.includes('redir='))).toBe(false);
  });

  test('because it is gone says so', async () => {
    const file = slack.ana.shares('notes.md', 'Buy tea.');
    slack.platform.state.shared.pop();
    await refusedWith(file, /Slack does not show it to Crewsmith\. Invite Crewsmith/);
  });

  test.each([
    'https://evil.example/notes.md',
    'http://files.slack.com/notes.md',
    'https://files.slack.com.evil.example/notes.md',
    'https://evilslack.com/notes.md',
    'https://files.slack.com:8443/notes.md',
    'https://a:b@files.slack.com/notes.md',
    'http://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
  ])('because it is elsewhere is not asked for, and no token goes there: %s', async (url) => {
    await refusedWith({ ...slack.ana.shares('notes.md', 'x'), url }, /it is not kept by Slack/);
    expect(slack.platform.fetched).not.toContain(new URL(url).href);
  });
});

describe('a person', () => {
  test('whom Crewsmith has never seen is named by Slack, by the mention in a message', async () => {
    const cleo = slack.person('Cleo');
    await slack.ana.mentions('minutes --owner @Cleo', { files: [slack.ana.shares('notes.md', 'Tea.')] });
    const [run] = await slack.house.rows('runs');
    expect(JSON.parse(run?.input ?? '')).toMatchObject({
      owner: { id: `slack:${cleo.user.id}`, name: 'Cleo' },
      notes: { name: 'notes.md', text: 'Tea.' },
    });
  });

  test('who is nobody is refused with how to name somebody', async () => {
    const files = [slack.ana.shares('notes.md', 'Tea.')];
    const told = await toldBy(() => slack.ana.mentions('minutes --owner @nobody', { files }));
    expect(told).toEqual([expect.stringContaining('"@nobody" is nobody who is known here')]);
    expect(await runs()).toBe(0);
  });

  test('who is not in a private channel is not told what it is called; who is in it names it', async () => {
    const { state } = slack.platform;
    const [botUser = ''] = state.channels.get('C1')?.members ?? [];
    const deals = { ...{ id: 'G7', name: 'deals', archived: false, hidden: true } };
    state.channels.set('G7', { ...deals, members: new Set([botUser]) });
    const asks = () =>
      slack.ana.mentions('minutes --where <#G7>', { files: [slack.ana.shares('notes.md', 'Tea.')] });
    const told = await toldBy(asks);
    expect(told).toEqual([expect.stringContaining('is no channel that is known here')]);
    expect(await runs()).toBe(0);
    state.channels.set('G7', { ...deals, members: new Set([botUser, slack.ana.user.id]) });
    await asks();
    const [run] = await slack.house.rows('runs');
    expect(JSON.parse(run?.input ?? '')).toMatchObject({ where: { id: 'slack:G7', name: 'deals' } });
  });

  test('and a channel that are known are kept by their ids here', async () => {
    await slack.bo.types('version');
    await slack.ana.mentions('minutes --owner @Bo --where #sales', {
      files: [slack.ana.shares('notes.md', 'Tea.')],
    });
    const [run] = await slack.house.rows('runs');
    const { owner, where } = JSON.parse(run?.input ?? '') as Record<string, { id: string; name: string }>;
    const accounts = await slack.house.rows('accounts');
    expect(owner).toEqual({
      id: accounts.find(({ native }) => native.endsWith(slack.bo.user.id))?.member_id,
      name: 'Bo',
    });
    expect(where).toEqual({ id: run?.channel_id, name: 'sales' });
  });
});
