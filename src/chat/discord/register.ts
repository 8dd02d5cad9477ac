import { createHash } from 'node:crypto';
import { Routes } from 'discord.js';
import type { Memory } from '../memory.ts';
import type { Api } from './api.ts';
import { definitionOf, type Offered } from './definition.ts';

interface At {
  readonly application: string;
  readonly guild: string | null;
}

const noteOf = ({ application, guild }: At) => `discord.commands.${application}.${guild ?? 'everywhere'}`;

/** A server that puts an application out forgets its commands, too. */
export const forgetRegistered = (memory: Memory, at: At): Promise<void> => memory.setNote(noteOf(at), '');

/** Tells Discord what there is under `/crew`, where that is not what it was told last; true: it was told. */
export async function register(
  parts: { readonly api: Api; readonly memory: Memory },
  at: At,
  offered: readonly Offered[],
): Promise<boolean> {
  const body = definitionOf(offered);
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  const name = noteOf(at);
  if ((await parts.memory.note(name)) === hash) return false;
  const route =
    at.guild === null
      ? Routes.applicationCommands(at.application)
      : Routes.applicationGuildCommands(at.application, at.guild);
  await parts.api.call('put', route, { body });
  await parts.memory.setNote(name, hash);
  return true;
}
