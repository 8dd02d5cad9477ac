import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { isObject } from '../../core/json.ts';
import type { Item, ModelRequest, ProviderName, Said } from '../port.ts';
import { wireName } from '../tool-names.ts';

/** The body of a streamed call of Chat Completions, in what most servers understand of it. */
export function chatBodyOf(
  request: ModelRequest,
  provider: ProviderName,
): ChatCompletionCreateParamsStreaming {
  const { output } = request;
  return {
    model: request.model,
    stream: true,
    stream_options: { include_usage: true },
    // Newer words for it are known to fewer servers.
    max_tokens: request.maxOutputTokens,
    messages: [
      { role: 'system', content: request.instructions },
      ...request.conversation.flatMap((said) => messages(said, request, provider)),
    ],
    ...(request.tools.length > 0
      ? {
          tools: request.tools.map((spec) => ({
            type: 'function' as const,
            function: {
              name: wireName(spec.name),
              description: spec.description,
              parameters: spec.parameters as Record<string, unknown>,
            },
          })),
        }
      : {}),
    ...(output === null
      ? {}
      : {
          response_format: {
            type: 'json_schema',
            json_schema: {
              name: wireName(output.name),
              schema: output.schema as Record<string, unknown>,
              strict: true,
            },
          },
        }),
  };
}

function messages(said: Said, request: ModelRequest, provider: ProviderName): ChatCompletionMessageParam[] {
  if (said.by === 'us') return said.items.flatMap(ours);
  const { raw } = said;
  if (raw.provider === provider && raw.model === request.model && Array.isArray(raw.items)) {
    const [own] = raw.items;
    // A reply that was made under the Responses API has items of another kind.
    if (raw.items.length === 1 && isObject(own) && own.role === 'assistant' && own.type === undefined)
      return [own as unknown as ChatCompletionMessageParam];
  }
  return theirs(said.items);
}

function ours(item: Item): ChatCompletionMessageParam[] {
  if (item.type === 'text') return [{ role: 'user', content: item.text }];
  if (item.type === 'result') return [{ role: 'tool', tool_call_id: item.id, content: item.text }];
  return [];
}

function theirs(items: readonly Item[]): ChatCompletionMessageParam[] {
  const text = items.flatMap((item) => (item.type === 'text' ? [item.text] : [])).join('');
  const calls = items.flatMap((item) =>
    item.type === 'call'
      ? [
          {
            type: 'function' as const,
            id: item.id,
            function: {
              name: wireName(item.tool),
              arguments: typeof item.arguments === 'string' ? item.arguments : JSON.stringify(item.arguments),
            },
          },
        ]
      : [],
  );
  if (text === '' && calls.length === 0) return [];
  return [{ role: 'assistant', content: text, ...(calls.length > 0 ? { tool_calls: calls } : {}) }];
}
