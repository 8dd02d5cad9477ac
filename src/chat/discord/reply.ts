import { InteractionResponseType, MessageFlags, Routes } from 'discord.js';
import type { Clock } from '../../clock.ts';
import type { Card } from '../card.ts';
import type { Form } from '../form.ts';
import { plainCard } from '../plain-card.ts';
import type { Answer } from '../port.ts';
import { type Api, isRefusal, refusals } from './api.ts';
import type { Channels } from './channels.ts';
import type { CustomIds } from './custom-ids.ts';
import type { Button } from './message.ts';
import { type Filling, modalOf } from './modal.ts';
import type { Body, Draw } from './surface.ts';

export interface ReplyParts {
  readonly api: Api;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly ids: CustomIds;
  readonly draw: Draw;
  readonly application: string;
  readonly log: { warn(detail: object, says: string): void };
}

/** Something that somebody did and that must be answered within three seconds, once. */
export interface Asked {
  readonly id: string;
  readonly token: string;
  readonly user: string;
  /** Where the button stood that was pressed; null: it was no press. */
  readonly on: 'private card' | 'public card' | null;
}

export interface Reply extends Answer {
  /** The first answer, before anything is known: only they see that something is under way. */
  defer(): Promise<void>;
  fill(filling: Filling): Promise<void>;
  /** A private card with buttons that lead to forms. */
  offer(card: Card, buttons: readonly Button[]): Promise<void>;
  /** Nothing more is said. A "thinking" after which nothing was said is taken away. */
  end(): Promise<void>;
}

/** A token is taken for 15 minutes; what comes later is a message of our own. */
const tokenMs = 14 * 60_000;

/** Answers one interaction, as privately as Discord can. */
export function createReply(parts: ReplyParts, asked: Asked): Reply {
  const { api, channels, clock, ids, draw, application, log } = parts;
  const begun = clock.now();
  let state: 'open' | 'thinking' | 'silent' | 'answered' = 'open';
  /** Another process has answered, or Discord waits no more. */
  let taken = false;
  /** The first answer on its way: what follows waits until Discord has it. */
  let beginning: Promise<unknown> = Promise.resolve();

  function first(type: InteractionResponseType, data?: object, files?: Body['files']): Promise<boolean> {
    const sent = sendFirst(data === undefined ? { type } : { type, data }, files);
    beginning = sent;
    return sent;
  }

  async function sendFirst(body: object, files?: Body['files']): Promise<boolean> {
    try {
      await api.call('post', Routes.interactionCallback(asked.id, asked.token), {
        body,
        ...(files === undefined ? {} : { files }),
        auth: false,
      });
      return true;
    } catch (error) {
      taken = true;
      if (!isRefusal(error, refusals.answeredAlready))
        log.warn({ err: error }, 'Discord was answered too late');
      return false;
    }
  }

  async function direct({ json, files }: Body): Promise<void> {
    const channel = await channels.direct(asked.user);
    await api.call('post', Routes.channelMessages(channel), { body: json, files });
  }

  /** In the place of what was announced, or beside what was said. */
  async function follow({ json, files }: Body): Promise<void> {
    const replaces = state === 'thinking' || (state === 'silent' && asked.on === 'private card');
    state = 'answered';
    if (replaces) {
      const route = Routes.webhookMessage(application, asked.token, '@original');
      return void (await api.call('patch', route, { body: json, files, auth: false }));
    }
    const body = privately(json);
    await api.call('post', Routes.webhook(application, asked.token), { body, files, auth: false });
  }

  async function tell(card: Card, buttons: readonly Button[]): Promise<void> {
    const body = await draw(card, { buttons });
    await beginning;
    if (state === 'open') {
      state = 'answered';
      const { json, files } = body;
      if (await first(InteractionResponseType.ChannelMessageWithSource, privately(json), files)) return;
    }
    if (taken || clock.now() - begun > tokenMs) return await direct(body);
    try {
      await follow(body);
    } catch (error) {
      if (!isRefusal(error, refusals.unknownWebhook, refusals.invalidToken, refusals.unknownMessage))
        throw error;
      await direct(body);
    }
  }

  const reply: Reply = {
    async defer() {
      if (state !== 'open') return;
      state = asked.on === null ? 'thinking' : 'silent';
      if (asked.on === null) {
        const data = { flags: MessageFlags.Ephemeral };
        await first(InteractionResponseType.DeferredChannelMessageWithSource, data);
      } else await first(InteractionResponseType.DeferredMessageUpdate);
    },

    private: (card) => reply.offer(card, []),

    async offer(card, buttons) {
      try {
        await tell(card, buttons);
      } catch (error) {
        log.warn({ err: error }, 'somebody could not be told something privately');
      }
    },

    form: (form: Form) => reply.fill({ form, at: 0, typed: {}, files: [] }),

    async fill(filling) {
      const id = await ids.ofFilling('open', filling);
      if (state === 'open') {
        state = 'answered';
        if (await first(InteractionResponseType.Modal, modalOf(filling, id))) return;
      }
      const buttons = [{ label: 'Open the form', style: 'primary' as const, customId: id }];
      await reply.offer(
        plainCard(filling.form.title, 'Discord opens a form only at once after a press.'),
        buttons,
      );
    },

    async end() {
      if (state === 'open') await reply.defer();
      await beginning;
      if (state !== 'thinking' || taken) return;
      state = 'answered';
      const route = Routes.webhookMessage(application, asked.token, '@original');
      await api.call('delete', route, { auth: false }).catch((error: unknown) => {
        log.warn({ err: error }, 'what was announced to somebody still stands');
      });
    },
  };

  return reply;
}

const privately = (json: Body['json']): Body['json'] => ({
  ...json,
  flags: json.flags | MessageFlags.Ephemeral,
});
