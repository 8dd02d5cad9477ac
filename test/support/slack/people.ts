import type { Delivery } from './delivery.ts';
import { fileJson } from './methods.ts';
import type { SlackPlatform } from './platform.ts';
import type { FakeBlock } from './shapes.ts';
import {
  botUser,
  type FakeMessage,
  type FakePrivate,
  type FakeUser,
  type OpenView,
  team,
  type Upload,
} from './state.ts';

const filesJson = (files: readonly Upload[] = []) =>
  files.length === 0 ? {} : { files: files.map(fileJson) };

/** What has a button: a message in a channel, or a card that one person sees. */
export type Seen = FakeMessage | FakePrivate;

/** Somebody at a Slack client. */
export interface SlackPerson {
  readonly user: FakeUser;
  /** Types `/crew` and this in a channel. Mentions and addresses are sent as Slack sends them. */
  types(text: string, at?: { channel?: string }): Promise<Delivery>;
  /** Shares a file, to be named with what is written next. */
  shares(name: string, content: string | Uint8Array): Upload;
  /** Writes `@Crewsmith` and this, in a thread where one is given. */
  mentions(
    text: string,
    at?: { channel?: string; thread?: string | null; ts?: string; files?: readonly Upload[] },
  ): Promise<Delivery>;
  /** Writes to the app alone. */
  writes(text: string, files?: readonly Upload[]): Promise<Delivery>;
  /** Presses a button of what stands newest with it, or of `on`. */
  presses(label: string, on?: Seen): Promise<Delivery>;
  /** Fills in the form that is open, by the labels of its fields, and sends it. */
  sends(values: Readonly<Record<string, string>>, view?: OpenView): Promise<Delivery>;
  closes(): void;
  /** Opens the app's home. */
  goesHome(): Promise<Delivery>;
  /** Presses a button there. */
  pressesAtHome(label: string): Promise<Delivery>;
  /** "Run a crew on this message". */
  picks(message: FakeMessage, files?: readonly Upload[]): Promise<Delivery>;
  /** What they alone were told, the newest last, each in one line. */
  readonly told: readonly string[];
  readonly form: OpenView | undefined;
}

export interface PeopleParts {
  readonly platform: SlackPlatform;
  readonly send: (kind: Delivery['kind'], body: Delivery['body']) => Promise<Delivery>;
}

/** All words of blocks in one line, as a person reads them. */
export const wordsOf = (blocks: readonly FakeBlock[]): string =>
  JSON.stringify(blocks)
    .match(/"(?:text|title)":"((?:[^"\\]|\\.)*)"/g)
    ?.map((found) => JSON.parse(found.slice(found.indexOf(':') + 1)) as string)
    .join(' ')
    .replaceAll(/\s+/g, ' ') ?? '';

export function buttonsOf(blocks: readonly FakeBlock[]): { label: string; value: string; action: string }[] {
  return blocks.flatMap((block) =>
    block.type === 'actions'
      ? block.elements.map((b) => ({ label: b.text.text, value: b.value ?? '', action: b.action_id }))
      : [],
  );
}

export function createPerson({ platform, send }: PeopleParts, user: FakeUser): SlackPerson {
  const { state } = platform;
  const base = { team_id: team, api_app_id: 'A1', token: 'unused' };
  const name = user.name.toLowerCase();

  function trigger(): string {
    const id = state.nextId('trigger.');
    state.triggers.set(id, { user: user.id, at: state.clock.now(), used: false });
    return id;
  }

  function responseUrl(channel: string, original: FakePrivate | null): string {
    const url = `${state.hooks}/actions/${state.nextId('R')}`;
    state.responses.set(url, { user: user.id, channel, at: state.clock.now(), uses: 0, original });
    return url;
  }

  /** As Slack writes what was typed: a person is an id, an address a link. */
  const asSent = (text: string) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll(/(?<!\S)@(\w+)/g, (whole, called: string) => {
        const found = [...state.users.values()].find((u) => u.name.toLowerCase() === called.toLowerCase());
        return found === undefined ? whole : `<@${found.id}|${called}>`;
      })
      .replaceAll(/(?<!\S)#([\w-]+)/g, (whole, called: string) => {
        const found = [...state.channels.values()].find((channel) => channel.name === called);
        return found === undefined ? whole : `<#${found.id}|${called}>`;
      })
      .replaceAll(/(?<!\S)(https?:\/\/\S+)/g, '<$1>')
      .replaceAll(/(?<![\w/<.|-])([a-z\d-]+\.(?:com|org|dev))(?![\w.])/g, '<http://$1|$1>');

  const event = (inner: object) =>
    send('event', {
      ...base,
      type: 'event_callback',
      event: { team: user.team, event_ts: state.nextTs(), ...inner },
      event_id: state.nextId('Ev'),
      event_time: Math.floor(state.clock.now() / 1_000),
      authorizations: [{ enterprise_id: null, team_id: team, user_id: botUser, is_bot: true }],
    });

  function posts(channel: string, thread: string | null, text: string, given?: string): FakeMessage {
    const ts = given ?? state.nextTs();
    const message = {
      channel,
      ts,
      thread,
      user: user.id,
      isBot: false,
      text,
      blocks: [],
      metadata: undefined,
      edits: 0,
    };
    if (given === undefined) state.messages.push(message);
    return message;
  }

  /** The conversation with the app alone. */
  function own(): string {
    const channel = `D${user.id.slice(1)}`;
    if (!state.channels.has(channel))
      state.channels.set(channel, {
        id: channel,
        name: 'directmessage',
        members: new Set([botUser, user.id]),
        archived: false,
      });
    return channel;
  }

  const mayReach = (channel: string) => state.channels.get(channel)?.members.has(botUser) === true;

  function newestWith(label: string): Seen {
    const mine = state.privates.filter((one) => one.user === user.id);
    const all: Seen[] = [...state.messages, ...mine].sort((a, b) => (a.ts < b.ts ? -1 : 1));
    const found = all.findLast((one) => buttonsOf(one.blocks).some((b) => b.label.startsWith(label)));
    if (found === undefined) throw new Error(`nothing has a button ${label}`);
    return found;
  }

  const open = () => state.views.findLast((one) => one.user === user.id && one.open);

  return {
    user,
    get told() {
      return state.privates
        .filter((one) => one.user === user.id)
        .map((one) => wordsOf(one.blocks) || one.text);
    },
    get form() {
      return open();
    },
    async types(text, at = {}) {
      const channel = at.channel ?? 'C1';
      return await send('command', {
        ...base,
        team_id: user.team,
        command: '/crew',
        text: asSent(text),
        user_id: user.id,
        user_name: name,
        channel_id: channel,
        channel_name: channel.startsWith('D')
          ? 'directmessage'
          : (state.channels.get(channel)?.name ?? 'privategroup'),
        trigger_id: trigger(),
        response_url: responseUrl(channel, null),
      });
    },
    shares(name, content) {
      const id = state.nextId('F');
      const url = `${state.uploads}/files-pri/T1-${id}/download/${encodeURIComponent(name)}`;
      const upload = { id, name, url, bytes: Buffer.from(content) };
      state.shared.push(upload);
      return upload;
    },
    async mentions(text, at = {}) {
      const channel = at.channel ?? 'C1';
      const words = `<@${botUser}> ${asSent(text)}`;
      const message = posts(channel, at.thread ?? null, words, at.ts);
      if (!mayReach(channel)) throw new Error('Slack tells nobody of a mention in a channel without them');
      return await event({
        type: 'app_mention',
        user: user.id,
        user_team: user.team,
        text: words,
        ...filesJson(at.files),
        ts: message.ts,
        channel,
        ...(message.thread === null ? {} : { thread_ts: message.thread }),
      });
    },
    async writes(text, files) {
      const channel = own();
      const { ts } = posts(channel, null, asSent(text));
      return await event({
        type: 'message',
        channel_type: 'im',
        user: user.id,
        text: asSent(text),
        ...filesJson(files),
        ...(files === undefined ? {} : { subtype: 'file_share' }),
        ts,
        channel,
      });
    },
    async presses(label, on) {
      const seen = on ?? newestWith(label);
      const pressed = buttonsOf(seen.blocks).find((b) => b.label.startsWith(label));
      if (pressed === undefined) throw new Error(`no button ${label} on ${wordsOf(seen.blocks)}`);
      const isPrivate = !('edits' in seen);
      const thread = seen.thread === null ? {} : { thread_ts: seen.thread };
      return await send('interaction', {
        ...base,
        type: 'block_actions',
        team: { id: team, domain: 'acme' },
        user: { id: user.id, username: name, name, team_id: user.team },
        channel: { id: seen.channel, name: state.channels.get(seen.channel)?.name ?? 'privategroup' },
        container: {
          type: 'message',
          message_ts: seen.ts,
          channel_id: seen.channel,
          is_ephemeral: isPrivate,
          ...thread,
        },
        actions: [
          {
            type: 'button',
            action_id: pressed.action,
            block_id: 'b1',
            text: { type: 'plain_text', text: pressed.label },
            value: pressed.value,
            action_ts: state.nextTs(),
          },
        ],
        trigger_id: trigger(),
        response_url: responseUrl(seen.channel, isPrivate ? (seen as FakePrivate) : null),
      });
    },
    async sends(values, given) {
      const opened = given ?? open();
      if (opened === undefined) throw new Error('no form is open');
      const inputs = opened.view.blocks.filter((block) => block.type === 'input');
      for (const label of Object.keys(values))
        if (!inputs.some((i) => i.label.text === label)) throw new Error(`no field ${label}`);
      const state_ = inputs.map((input, i) => {
        const { element } = input;
        const typed = values[input.label.text];
        const given_ =
          element.type === 'users_select'
            ? { type: element.type, selected_user: typed ?? element.initial_user ?? null }
            : element.type === 'conversations_select'
              ? { type: element.type, selected_conversation: typed ?? element.initial_conversation ?? null }
              : element.type === 'file_input'
                ? { type: element.type, files: state.shared.filter(({ id }) => id === typed).map(fileJson) }
                : element.type === 'static_select'
                  ? {
                      type: element.type,
                      selected_option:
                        element.options.find((o) => o.text.text === typed) ?? element.initial_option ?? null,
                    }
                  : element.type === 'datepicker'
                    ? { type: element.type, selected_date: typed ?? element.initial_date ?? null }
                    : { type: element.type, value: typed ?? element.initial_value ?? null };
        return [input.block_id ?? `b${i}`, { [element.action_id]: given_ }];
      });
      const delivery = await send('interaction', {
        ...base,
        type: 'view_submission',
        team: { id: team, domain: 'acme' },
        user: { id: user.id, username: name, name, team_id: user.team },
        view: { ...opened.view, id: opened.id, state: { values: Object.fromEntries(state_) } },
      });
      const answer = delivery.answer as { response_action?: string; view?: OpenView['view'] } | undefined;
      if (delivery.ackedAfter !== null && answer?.response_action === undefined) opened.open = false;
      if (answer?.response_action === 'update' && answer.view !== undefined) opened.view = answer.view;
      return delivery;
    },
    closes() {
      const opened = open();
      if (opened !== undefined) opened.open = false;
    },
    goesHome: () => event({ type: 'app_home_opened', user: user.id, channel: own(), tab: 'home' }),
    async pressesAtHome(label) {
      const home = state.homes.get(user.id);
      const pressed = buttonsOf(home?.blocks ?? []).find((b) => b.label.startsWith(label));
      if (home === undefined || pressed === undefined) throw new Error(`no button ${label} at home`);
      return await send('interaction', {
        ...base,
        type: 'block_actions',
        team: { id: team, domain: 'acme' },
        user: { id: user.id, username: name, name, team_id: user.team },
        container: { type: 'view', view_id: 'VHOME' },
        view: { id: 'VHOME', ...home },
        actions: [{ type: 'button', action_id: pressed.action, block_id: 'b1', value: pressed.value }],
        trigger_id: trigger(),
      });
    },
    picks: (message, files) =>
      send('interaction', {
        ...base,
        type: 'message_action',
        callback_id: 'run_on_message',
        team: { id: team, domain: 'acme' },
        user: { id: user.id, name, team_id: user.team },
        channel: { id: message.channel, name: state.channels.get(message.channel)?.name ?? '' },
        message: {
          type: 'message',
          user: message.user,
          ts: message.ts,
          text: message.text,
          ...filesJson(files),
        },
        message_ts: message.ts,
        trigger_id: trigger(),
        response_url: responseUrl(message.channel, null),
      }),
  };
}
