import { CrewsmithError } from '../src/errors.ts';
import { answer, asJson, json, reply, text } from './cards.ts';
import type { CommandSpec } from './port.ts';

/** Rule K10: a link that signs in once, in the name of whoever asks. */
export const open: CommandSpec = {
  name: 'open',
  summary: 'A link that signs you in to the page, once.',
  role: 'viewer',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [],
  flags: [json],
  async run({ house, member, surface }) {
    const isHere = surface === 'terminal' || surface === 'web';
    if (!isHere && !house.page.isPublic) throw new CrewsmithError('page.only-here', {});
    const { url, minutes } = await house.page.link(member);
    const card = answer('Sign in to the page', [
      { type: 'link', label: 'Open the page', url },
      text(`It signs you in once, within ${minutes} minutes. Keep it to yourself.`),
    ]);
    return reply(card, asJson({ url, minutes }));
  },
};
