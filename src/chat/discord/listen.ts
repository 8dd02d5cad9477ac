import {
  type APIApplicationCommandAutocompleteInteraction,
  type APIApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageComponentInteraction,
  type APIModalSubmitInteraction,
  ApplicationCommandType,
  type GatewayMessageCreateDispatchData,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
  Routes,
} from 'discord.js';
import { aboutMessage } from '../about-message.ts';
import type { FormOutcome } from '../form.ts';
import { plainCard } from '../plain-card.ts';
import type { Desk, Sender, Spot } from '../port.ts';
import { bySelf } from './by-self.ts';
import { type Channels, isThread } from './channels.ts';
import { wordsBox } from './custom-ids.ts';
import type { Offered } from './definition.ts';
import {
  chosen,
  filesFor,
  filesOf,
  roleMention,
  senderOf,
  spotOf,
  typedIn,
  userOf,
  wordsOf,
  wordsTo,
} from './incoming.ts';
import { clipped } from './inert.ts';
import { limits } from './limits.ts';
import { mayEnd, modalCount, modalName, valuesOf } from './modal.ts';
import { missingIn } from './needs.ts';
import { type Asked, createReply, type Reply, type ReplyParts } from './reply.ts';
import type { Seeing } from './seeing.ts';
import { lineOf } from './words.ts';
import { wordsModal } from './words-modal.ts';

export interface ListenParts extends ReplyParts {
  readonly desk: Desk;
  readonly channels: Channels;
  readonly seeing: Seeing;
  readonly offered: readonly Offered[];
  readonly bot: string;
  /** Guilds that we are in, for what is done where there is none. */
  readonly guilds: () => readonly string[];
}

/** Rule S4: a form that is opened in the place of a first answer waits no longer for whoever may not have it. */
const formMs = 500;
/** Rule S1: a form's row comes first, at most so long. */
const rowMs = 1_500;
const guildsMost = 5;
/** Parts of a long form to which a button leads, beside the next one. */
const jumpsMost = 8;

/** Takes what people do to the desk. */
export function createListener(parts: ListenParts) {
  const { api, channels, clock, desk, ids, log, offered, bot } = parts;
  const underWay = new Set<Promise<unknown>>();

  const commandAt = (path: readonly string[]) =>
    offered.find((one) => one.path.join(' ') === path.join(' '))?.command;

  /** null: whoever it is, is in none of our guilds. */
  async function who(interaction: APIInteraction): Promise<Sender | null> {
    const user = userOf(interaction);
    if (user === undefined) return null;
    if (interaction.guild_id !== undefined)
      return senderOf(user, interaction.member ?? null, interaction.guild_id);
    for (const guild of parts.guilds().slice(0, guildsMost)) {
      const member = await parts.seeing.member(guild, user.id).catch(() => null);
      if (member !== null) return senderOf(user, member, guild);
    }
    return null;
  }

  /** Finds out who and where, and hands on; what was announced is taken back at the end. */
  async function handOn(
    interaction: APIInteraction,
    reply: Reply,
    hand: (sender: Sender, spot: Spot) => Promise<unknown>,
  ): Promise<void> {
    const sender = await who(interaction);
    const { channel } = interaction;
    if (sender === null || channel === undefined) {
      const says = 'Discord does not say who you are in a server of ours. Press it there.';
      await reply.private(plainCard('Nothing was done', says));
    } else await hand(sender, await spotOf(channels, channel));
    await reply.end();
  }

  /** Gives `work` so long to answer by itself; what takes longer is announced. */
  async function answeredWithin(ms: number, reply: Reply, work: Promise<unknown>): Promise<void> {
    const cancel = clock.after(ms, () => void reply.defer());
    await work.finally(cancel);
  }

  const replyTo = (interaction: APIInteraction, on: Asked['on']): Reply =>
    createReply(parts, {
      id: interaction.id,
      token: interaction.token,
      user: userOf(interaction)?.id ?? '',
      on,
    });

  async function commanded(interaction: APIApplicationCommandInteraction): Promise<void> {
    const reply = replyTo(interaction, null);
    const { data } = interaction;
    if (data.type === ApplicationCommandType.Message) {
      const message = data.resolved.messages[data.target_id];
      const about = message === undefined ? '' : aboutMessage(wordsOf(message));
      const customId = await ids.ofWords(filesOf(message ?? {}));
      const modal = wordsModal(`research ${about}`.trim(), customId);
      const body = { type: InteractionResponseType.Modal, data: modal };
      await api.call('post', Routes.interactionCallback(interaction.id, interaction.token), {
        body,
        auth: false,
      });
      return;
    }
    if (data.type !== ApplicationCommandType.ChatInput) return;
    const { path, given } = chosen(data.options, data.resolved);
    const command = commandAt(path);
    if (command?.opensForm !== true) await reply.defer();
    const line = command === undefined ? null : lineOf(command, given);
    const uploads = command?.options.filter(({ takes }) => takes === 'file').map(({ name }) => name) ?? [];
    const files = filesFor(uploads, given, data.resolved);
    const work = handOn(interaction, reply, async (sender, spot) => {
      if (command === undefined || line === null) {
        await reply.private(
          plainCard('This is not known here any more', 'Type /crew again: Discord then shows what there is.'),
        );
      } else if (!line.ok) {
        await reply.private(
          plainCard(`Fill in ${line.missing}, too`, `What you gave stands after it: /crew ${command.words}`),
        );
      } else if (!(command.inThread && (await tellsMissing(interaction, spot, reply)))) {
        await desk.command({ sender, spot, dedupe: interaction.id, text: line.text, files }, reply);
      }
    });
    await answeredWithin(formMs, reply, work);
  }

  /** Whether something that everybody is to see could not be shown here; says what is missing and where it is given. */
  async function tellsMissing(
    { app_permissions: may, channel }: APIInteraction,
    { channelName, direct }: Spot,
    reply: Reply,
  ): Promise<boolean> {
    const missing = missingIn(BigInt(may), channel?.type !== undefined && isThread(channel.type));
    if (missing.length === 0) return false;
    // What may be done in a thread is set where it is in.
    const where = direct ? 'this channel' : `#${channelName}`;
    const says = `In ${where}, open Edit Channel › Permissions, add Crewsmith, and allow: ${missing.join(', ')}. Then ask again.`;
    await reply.private(
      plainCard('Crewsmith may not post here', says, 'Nothing was started, and nothing was paid.'),
    );
    return true;
  }

  async function pressed(interaction: APIMessageComponentInteraction): Promise<void> {
    const flags = interaction.message.flags ?? 0;
    const isPrivate = (flags & MessageFlags.Ephemeral) !== 0;
    const reply = replyTo(interaction, isPrivate ? 'private card' : 'public card');
    const { custom_id: customId } = interaction.data;
    const opensModal = ids.isForm(customId);
    if (!opensModal) await reply.defer();
    const work = handOn(interaction, reply, async (sender, spot) => {
      const meant = await ids.read(customId);
      if (meant?.is === 'press') {
        await desk.press({ sender, spot, dedupe: interaction.id, press: meant.press }, reply);
      } else if (meant?.is === 'open') await reply.fill(meant.filling);
      else if (meant?.is === 'send') {
        const { form, typed, files } = meant.filling;
        const values = valuesOf(form, typed);
        const given = { sender, spot, dedupe: interaction.id, form: form.ref, values, files };
        await sent(given, meant.filling, reply, await desk.submit(given, reply));
      } else {
        const says = 'It is from too long ago. Ask anew with /crew here.';
        await reply.private(plainCard('This button leads nowhere any more', says));
      }
    });
    await answeredWithin(formMs, reply, work);
  }

  async function filledIn(interaction: APIModalSubmitInteraction): Promise<void> {
    const flags = interaction.message?.flags ?? 0;
    const isPrivate = (flags & MessageFlags.Ephemeral) !== 0;
    const on = interaction.message === undefined ? null : isPrivate ? 'private card' : 'public card';
    const reply = replyTo(interaction, on);
    const { typed, files } = typedIn(interaction.data);
    const work = handOn(interaction, reply, async (sender, spot) => {
      const meant = await ids.read(interaction.data.custom_id);
      if (meant?.is === 'words') {
        await reply.defer();
        const text = typed[wordsBox] ?? '';
        await desk.command({ sender, spot, dedupe: interaction.id, text, files: meant.files }, reply);
      } else if (meant?.is === 'open') {
        const { form, at } = meant.filling;
        const so = { typed: { ...meant.filling.typed, ...typed }, files: [...meant.filling.files, ...files] };
        const filling = { form, at: at + 1, ...so };
        if (filling.at < modalCount(form)) return await offerRest(filling, reply);
        const values = valuesOf(form, filling.typed);
        const given = { sender, spot, dedupe: interaction.id, form: form.ref, values, files: so.files };
        await sent(given, filling, reply, await desk.submit(given, reply));
      } else {
        const says = 'It is from too long ago. Ask anew with /crew here.';
        await reply.private(plainCard('This form is not known here any more', says, ...Object.values(typed)));
      }
    });
    await answeredWithin(rowMs, reply, work);
  }

  /** A modal closes whatever comes of it: what could not be applied is sent back, with a way to open it again. */
  async function sent(
    { form: ref }: { readonly form: Parameters<Desk['submit']>[0]['form'] },
    { form, typed, files }: Parameters<Reply['fill']>[0],
    reply: Reply,
    outcome: FormOutcome,
  ): Promise<void> {
    if (outcome.form === 'closes') return;
    const isSecret = form.fields.some(({ input }) => input.type === 'secret');
    const back = isSecret
      ? []
      : form.fields.flatMap(({ label, name }) => {
          const text = valuesOf(form, typed)[name] ?? '';
          return text === '' ? [] : [`${label}: ${text}`];
        });
    const says = [outcome.says, ...Object.values(outcome.fields), ...back];
    const filling = { form: { ...form, ref }, at: 0, typed: isSecret ? {} : typed, files };
    const customId = await ids.ofFilling('open', filling);
    const buttons = [{ label: 'Open it again', style: 'primary' as const, customId }];
    await reply.offer(plainCard(`${form.title}: nothing was done`, ...says), buttons);
  }

  async function offerRest(filling: Parameters<Reply['fill']>[0], reply: Reply): Promise<void> {
    const { form, at, typed } = filling;
    const all = modalCount(form);
    const next = { label: `Go on (${at + 1} of ${all})`, style: 'primary' as const };
    const end = { label: form.submit, style: 'plain' as const };
    const buttons = [
      { ...next, customId: await ids.ofFilling('open', filling) },
      ...(mayEnd(form, typed) ? [{ ...end, customId: await ids.ofFilling('send', filling) }] : []),
    ];
    // Of a long draft somebody wants to change one part, which may be the last.
    for (let to = at + 1; to < Math.min(all, at + 1 + jumpsMost); to++) {
      const label = `${to + 1} of ${all}: ${modalName(form, to)}`;
      buttons.push({ label, style: 'plain', customId: await ids.ofFilling('open', { ...filling, at: to }) });
    }
    const says = `Discord shows five boxes at a time. What you wrote is kept; what you do not open stays as it is.`;
    await reply.offer(plainCard(`${form.title}: ${at} of ${all}`, says), buttons);
  }

  async function suggested(interaction: APIApplicationCommandAutocompleteInteraction): Promise<void> {
    const { path, focused } = chosen(interaction.data.options);
    const command = commandAt(path);
    const sender = await who(interaction);
    const { channel } = interaction;
    const found =
      sender === null || command === undefined || focused === null || channel === undefined
        ? []
        : await desk
            .suggest({
              sender,
              spot: await spotOf(channels, channel),
              command: command.words,
              option: focused.name,
              typed: focused.text,
            })
            .catch(() => []);
    const choices = found
      .filter(({ value }) => value !== '' && value.length <= limits.choice.most)
      .slice(0, limits.choices.most)
      .map(({ label, value }) => ({ name: clipped(label, limits.choice.most), value }));
    await api.call('post', Routes.interactionCallback(interaction.id, interaction.token), {
      body: { type: InteractionResponseType.ApplicationCommandAutocompleteResult, data: { choices } },
      auth: false,
    });
  }

  async function said(message: GatewayMessageCreateDispatchData): Promise<void> {
    const { author, guild_id: guild, member } = message;
    if (author.bot === true || guild === undefined || message.webhook_id !== undefined) return;
    if (!message.mentions.some(({ id }) => id === bot)) return;
    const words = wordsTo(bot, message.content);
    if (words === null) return;
    const text = await withRoles(words, message, guild);
    const sender = senderOf(author, { nick: member?.nick ?? null, roles: member?.roles ?? [] }, guild);
    const spot = await spotOf(channels, { id: message.channel_id });
    const told = { sender, spot, dedupe: `message:${message.id}`, text, files: filesOf(message) };
    await desk.command(told, bySelf(parts, author.id, message));
  }

  /** Mentions of roles with what those are called; a message does not say it. */
  async function withRoles(
    words: string,
    { mention_roles: ids = [] }: GatewayMessageCreateDispatchData,
    guild: string,
  ): Promise<string> {
    const roles = ids.length === 0 ? [] : await parts.seeing.roles(guild);
    return roles.reduce((all, role) => all.replaceAll(`<@&${role.id}>`, () => roleMention(role)), words);
  }

  async function interacted(interaction: APIInteraction): Promise<void> {
    switch (interaction.type) {
      case InteractionType.ApplicationCommand:
        return await commanded(interaction);
      case InteractionType.MessageComponent:
        return await pressed(interaction);
      case InteractionType.ModalSubmit:
        return await filledIn(interaction);
      case InteractionType.ApplicationCommandAutocomplete:
        return await suggested(interaction);
    }
  }

  /** What was taken is finished before we leave. */
  function under(work: Promise<unknown>): void {
    const done: Promise<unknown> = work
      .catch((error: unknown) => log.warn({ err: error }, 'what came from Discord could not be taken'))
      .finally(() => underWay.delete(done));
    underWay.add(done);
  }

  return {
    interaction: (interaction: APIInteraction) => under(interacted(interaction)),
    message: (message: GatewayMessageCreateDispatchData) => under(said(message)),
    async idle() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}
