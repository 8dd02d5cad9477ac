import { fence, fenceLinks, parseFences, type Source } from '../../core/fence.ts';
import type { Item } from '../../providers/port.ts';
import type { Page } from '../../tools/port.ts';
import { conversation, fixedBytes, itemBytes } from './conversation.ts';
import { pageOfExcerpt } from './search.ts';
import type { Gathered, Situation } from './turn.ts';

/** Results as the model reads them; each is cut now and never later, so that caches hold (rule M2). */
export function results(
  situation: Situation,
  gathered: readonly Gathered[],
): { items: readonly Item[]; newSources: readonly Source[] } {
  const known = new Map(situation.sources.map((source) => [source.url, source]));
  const here = readHere(situation);
  const newSources: Source[] = [];
  const room = Math.floor(roomFor(situation) / Math.max(1, gathered.length));
  const items = gathered.map(({ call, result, leads }): Item => {
    if (!result.ok) return { type: 'result', id: call.id, tool: call.tool, text: result.says, failed: true };
    const text = result.pages.map((page) => {
      // An excerpt says nothing that the page itself did not.
      const old = known.get(pageOfExcerpt(page.url) ?? '') ?? known.get(page.url);
      if (old && here.has(old.n)) return `You have read ${page.url} already: it is source ${old.n}.`;
      // A number stands for one text in the whole run, whichever step reads the page again.
      const source = old ?? sourceOf(page, known.size + 1);
      known.set(source.url, source);
      here.add(source.n);
      if (!old) newSources.push(source);
      return cut(page, source, Math.floor(room / result.pages.length));
    });
    const told = leads.length > 0 ? [`Found, and not read:\n${fenceLinks(leads)}`] : [];
    return {
      type: 'result',
      id: call.id,
      tool: call.tool,
      text: [...text, ...told].join('\n\n') || nothing,
      failed: false,
    };
  });
  return { items, newSources };
}

/** Numbers of the pages that tools gave in this conversation: others of the run it has not seen. */
function readHere({ paid, prompt }: Situation): Set<number> {
  const items = conversation(paid).flatMap((said) => (said.by === 'us' ? said.items : []));
  const given = items.flatMap((item) => {
    if (item.type === 'result') return [item.text];
    return item.type === 'text' && item.text.startsWith(prompt) ? [item.text.slice(prompt.length)] : [];
  });
  return new Set(given.flatMap(parseFences).map((source) => source.n));
}

const nothing = 'Nothing was found.';

const sourceOf = (page: Page, n: number): Source => ({
  n,
  url: page.url,
  title: page.title,
  date: page.date,
  text: page.text,
});

/** Links are told up to this number: enough for a site's navigation. */
const linksMax = 40;

function cut(page: Page, source: Source, room: number): string {
  const links = page.links.slice(0, linksMax);
  const linkRoom = Math.floor(room / 3);
  while (links.length > 0 && Buffer.byteLength(fenceLinks(links)) > linkRoom) links.pop();
  const list = links.length > 0 ? `\nLinks of this page:\n${fenceLinks(links)}` : '';
  const around = Buffer.byteLength(fence({ ...source, text: '' })) + Buffer.byteLength(list) + cutMark.length;
  const bytes = Buffer.from(source.text);
  const most = Math.max(0, room - around);
  const text =
    bytes.length <= most ? source.text : `${bytes.subarray(0, most).toString().replace(/�$/, '')}${cutMark}`;
  return fence({ ...source, text }) + list;
}

const cutMark = '\n[cut here: the page is longer than this step may read]';

/** Bytes that tool results may take now: what the input limit leaves, a share kept for the turns that follow. */
function roomFor(situation: Situation): number {
  const { step, paid } = situation;
  const said = conversation(paid)
    .flatMap((s) => s.items)
    .reduce((sum, item) => sum + itemBytes(item), 0);
  const prompt = paid.length === 0 ? Buffer.byteLength(situation.prompt) : 0;
  const reserve = 2_000 + Math.min(step.limits.outputTokens, 4_000);
  const left = step.limits.inputTokens - fixedBytes(situation) - said - prompt - reserve;
  const openTurnsLeft = step.limits.turns - paid.length - 1;
  return Math.max(0, openTurnsLeft > 1 ? Math.floor(left * 0.6) : left);
}
