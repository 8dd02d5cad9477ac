import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createVirtualClock } from './clock.ts';
import { createDeliveries } from './slack/delivery.ts';
import { createPerson } from './slack/people.ts';
import { createPlatform, type SlackPlatform } from './slack/platform.ts';
import { manifestScopes } from './slack/scopes.ts';
import { botUser, team } from './slack/state.ts';

// What the stand-in refuses is what keeps the scenarios honest.
let clock = createVirtualClock();
let slack: SlackPlatform;

beforeEach(() => {
  clock = createVirtualClock();
  slack = createPlatform(clock);
  const { state } = slack;
  const channel = (id: string, more: object = {}) =>
    state.channels.set(id, { id, name: id, members: new Set([botUser]), archived: false, ...more });
  channel('C1');
  channel('COUT', { members: new Set() });
  channel('CHIDDEN', { members: new Set(), hidden: true });
  channel('COLD', { archived: true });
  channel('G1', { hidden: true });
  state.users.set('UANA', { id: 'UANA', name: 'Ana', team, standing: 'member' });
  state.users.set('UGONE', { id: 'UGONE', name: 'Gus', team, standing: 'deleted' });
});

interface Answered {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly error: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

async function call(method: string, args: Readonly<Record<string, unknown>> = {}): Promise<Answered> {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const fields = Object.entries(args).map(([name, value]) => [name, text(value)] as [string, string]);
  const response = await slack.fetch(`https://slack.com/api/${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.state.token}` },
    body: new URLSearchParams(fields).toString(),
  });
  const body = (await response.json()) as Record<string, unknown>;
  const error = typeof body.error === 'string' ? body.error : null;
  return { status: response.status, retryAfter: response.headers.get('retry-after'), error, body };
}

const post = (blocks: unknown, more: object = {}) =>
  call('chat.postMessage', { channel: 'C1', text: 'words', blocks, ...more });
const words = (length: number) => 'x'.repeat(length);
const section = (length: number) => ({ type: 'section', text: { type: 'mrkdwn', text: words(length) } });
const button = (label: string, value = 'v', id = 'a') => ({
  type: 'button',
  action_id: id,
  text: { type: 'plain_text', text: label },
  value,
});
const actions = (...elements: object[]) => ({ type: 'actions', elements });

describe('a call', () => {
  test('of a method or a field that is not there is refused, and the field noted as a mistake', async () => {
    expect((await call('chat.postMassage')).error).toBe('unknown_method');
    expect((await post([], { colour: 'red' })).error).toBe('invalid_arguments');
    expect(slack.mistakes).toEqual(['chat.postMessage has no field colour']);
  });

  test('needs the token, and the scope of where it is made', async () => {
    slack.state.token = 'another';
    const { token } = slack.state;
    slack.state.token = 'xoxb-of-the-fake';
    const response = await slack.fetch('https://slack.com/api/auth.test', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await response.json()).toEqual({ ok: false, error: 'invalid_auth' });
    for (const scope of manifestScopes()) slack.state.scopes.add(scope);
    expect((await call('conversations.history', { channel: 'G1' })).error).toBeNull();
    slack.state.scopes.delete('groups:history');
    expect(await call('conversations.history', { channel: 'G1' })).toMatchObject({
      error: 'missing_scope',
      body: { needed: 'groups:history' },
    });
    expect((await call('conversations.history', { channel: 'C1' })).error).toBeNull();
    expect((await call('conversations.members', { channel: 'D1' })).body.needed).toBe('im:read');
  });

  test.each(['token_revoked', 'account_inactive', 'invalid_auth'] as const)(
    'with a token that is %s is told so',
    async (is) => {
      slack.state.tokenIs = is;
      expect((await post([])).error).toBe(is);
    },
  );
});

describe('a message', () => {
  test.each([
    ['COUT', 'not_in_channel'],
    ['CHIDDEN', 'channel_not_found'],
    ['COLD', 'is_archived'],
    ['CNOWHERE', 'channel_not_found'],
  ])('to %s is %s', async (channel, error) => {
    expect((await post([], { channel })).error).toBe(error);
  });

  test.each([
    ['50 blocks', Array.from({ length: 50 }, () => section(1)), null],
    ['51 blocks', Array.from({ length: 51 }, () => section(1)), 'invalid_blocks'],
    ['a section of 3,000', [section(3_000)], null],
    ['a section of 3,001', [section(3_001)], 'invalid_blocks'],
    ['an empty section', [section(0)], 'invalid_blocks'],
    ['a label of 75', [actions(button(words(75)))], null],
    ['a label of 76', [actions(button(words(76)))], 'invalid_blocks'],
    ['a value of 2,000', [actions(button('b', words(2_000)))], null],
    ['a value of 2,001', [actions(button('b', words(2_001)))], 'invalid_blocks'],
    ['one action_id twice', [actions(button('a'), button('b'))], 'invalid_blocks'],
    [
      '26 buttons',
      [actions(...Array.from({ length: 26 }, (_, i) => button('b', 'v', `a${i}`)))],
      'invalid_blocks',
    ],
    ['a block that is not known', [{ type: 'carousel' }], 'invalid_blocks'],
    ['a field that no section has', [{ ...section(1), colour: 'red' }], 'invalid_blocks'],
    [
      'one block_id twice',
      [
        { ...section(1), block_id: 'b' },
        { ...section(1), block_id: 'b' },
      ],
      'invalid_blocks',
    ],
    [
      'an input',
      [
        {
          type: 'input',
          label: { type: 'plain_text', text: 'l' },
          element: { type: 'plain_text_input', action_id: 'a' },
        },
      ],
      'invalid_blocks',
    ],
    ['13,200 characters in all', [...Array.from({ length: 4 }, () => section(3_000)), section(1_200)], null],
    [
      '13,201 characters in all',
      [...Array.from({ length: 4 }, () => section(3_000)), section(1_201)],
      'msg_blocks_too_long',
    ],
  ])('with %s', async (_, blocks, error) => {
    expect((await post(blocks)).error).toBe(error);
  });

  test('has words, not too many, and metadata of Slack’s shape', async () => {
    expect((await post([], { text: '' })).error).toBe('no_text');
    expect((await post([], { text: words(40_001) })).error).toBe('msg_too_long');
    expect((await post([], { metadata: { id: 1 } })).error).toBe('invalid_metadata_format');
  });

  test('answers one that stands there by itself', async () => {
    const { body } = await post([]);
    const reply = await post([], { thread_ts: body.ts });
    expect(reply.error).toBeNull();
    expect((await post([], { thread_ts: reply.body.ts })).error).toBe('thread_not_found');
    expect((await post([], { thread_ts: '1.000001' })).error).toBe('thread_not_found');
  });

  test('is edited by who wrote it, with 4,000 characters at most, where it may be', async () => {
    const { body } = await post([section(1)]);
    const edit = (more: object) => call('chat.update', { channel: 'C1', ts: body.ts, text: 'new', ...more });
    expect((await edit({ text: words(4_000) })).error).toBeNull();
    expect((await edit({ text: words(4_001) })).error).toBe('msg_too_long');
    expect((await edit({ ts: '1.000001' })).error).toBe('message_not_found');
    // Blocks that are not named stay.
    expect(slack.state.messages[0]?.blocks).toHaveLength(1);
    const ana = createPerson(
      { platform: slack, send: (kind, body) => Promise.resolve({ kind, body, ackedAfter: 0, answer: null }) },
      slack.state.users.get('UANA') ?? { id: '', name: '', team, standing: 'member' },
    );
    await ana.mentions('hello');
    const hers = slack.state.messages.at(-1)?.ts;
    expect((await edit({ ts: hers })).error).toBe('cant_update_message');
    const channel = slack.state.channels.get('C1');
    if (channel !== undefined) channel.archived = true;
    expect((await edit({})).error).toBe('is_inactive');
  });

  test('to one person alone reaches who is in the channel', async () => {
    const args = { channel: 'C1', user: 'UANA', text: 'psst' };
    expect((await call('chat.postEphemeral', args)).error).toBe('user_not_in_channel');
    slack.state.channels.get('C1')?.members.add('UANA');
    expect((await call('chat.postEphemeral', args)).error).toBeNull();
    expect((await call('conversations.open', { users: 'UGONE' })).error).toBe('user_disabled');
  });
});

describe('a view', () => {
  const view = {
    type: 'modal',
    title: { type: 'plain_text', text: 'Title' },
    blocks: [section(1)],
  };
  const input = {
    type: 'input',
    label: { type: 'plain_text', text: 'l' },
    element: { type: 'plain_text_input', action_id: 'a' },
  };
  const trigger = () => {
    const id = slack.state.nextId('trigger.');
    slack.state.triggers.set(id, { user: 'UANA', at: clock.now(), used: false });
    return id;
  };
  const open = (given: object, trigger_id = trigger()) => call('views.open', { trigger_id, view: given });

  test('opens within three seconds of what somebody did, once', async () => {
    const once = trigger();
    expect((await open(view, once)).error).toBeNull();
    expect((await open(view, once)).error).toBe('exchanged_trigger_id');
    const late = trigger();
    await clock.advance(3_001);
    expect((await open(view, late)).error).toBe('expired_trigger_id');
    expect((await open(view, 'made up')).error).toBe('invalid_trigger_id');
  });

  test('has a title of 24, 100 blocks, 3,000 of metadata, and a button for its fields', async () => {
    const bad = [
      { ...view, title: { type: 'plain_text', text: words(25) } },
      { ...view, blocks: Array.from({ length: 101 }, () => section(1)) },
      { ...view, private_metadata: words(3_001) },
      { ...view, blocks: [input] },
      { ...view, colour: 'red' },
    ];
    for (const given of bad) expect((await open(given)).error).toBe('invalid_arguments');
    const submit = { type: 'plain_text', text: 'Send' };
    expect((await open({ ...view, blocks: [input], submit })).error).toBeNull();
  });

  test('that was closed is updated no more, and nobody has a home whom Slack does not know', async () => {
    const { body } = await open(view);
    const [opened] = slack.state.views;
    if (opened !== undefined) opened.open = false;
    const { id } = body.view as { id: string };
    expect((await call('views.update', { view_id: id, view })).error).toBe('not_found');
    const home = { user_id: 'UNOBODY', view: { type: 'home', blocks: [section(1)] } };
    expect((await call('views.publish', home)).error).toBe('user_not_found');
  });
});

describe('rates', () => {
  test('posts into a channel go at one a second, with a few at once; then Slack says how long to wait', async () => {
    for (let i = 0; i < 5; i++) expect((await post([])).status).toBe(200);
    expect(await post([])).toMatchObject({ status: 429, retryAfter: '1', error: 'ratelimited' });
    // Another channel has its own.
    expect((await post([], { channel: 'G1' })).status).toBe(200);
    await clock.advance(1_000);
    expect((await post([])).status).toBe(200);
  });

  test('edits are of tier 3: 50 a minute', async () => {
    const { body } = await post([]);
    const edit = () => call('chat.update', { channel: 'C1', ts: body.ts, text: 'new' });
    for (let i = 0; i < 50; i++) expect((await edit()).status).toBe(200);
    await clock.advance(20_000);
    expect(await edit()).toMatchObject({ status: 429, retryAfter: '40' });
    await clock.advance(40_000);
    expect((await edit()).status).toBe(200);
  });
});

test('an address for answers takes five within 30 minutes', async () => {
  const url = 'https://hooks.slack.com/actions/R1';
  const answer = () =>
    slack.fetch(url, {
      method: 'POST',
      body: JSON.stringify({ text: 'psst', response_type: 'ephemeral' }),
    });
  const known = { user: 'UANA', channel: 'C1', uses: 0, original: null };
  slack.state.responses.set(url, { ...known, at: clock.now() });
  for (let i = 0; i < 5; i++) expect((await answer()).status).toBe(200);
  expect((await answer()).status).toBe(404);
  slack.state.responses.set(url, { ...known, at: clock.now() });
  await clock.advance(30 * 60_000 + 1);
  expect((await answer()).status).toBe(404);
});

test('a file is there when its bytes are, and only then', async () => {
  expect((await call('files.getUploadURLExternal', { filename: 'a.txt', length: '0' })).error).toBe(
    'invalid_arguments',
  );
  const { body } = await call('files.getUploadURLExternal', { filename: 'a.txt', length: '5' });
  const complete = (id: unknown) =>
    call('files.completeUploadExternal', { channel_id: 'C1', files: [{ id }] });
  expect((await complete(body.file_id)).error).toBe('file_not_found');
  expect((await complete('F9999')).error).toBe('file_not_found');
});

describe('an event that is not acknowledged within three seconds', () => {
  afterEach(() => expect(clock.timers).toBe(0));

  test('comes again at once, after a minute and after five; a command does not', async () => {
    const tries: number[] = [];
    const began = clock.now();
    const deliveries = createDeliveries(clock, () => {
      tries.push(clock.now() - began);
      return new Promise(() => {});
    });
    const event = deliveries.send('event', {});
    await clock.advance(400_000);
    expect((await event).ackedAfter).toBeNull();
    expect(tries).toEqual([0, 3_000, 66_000, 369_000]);
    const command = deliveries.send('command', {});
    await clock.advance(400_000);
    expect((await command).ackedAfter).toBeNull();
    expect(tries).toHaveLength(5);
  });
});
