import { type GatewayMessageCreateDispatchData, Routes } from 'discord.js';
import { plainCard } from '../plain-card.ts';
import type { Answer } from '../port.ts';
import type { Reply, ReplyParts } from './reply.ts';

/** A message has no private answer: it is a direct one, or where that is not taken, a pointer to the command. */
export function bySelf(
  { api, channels, draw, ids, log }: ReplyParts,
  user: string,
  { channel_id: channel, id }: Pick<GatewayMessageCreateDispatchData, 'channel_id' | 'id'>,
): Answer {
  const tell: Reply['offer'] = async (card, buttons) => {
    try {
      const { json, files } = await draw(card, { buttons });
      const direct = await channels.direct(user);
      await api.call('post', Routes.channelMessages(direct), { body: json, files });
    } catch {
      const body = {
        content:
          'What I have to say is for you alone, and Discord lets me send you nothing. Type /crew here.',
        message_reference: { message_id: id, fail_if_not_exists: false },
        allowed_mentions: { parse: [] },
      };
      await api.call('post', Routes.channelMessages(channel), { body }).catch((error: unknown) => {
        log.warn({ err: error }, 'somebody could not be told something privately');
      });
    }
  };
  return {
    private: (card) => tell(card, []),
    async form(form) {
      const customId = await ids.ofFilling('open', { form, at: 0, typed: {}, files: [] });
      await tell(plainCard(form.title, ...form.says), [
        { label: 'Open the form', style: 'primary', customId },
      ]);
    },
  };
}
