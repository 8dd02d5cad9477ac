import type {
  FunctionTool,
  ResponseCreateParamsStreaming,
  ResponseInputItem,
} from 'openai/resources/responses/responses';
import { isList, isObject, type Json } from '../../core/json.ts';
import type { Item, ModelRequest, ProviderName, Said, ToolSpec } from '../port.ts';
import { wireName } from '../tool-names.ts';

/** The body of a streamed call of the Responses API. Nothing is stored there. */
export function bodyOf(
  request: ModelRequest,
  provider: ProviderName = 'openai',
): ResponseCreateParamsStreaming {
  const input = request.conversation.flatMap((said) => inputItems(said, request, provider));
  const reasons = input.some((item) => item.type === 'reasoning');
  return {
    model: request.model,
    stream: true,
    store: false,
    instructions: request.instructions,
    input,
    max_output_tokens: request.maxOutputTokens,
    ...(reasons && !request.search ? { include: ['reasoning.encrypted_content' as const] } : {}),
    ...(request.tools.length > 0 ? { tools: request.tools.map(tool) } : {}),
    ...(request.search ? searching : {}),
    ...(request.output === null ? {} : { text: { format: format(request.output) } }),
  };
}

/** One search, with the addresses that it came upon. */
const searching = {
  tools: [{ type: 'web_search' as const }],
  tool_choice: 'required' as const,
  max_tool_calls: 1,
  include: ['web_search_call.action.sources' as const],
};

function inputItems(said: Said, request: ModelRequest, provider: ProviderName): ResponseInputItem[] {
  if (said.by === 'us') return said.items.map((item) => neutral(item, 'user'));
  const { raw } = said;
  if (raw.provider === provider && raw.model === request.model && canGoOn(raw.items)) {
    return raw.items as unknown as ResponseInputItem[];
  }
  return said.items.map((item) => neutral(item, 'assistant'));
}

/** Rule R5. With nothing stored at the provider, a thought that came without its encrypted content leads nowhere. */
function canGoOn(items: Json): boolean {
  if (!isList(items) || items.length === 0) return false;
  return items.every(
    (item) => isObject(item) && (item.type !== 'reasoning' || typeof item.encrypted_content === 'string'),
  );
}

function neutral(item: Item, role: 'user' | 'assistant'): ResponseInputItem {
  switch (item.type) {
    case 'text':
      return { role, content: item.text };
    case 'call':
      return {
        type: 'function_call',
        call_id: item.id,
        name: wireName(item.tool),
        arguments: typeof item.arguments === 'string' ? item.arguments : JSON.stringify(item.arguments),
      };
    case 'result':
      return { type: 'function_call_output', call_id: item.id, output: item.text };
  }
}

const tool = (spec: ToolSpec): FunctionTool => ({
  type: 'function',
  name: wireName(spec.name),
  description: spec.description,
  parameters: spec.parameters as Record<string, unknown>,
  strict: true,
});

const format = (output: NonNullable<ModelRequest['output']>) => ({
  type: 'json_schema' as const,
  name: wireName(output.name),
  schema: output.schema as Record<string, unknown>,
  strict: true,
});
