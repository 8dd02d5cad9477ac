import type { Json } from '../../src/core/json.ts';
import type { Page, Tool } from '../../src/tools/port.ts';

export interface FetchTool extends Tool {
  /** Every address that was asked for, in order. */
  readonly asked: readonly string[];
  /** Whether nothing can be read now. */
  down: boolean;
  /** Reads wait for this. */
  until: Promise<void>;
}

/** `web.fetch` over pages in memory. */
export function createFetchTool(pages: Readonly<Record<string, Partial<Page>>>): FetchTool {
  const asked: string[] = [];
  const tool: FetchTool = {
    asked,
    down: false,
    until: Promise.resolve(),
    spec: { name: 'web.fetch', description: 'Reads a page.', parameters: {} },
    async run(call: Json, signal: AbortSignal) {
      const url = typeof call === 'object' && call !== null && 'url' in call ? String(call.url) : '';
      asked.push(url);
      await Promise.race([
        tool.until,
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ]);
      const page = pages[url];
      if (tool.down || page === undefined)
        return { ok: false, code: 'down', says: `${url} does not answer.` };
      return { ok: true, pages: [{ url, title: url, date: null, text: '', links: [], ...page }] };
    },
  };
  return tool;
}
