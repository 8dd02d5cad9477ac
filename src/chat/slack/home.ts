import type { Card } from '../card.ts';
import { unfolded } from '../document-card.ts';
import type { Answer, Desk, Sender, Spot } from '../port.ts';
import { type Block, drawCard } from './blocks.ts';
import type { ChartFiles, Charts } from './charts.ts';
import type { Features } from './features.ts';
import { limits } from './limits.ts';
import type { WebApi } from './web-api.ts';

/** What stands in the app's own tab, as somebody would ask for it: what they may do, what waits for them, their runs; then money and keys. */
const asked = ['', 'spend month workspace', 'keys'] as const;

/** Shows somebody their home. What they may not see is left out: who may see it is decided where commands are. */
export async function showHome(
  parts: {
    readonly api: WebApi;
    readonly features: Features;
    readonly charts: Charts;
    readonly desk: Desk;
    readonly later: (work: Promise<void>) => void;
  },
  of: { readonly sender: Sender; readonly user: string; readonly spot: Spot; readonly dedupe: string },
): Promise<void> {
  const { api, features, charts, desk, later } = parts;
  if (!features.has('home')) return;
  const cards: Card[] = [];
  for (const [n, text] of asked.entries()) {
    const answer: Answer = {
      async private(card) {
        const isRefused = n > 0 && card.tone === 'bad';
        if (!isRefused) cards.push(card);
      },
      form: () => Promise.resolve(),
    };
    const { sender, spot } = of;
    await desk.command({ sender, spot, dedupe: `${of.dedupe}:${n}`, text, files: [] }, answer);
  }
  // It was delivered before.
  if (cards.length === 0) return;
  const publish = (blocks: readonly Block[]) =>
    api.call(
      'views.publish',
      null,
      (client) =>
        client.views.publish({
          user_id: of.user,
          view: {
            type: 'home',
            // Buttons of a home come without a channel, so it says where its answers go.
            private_metadata: of.spot.channel,
            blocks: [...blocks],
          },
        }),
      'twice',
    );
  try {
    await publish(homeBlocks(cards, charts.ready(cards)));
  } catch (error) {
    features.note('home', error);
    return;
  }
  // The words are there at once; Slack takes its time with pictures, and an end of the program waits for none.
  later(
    (async () => {
      const files = await charts.of(cards, 'pictures at home');
      if (files.size > charts.ready(cards).size)
        await charts.sending(homeBlocks(cards, files), 'pictures at home', publish);
    })(),
  );
}

/** Cards one under the other, within what a home takes. Pure. */
function homeBlocks(cards: readonly Card[], charts: ChartFiles): Block[] {
  const blocks: Block[] = [];
  for (const [n, card] of cards.entries()) {
    const { head, body, tail } = drawCard(
      { ...card, body: unfolded(card.body) },
      { plan: false, tables: false, charts },
    );
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
