import type { Json } from '../../src/core/json.ts';
import type { Item, ProviderName, Said } from '../../src/providers/port.ts';

/** A conversation in the words of the port, made of items one by one. */
export function conversationOf(
  provider: ProviderName,
  model: string,
  items: readonly { readonly by: Said['by']; readonly item: Item }[],
): Said[] {
  const conversation: Said[] = [];
  for (const { by, item } of items) {
    const last = conversation.at(-1);
    if (last?.by === by) conversation.splice(-1, 1, { ...last, items: [...last.items, item] });
    else if (by === 'us') conversation.push({ by, items: [item] });
    else conversation.push({ by, items: [item], raw: { provider, model, items: [] } });
  }
  return conversation;
}

export const crewTool = (name: string) => name.replace('_', '.');

export const pieces = (text: string): string[] => text.match(/[\s\S]{1,24}/gu) ?? [];

export function parsedOr(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
