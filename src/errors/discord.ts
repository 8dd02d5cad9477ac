import { row } from './row.ts';

/** Connecting to Discord. */
export const discordErrors = {
  'discord.token': row((_) => ({
    says: 'Discord does not take DISCORD_TOKEN.',
    next: 'In the Developer Portal, under your application › Bot, press Reset Token, copy the new one, and start again.',
  })),
  'discord.application': row(({ is }: { is: string }) => ({
    says: 'DISCORD_TOKEN belongs to another application than DISCORD_APPLICATION_ID says.',
    next: `Set DISCORD_APPLICATION_ID=${is}, or take the token of the application that you mean.`,
  })),
  'discord.guild': row(({ guild, link }: { guild: string; link: string }) => ({
    says: `Crewsmith is not in the server ${guild}, which DISCORD_GUILD_ID names.`,
    next: `Invite it: ${link} Then start again.`,
  })),
  'discord.commands': row((_) => ({
    says: 'Discord did not take the commands.',
    next: 'Check the crews with "crews check". If it was invited without applications.commands, invite it again by the link that "doctor" shows.',
  })),
  'discord.unreachable': row((_) => ({
    says: 'Discord was not reached, so nothing starts there.',
    next: 'Check the connection to discord.com, or DISCORD_API_URL where it is set, and start again.',
  })),
} as const;
