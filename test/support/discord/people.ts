import { ComponentType } from 'discord.js';
import { thinking } from './interactions.ts';
import { channelJson, messageJson } from './messages.ts';
import { botPermissions } from './permissions.ts';
import type { DiscordPlatform } from './platform.ts';
import { buttonsOf, wordsOf } from './read.ts';
import {
  application,
  botUser,
  type FakeInteraction,
  type FakeMessage,
  type FakeUser,
  guild,
  type Upload,
} from './state.ts';

/** Somebody at a Discord client. */
export interface DiscordPerson {
  readonly user: FakeUser;
  /** Chooses `/crew` and these words of its tree, and fills in options. */
  chooses(
    path: string,
    options?: Readonly<Record<string, string | number | boolean>>,
    at?: { channel?: string; id?: string },
  ): Promise<FakeInteraction>;
  /** Types into an option so far, and sees what is offered. */
  offered(path: string, option: string, typed: string, channel?: string): Promise<FakeInteraction>;
  /** Uploads a file, to be named where one can be given. */
  uploads(name: string, content: string | Uint8Array): Upload;
  /** Writes `@Crewsmith` and this. */
  mentions(text: string, at?: { channel?: string; id?: string; files?: readonly Upload[] }): Promise<void>;
  /** Presses a button of what stands newest with it, or of `on`. */
  presses(label: string, at?: { on?: FakeMessage; id?: string }): Promise<FakeInteraction>;
  /** Fills in the modal that is open, by the labels of its boxes, and sends it. */
  sends(values: Readonly<Record<string, string>>): Promise<FakeInteraction>;
  /** Apps › Run a crew, on a message. */
  picks(message: {
    id: string;
    content: string;
    channel: string;
    files?: readonly Upload[];
  }): Promise<FakeInteraction>;
  /** What they alone were told and still stands, in order. */
  told(): readonly FakeMessage[];
  readonly modal: FakeInteraction | null;
}

/** As it stands in messages; what it says of its kind is the uploader's word. */
const attachmentJson = ({ id, name, url, bytes }: Upload) => ({
  ...{ id, filename: name, size: bytes.length, url, proxy_url: url, content_type: 'text/plain' },
});

export type Deliver = (event: string, data: object) => Promise<void>;

interface Box {
  readonly type: number;
  readonly label?: string;
  readonly component?: {
    readonly type: number;
    readonly custom_id: string;
    readonly value?: string;
    readonly options?: readonly { value: string; default?: boolean }[];
    readonly default_values?: readonly { id: string }[];
  };
}

const sales = '600000000000000001';
const joinedAt = '2026-11-01T00:00:00.000Z';

export function createPerson(
  { platform, deliver }: { platform: DiscordPlatform; deliver: Deliver },
  user: FakeUser,
): DiscordPerson {
  const { state } = platform;
  let modal: FakeInteraction | null = null;

  const userJson = {
    ...{ id: user.id, username: user.name.toLowerCase(), global_name: user.name, bot: user.bot },
    ...{ discriminator: '0', avatar: null },
  };

  async function interact(
    type: number,
    channel: string,
    data: object,
    more: { id?: string; on?: FakeMessage; fromMessage?: FakeMessage } = {},
  ): Promise<FakeInteraction> {
    const place = state.channels.get(channel);
    if (place === undefined) throw new Error(`there is no channel ${channel}`);
    const id = more.id ?? state.nextId();
    const before = state.interactions.get(`token-${id}`);
    const asked: FakeInteraction = before ?? {
      ...{ id, token: `token-${id}`, user: user.id, type, channel, at: state.clock.now() },
      ...{
        on: more.on?.id ?? null,
        answeredAfter: null,
        answer: null,
        original: null,
        choices: null,
        modal: null,
      },
    };
    state.interactions.set(asked.token, asked);
    const who =
      place.type === 1
        ? { user: userJson }
        : {
            guild_id: guild,
            member: {
              user: userJson,
              nick: null,
              roles: user.roles,
              permissions: '0',
              joined_at: joinedAt,
              flags: 0,
            },
          };
    await deliver('INTERACTION_CREATE', {
      ...{ id, application_id: application, type, token: asked.token, version: 1, data },
      channel_id: channel,
      channel: channelJson(place),
      app_permissions: String(place.type === 1 ? -1n & 0x7fff_ffff_ffffn : botPermissions(state, place)),
      ...who,
      ...{ entitlements: [], locale: 'en-US', context: 0, authorizing_integration_owners: { 0: guild } },
      attachment_size_limit: 10_485_760,
      ...(more.on === undefined ? {} : { message: messageJson(more.on) }),
    });
    if (asked.modal !== null) modal = asked;
    return asked;
  }

  /** The tree as it was registered. */
  function optionsAt(path: readonly string[]): readonly { name: string; type: number }[] {
    let at = state.commands.find((one) => (one as { name: string }).name === 'crew') as Loose | undefined;
    for (const word of path) at = at?.options?.find((one) => one.name === word);
    if (at === undefined) throw new Error(`there is no /crew ${path.join(' ')}`);
    return at.options ?? [];
  }
  interface Loose {
    readonly name: string;
    readonly type: number;
    readonly options?: readonly Loose[];
  }

  function command(path: readonly string[], leaf: readonly object[]): object {
    const [group, member] = path;
    const last = { type: 1, name: member ?? group, options: leaf };
    const options = member === undefined ? [last] : [{ type: 2, name: group, options: [last] }];
    const chosen = state.roles.filter((role) => leaf.some((one) => 'value' in one && one.value === role.id));
    const roles = Object.fromEntries(chosen.map((role) => [role.id, role]));
    return { id: '1', name: 'crew', type: 1, options, ...(chosen.length > 0 ? { resolved: { roles } } : {}) };
  }

  /** Files, as Discord tells of those that are named in what somebody did. */
  function resolvedFor(ids: readonly string[]): object {
    const found = state.uploads.filter(({ id }) => ids.includes(id));
    if (found.length === 0) return {};
    return {
      resolved: { attachments: Object.fromEntries(found.map((one) => [one.id, attachmentJson(one)])) },
    };
  }

  /** What they see of what was said to them, or where everybody does. */
  const visible = () =>
    state.messages.filter((m) => {
      const recipient = state.channels.get(m.channel)?.recipient ?? null;
      return m.only === null ? recipient === null || recipient === user.id : m.only === user.id;
    });

  return {
    user,
    get modal() {
      return modal;
    },

    async chooses(path, options = {}, { channel = sales, id } = {}) {
      const words = path.split(' ').filter(Boolean);
      const known = optionsAt(words);
      const leaf = Object.entries(options).map(([name, value]) => {
        const option = known.find((one) => one.name === name);
        if (option === undefined) throw new Error(`/crew ${path} has no option ${name}`);
        return { name, type: option.type, value };
      });
      const chosen = { ...command(words, leaf), ...resolvedFor(leaf.map(({ value }) => String(value))) };
      return await interact(2, channel, chosen, id === undefined ? {} : { id });
    },

    async offered(path, option, typed, channel = sales) {
      const words = path.split(' ');
      const type = optionsAt(words).find((one) => one.name === option)?.type ?? 3;
      return await interact(
        4,
        channel,
        command(words, [{ name: option, type, value: typed, focused: true }]),
      );
    },

    uploads(name, content) {
      const id = state.nextId();
      const url = `${state.cdn}/attachments/1/${id}/${encodeURIComponent(name)}?ex=1`;
      const upload = { id, name, url, bytes: Buffer.from(content) };
      state.uploads.push(upload);
      return upload;
    },

    async mentions(text, { channel = sales, id = state.nextId(), files = [] } = {}) {
      await deliver('MESSAGE_CREATE', {
        ...{
          id,
          channel_id: channel,
          guild_id: guild,
          author: userJson,
          member: { nick: null, roles: user.roles, joined_at: joinedAt, flags: 0 },
        },
        content: `<@${botUser}> ${text}`,
        mentions: [{ id: botUser }],
        mention_roles: [...text.matchAll(/<@&(\d+)>/g)].map((found) => found[1]),
        ...{ embeds: [], attachments: files.map(attachmentJson), type: 0, tts: false, pinned: false },
        ...{
          mention_everyone: false,
          edited_timestamp: null,
          timestamp: new Date(state.clock.now()).toISOString(),
        },
      });
    },

    async presses(label, { on, id } = {}) {
      const has = (m: FakeMessage) => buttonsOf(m).find((b) => b.label.startsWith(label));
      const message = on ?? visible().findLast((m) => has(m) !== undefined);
      const button = message === undefined ? undefined : has(message);
      if (message === undefined || button === undefined)
        throw new Error(`${user.name} sees no button ${label}`);
      const data = { custom_id: button.customId, component_type: 2 };
      return await interact(3, message.channel, data, { on: message, ...(id === undefined ? {} : { id }) });
    },

    async sends(values) {
      const open = modal;
      if (open?.modal == null) throw new Error('no modal is open');
      modal = null;
      const boxes = open.modal.components as readonly Box[];
      const labels = boxes.map((box) => box.label);
      const unknown = Object.keys(values).find((label) => !labels.includes(label));
      if (unknown !== undefined) throw new Error(`no box ${unknown}, but ${labels.join(', ')}`);
      const components = boxes.flatMap(({ label = '', component }): object[] => {
        if (component === undefined) return [];
        const typed = values[label];
        const { custom_id, type } = component;
        if (type === ComponentType.StringSelect) {
          const chosen = typed ?? component.options?.find((o) => o.default === true)?.value;
          return [{ type: 18, component: { type, custom_id, values: chosen === undefined ? [] : [chosen] } }];
        }
        if (type === ComponentType.UserSelect || type === ComponentType.ChannelSelect) {
          const chosen = typed ?? component.default_values?.[0]?.id;
          return [{ type: 18, component: { type, custom_id, values: chosen === undefined ? [] : [chosen] } }];
        }
        if (type === ComponentType.FileUpload)
          return [{ type: 18, component: { type, custom_id, values: typed === undefined ? [] : [typed] } }];
        // Discord takes spaces off at both ends.
        return [{ type: 18, component: { type, custom_id, value: (typed ?? component.value ?? '').trim() } }];
      });
      const on = open.on === null ? undefined : state.messages.find((m) => m.id === open.on);
      const data = { custom_id: open.modal.custom_id, components, ...resolvedFor(Object.values(values)) };
      return await interact(5, open.channel, data, on === undefined ? {} : { on });
    },

    async picks({ id, content, channel, files = [] }) {
      const attachments = files.map(attachmentJson);
      const message = { id, content, embeds: [], attachments, channel_id: channel, author: userJson };
      return await interact(2, channel, {
        ...{ id: '2', name: 'Run a crew', type: 3, target_id: id },
        resolved: { messages: { [id]: message } },
      });
    },

    told: () =>
      visible().filter(
        (m) =>
          (m.only === user.id || state.channels.get(m.channel)?.recipient === user.id) &&
          wordsOf(m) !== thinking,
      ),
  };
}
