import {
  type APIApplicationCommandInteractionDataOption,
  type APIAttachment,
  type APIChannel,
  type APIGuildMember,
  type APIInteraction,
  type APIInteractionDataResolved,
  type APIMessage,
  type APIModalSubmission,
  type APIRole,
  type APIUser,
  ApplicationCommandOptionType,
  ChannelType,
  ComponentType,
} from 'discord.js';
import type { Sender, SharedFile, Spot } from '../port.ts';
import { addressOf, type Channels, isThread } from './channels.ts';
import { plainLine } from './inert.ts';

/** Who did it, as Discord vouches for them in a guild. */
export function senderOf(
  user: APIUser,
  member: Pick<APIGuildMember, 'nick' | 'roles'> | null,
  team: string,
): Sender {
  return {
    surface: 'discord',
    team,
    native: user.id,
    name: member?.nick ?? user.global_name ?? user.username,
    standing: user.bot === true ? 'bot' : 'member',
    teamRoles: member?.roles ?? [],
  };
}

export const userOf = (interaction: APIInteraction): APIUser | undefined =>
  interaction.member?.user ?? interaction.user;

/** Roles and budgets are those of the channel, also of what is done in its threads. */
export async function spotOf(
  channels: Channels,
  channel: Partial<APIChannel> & { id: string },
): Promise<Spot> {
  const here = channel.type === undefined ? await channels.get(channel.id) : channel;
  const name = (of: object) => ('name' in of && typeof of.name === 'string' ? of.name : channel.id);
  if (here.type !== undefined && isThread(here.type) && 'parent_id' in here && here.parent_id) {
    const parent = await channels.get(here.parent_id);
    // As its first message is addressed, which has the thread's own id.
    const thread = addressOf({ channel: parent.id, message: channel.id });
    return { channel: parent.id, channelName: name(parent), thread, direct: false };
  }
  return { channel: channel.id, channelName: name(here), thread: null, direct: here.type === ChannelType.DM };
}

/** A message to us; what precedes the mention is no command. null: it names us nowhere. */
export function wordsTo(bot: string, text: string): string | null {
  const [, ...after] = text.split(new RegExp(`<@!?${bot}>`));
  return after.length === 0 ? null : asTyped(after.join(' ')).replace(/^\/?crew\b\s*/i, '');
}

/**
 * Mentions as the desk reads them, and addresses without the signs that keep them from unfolding. What a role is called Discord
 * says, and nobody who types.
 */
const asTyped = (text: string): string =>
  text
    .replaceAll(/<@!(\d+)>/g, '<@$1>')
    .replaceAll(/<@&(\w+)\|[^>]*>/g, '<@&$1>')
    .replaceAll(/<(https?:\/\/[^\s>]+)>/g, '$1')
    .trim();

/** What a message says; of one without words what is embedded in it. */
export function wordsOf({ content, embeds }: Pick<APIMessage, 'content' | 'embeds'>): string {
  const embedded = embeds.map((embed) => embed.url ?? embed.description ?? '').find(Boolean) ?? '';
  return asTyped(content || embedded);
}

/** Roles among what was chosen, by their ids. */
type Resolved = Pick<APIInteractionDataResolved, 'roles'> | undefined;

/** What was chosen of the tree: where it leads, and what was filled in. */
export function chosen(
  options: readonly APIApplicationCommandInteractionDataOption[] = [],
  resolved?: Resolved,
): {
  readonly path: readonly string[];
  readonly given: Readonly<Record<string, string | number | boolean>>;
  /** What is being typed. */
  readonly focused: { readonly name: string; readonly text: string } | null;
} {
  const [first] = options;
  if (
    first?.type === ApplicationCommandOptionType.Subcommand ||
    first?.type === ApplicationCommandOptionType.SubcommandGroup
  ) {
    const under = chosen(first.options, resolved);
    return { ...under, path: [first.name, ...under.path] };
  }
  const given: Record<string, string | number | boolean> = {};
  let focused: { name: string; text: string } | null = null;
  for (const option of options) {
    if (!('value' in option)) continue;
    given[option.name] = givenIn(option, resolved);
    if ('focused' in option && option.focused === true)
      focused = { name: option.name, text: String(option.value) };
  }
  return { path: [], given, focused };
}

/** Files that were uploaded, for the options that hold their ids. */
export function filesFor(
  names: readonly string[],
  given: Readonly<Record<string, string | number | boolean>>,
  resolved: { readonly attachments?: Readonly<Record<string, Uploaded>> } | undefined,
): SharedFile[] {
  return names.flatMap((name) => {
    const file = resolved?.attachments?.[String(given[name] ?? '')];
    return file === undefined ? [] : [sharedFile(file, name)];
  });
}

/** Files that stand in a message. */
export const filesOf = ({ attachments = [] }: { readonly attachments?: readonly Uploaded[] }): SharedFile[] =>
  attachments.map((file) => sharedFile(file, null));

type Uploaded = Pick<APIAttachment, 'filename' | 'url'>;

const sharedFile = ({ filename, url }: Uploaded, field: string | null): SharedFile => ({
  field,
  name: filename.slice(0, 200),
  from: { address: url },
});

function givenIn(
  option: APIApplicationCommandInteractionDataOption,
  resolved: Resolved,
): string | number | boolean {
  if (option.type === ApplicationCommandOptionType.Mentionable) {
    const role = resolved?.roles?.[option.value];
    return role === undefined ? `<@${option.value}>` : roleMention(role);
  }
  if (option.type === ApplicationCommandOptionType.User) return `<@${option.value}>`;
  if (option.type === ApplicationCommandOptionType.Channel) return `<#${option.value}>`;
  if (option.type === ApplicationCommandOptionType.String) return asTyped(option.value);
  return 'value' in option ? option.value : '';
}

/** A role of the server with what it is called, as commands read it. */
export const roleMention = ({ id, name }: Pick<APIRole, 'id' | 'name'>): string =>
  `<@&${id}|${plainLine(name, 100).replaceAll(/[<>|]/g, '')}>`;

/** What was typed and chosen in a modal, by the names of its boxes. */
export function typedIn({ components, resolved }: Pick<APIModalSubmission, 'components' | 'resolved'>): {
  readonly typed: Record<string, string>;
  readonly files: readonly SharedFile[];
} {
  const typed: Record<string, string> = {};
  const files: SharedFile[] = [];
  for (const one of components) {
    if (one.type !== ComponentType.Label) continue;
    const { component } = one;
    if (component.type === ComponentType.TextInput) typed[component.custom_id] = component.value;
    else if (component.type === ComponentType.StringSelect)
      typed[component.custom_id] = component.values[0] ?? '';
    else if (component.type === ComponentType.UserSelect)
      typed[component.custom_id] = mention('@', component.values[0]);
    else if (component.type === ComponentType.ChannelSelect)
      typed[component.custom_id] = mention('#', component.values[0]);
    else if (component.type === ComponentType.FileUpload) {
      const given = { [component.custom_id]: component.values[0] ?? '' };
      files.push(...filesFor([component.custom_id], given, resolved));
    }
  }
  return { typed, files };
}

const mention = (sign: string, id: string | undefined): string => (id === undefined ? '' : `<${sign}${id}>`);
