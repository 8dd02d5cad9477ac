import { type APIApplication, type APIChannel, ChannelType, Routes } from 'discord.js';
import { CrewsmithError } from '../../errors.ts';
import { type Api, DiscordRefusal } from './api.ts';
import { commandName } from './definition.ts';
import { inviteLink, lackingOf, missingIn } from './needs.ts';
import type { Seeing } from './seeing.ts';

export interface CheckParts {
  readonly api: Api;
  readonly seeing: Seeing;
  readonly application: string;
  readonly guild: string | null;
}

const channelsMost = 50;
const talkedIn: readonly ChannelType[] = [
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
];

/** What is wrong with the connection: the token, the server, the commands, the permissions of each channel. */
export async function check({ api, seeing, application, guild }: CheckParts): Promise<string[]> {
  let bot = application;
  try {
    const self = (await api.call('get', Routes.currentApplication())) as APIApplication;
    bot = self.bot?.id ?? application;
  } catch (error) {
    const refused = error instanceof DiscordRefusal;
    return [sentenceOf(new CrewsmithError(refused ? 'discord.token' : 'discord.unreachable', {}))];
  }
  const route =
    guild === null
      ? Routes.applicationCommands(application)
      : Routes.applicationGuildCommands(application, guild);
  try {
    const commands = (await api.call('get', route)) as { name: string }[];
    const wrong = commands.some(({ name }) => name === commandName)
      ? []
      : [sentenceOf(new CrewsmithError('discord.commands', {}))];
    return guild === null ? wrong : [...wrong, ...(await channelsLacking(api, seeing, bot, guild))];
  } catch (error) {
    if (!(error instanceof DiscordRefusal))
      return [sentenceOf(new CrewsmithError('discord.unreachable', {}))];
    const link = inviteLink(application);
    return [sentenceOf(new CrewsmithError('discord.guild', { guild: guild ?? '', link }))];
  }
}

/** Channels that are hidden from us are meant to be; in the others everything is wanted. */
async function channelsLacking(api: Api, seeing: Seeing, bot: string, guild: string): Promise<string[]> {
  const all = (await api.call('get', Routes.guildChannels(guild))) as APIChannel[];
  const lines: string[] = [];
  for (const channel of all.filter(({ type }) => talkedIn.includes(type)).slice(0, channelsMost)) {
    const may = await seeing.permissions(bot, channel.id);
    if (may === null || missingIn(may, false).includes('View Channel')) continue;
    const lacking = lackingOf(may);
    const { name } = channel as { name?: string | null };
    if (lacking.length > 0)
      lines.push(
        `Discord, #${name ?? channel.id}: allow Crewsmith ${lacking.join(', ')} (Edit Channel › Permissions).`,
      );
  }
  return lines;
}

const sentenceOf = ({ says, next }: CrewsmithError) => `${says} ${next}`;
