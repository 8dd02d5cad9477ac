import type { Card } from '../card.ts';
import type { Answer, Command, Desk, Sender, Spot } from '../port.ts';
import { type Block, drawCard } from './blocks.ts';
import { limits } from './limits.ts';
import type { Missing } from './missing.ts';
import type { WebApi } from './web-api.ts';

/** What stands in the app's own tab, as somebody would ask for it: what they may do, what waits for them, their runs; then money and keys. */
const asked = ['', 'spend month workspace', 'keys'] as const;

/** Shows somebody their home. What they may not see is left out: who may see it is decided where commands are. */
export async function showHome(
  parts: { readonly api: WebApi; readonly missing: Missing; readonly desk: Desk },
  of: { readonly sender: Sender; readonly user: string; readonly spot: Spot; readonly dedupe: string },
): Promise<void> {
  const { api, missing, desk } = parts;
  if (!missing.has('home')) return;
  const cards: Card[] = [];
  for (const [n, text] of asked.entries()) {
    const answer: Answer = {
      private: async (card) => void (card.tone === 'bad' && n > 0 ? null : cards.push(card)),
      form: () => Promise.resolve(),
    };
    const command: Command = {
      sender: of.sender,
      spot: of.spot,
      dedupe: `${of.dedupe}:${n}`,
      text,
      files: [],
    };
    await desk.command(command, answer);
  }
  // It was delivered before.
  if (cards.length === 0) return;
  try {
    await api.call('views.publish', null, (client) =>
      client.views.publish({
        user_id: of.user,
        view: {
          type: 'home',
          // Buttons of a home come without a channel, so it says where its answers go.
          private_metadata: of.spot.channel,
          blocks: homeBlocks(cards),
        },
      }),
    );
  } catch (error) {
    missing.note('home', error);
  }
}

/** Cards one under the other, within what a home takes. Pure. */
function homeBlocks(cards: readonly Card[]): Block[] {
  const blocks: Block[] = [];
  for (const [n, card] of cards.entries()) {
    const { head, body, tail } = drawCard(card, { plan: false });
    // Each row of buttons has names of its own in the whole view.
    const own = tail.map((block) =>
      block.type === 'actions'
        ? { ...block, block_id: `card:${n}:${blocks.length}:${tail.indexOf(block)}` }
        : block,
    );
    const all: Block[] = [...(n === 0 ? [] : [{ type: 'divider' } as const]), ...head, ...body, ...own];
    if (blocks.length + all.length > limits.blocksOfModal.most) break;
    blocks.push(...all);
  }
  return blocks;
}
