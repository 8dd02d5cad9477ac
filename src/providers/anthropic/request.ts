import type {
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  Tool,
} from '@anthropic-ai/sdk/resources/messages';
import { isList } from '../../core/json.ts';
import type { Item, ModelRequest, Said } from '../port.ts';
import { argumentsObject, wireName } from '../tool-names.ts';

/** The body of a streamed call of the Messages API. */
export function bodyOf(request: ModelRequest): MessageCreateParamsStreaming {
  const messages = messagesOf(request);
  const thinks =
    !request.search &&
    takesAdaptiveThinking(request.model) &&
    request.conversation.every((said) => isOwn(said, request));
  const output = {
    // Thoughts count within the output limit: at the usual effort they would leave too little of it.
    ...(thinks ? { effort: 'medium' as const } : {}),
    ...(request.output === null
      ? {}
      : {
          format: {
            type: 'json_schema' as const,
            schema: request.output.schema as Record<string, unknown>,
          },
        }),
  };
  return {
    model: request.model,
    stream: true,
    max_tokens: request.maxOutputTokens,
    ...(request.instructions.trim() === '' ? {} : { system: request.instructions }),
    messages,
    ...(thinks ? { thinking: { type: 'adaptive' as const, display: 'omitted' as const } } : {}),
    ...(Object.keys(output).length > 0 ? { output_config: output } : {}),
    ...toolsOf(request, messages),
  };
}

/**
 * Adaptive thinking came with 4.6; earlier models refuse the word, and no other form is asked for. Names are like
 * claude-sonnet-5-5, claude-opus-4-6 and claude-haiku-4-5-20251001.
 */
function takesAdaptiveThinking(model: string): boolean {
  const [, major, minor = '0'] = /^claude-[a-z]+-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$/.exec(model) ?? [];
  if (major === undefined) return false;
  return Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 6);
}

/** Tools that are no longer offered must still be named where the conversation shows their use. */
function toolsOf(
  request: ModelRequest,
  messages: readonly MessageParam[],
): Pick<MessageCreateParamsStreaming, 'tools' | 'tool_choice'> {
  if (request.search) return { tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 1 }] };
  if (request.tools.length > 0) {
    const tools = request.tools.map(
      (spec): Tool => ({
        name: wireName(spec.name),
        description: spec.description,
        input_schema: spec.parameters as unknown as Tool.InputSchema,
      }),
    );
    return { tools };
  }
  const used = messages.flatMap(({ content }) =>
    typeof content === 'string'
      ? []
      : content.flatMap((block) => (block.type === 'tool_use' ? [block.name] : [])),
  );
  if (used.length === 0) return {};
  const tools = [...new Set(used)].map((name): Tool => ({ name, input_schema: { type: 'object' } }));
  return { tools, tool_choice: { type: 'none' } };
}

/** Turns alternate; what a side said twice in a row, because the other said nothing, is one message. */
function messagesOf(request: ModelRequest): MessageParam[] {
  const messages: { role: 'user' | 'assistant'; content: ContentBlockParam[] }[] = [];
  for (const said of request.conversation) {
    const role = said.by === 'us' ? 'user' : 'assistant';
    const content = blocksOf(said, request);
    const last = messages.at(-1);
    if (content.length === 0) continue;
    if (last?.role === role) last.content.push(...content);
    else messages.push({ role, content });
  }
  return messages;
}

/** Whether it can be sent back as it came (rule R5); what we said always can. */
const isOwn = (said: Said, request: ModelRequest): boolean =>
  said.by === 'us' ||
  (said.raw.provider === 'anthropic' &&
    said.raw.model === request.model &&
    isList(said.raw.items) &&
    said.raw.items.length > 0);

function blocksOf(said: Said, request: ModelRequest): ContentBlockParam[] {
  if (said.by === 'model' && isOwn(said, request)) return said.raw.items as unknown as ContentBlockParam[];
  const blocks = said.items.flatMap(neutral);
  // Results come before what else is said.
  return [
    ...blocks.filter((block) => block.type === 'tool_result'),
    ...blocks.filter((block) => block.type !== 'tool_result'),
  ];
}

/** Ids of other providers may have signs that are refused here. */
const wireId = (id: string) => id.replace(/[^a-zA-Z0-9_-]/g, '_');

function neutral(item: Item): ContentBlockParam[] {
  switch (item.type) {
    case 'text':
      return item.text.trim() === '' ? [] : [{ type: 'text', text: item.text }];
    case 'call':
      return [
        {
          type: 'tool_use',
          id: wireId(item.id),
          name: wireName(item.tool),
          input: argumentsObject(item.arguments),
        },
      ];
    case 'result':
      return [
        {
          type: 'tool_result',
          tool_use_id: wireId(item.id),
          content: item.text,
          ...(item.failed ? { is_error: true } : {}),
        },
      ];
  }
}
