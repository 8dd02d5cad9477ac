import type { ResponseCreateParamsStreaming, ResponseInputItem, Tool } from 'openai/resources/responses/responses';
import type { Json } from '../../core/json.ts';
import type { ModelRequest, Said, ToolSpec } from '../port.ts';

/** Crews say `web.fetch`; OpenAI accepts letters, digits, `_` and `-` only. */
export const wireName = (tool: string): string => tool.replaceAll('.', '_');

/** The tool that was offered under this name; what was not offered is told to the model by the engine. */
export const toolNamed = (wire: string, tools: readonly ToolSpec[]): string =>
  tools.find((tool) => wireName(tool.name) === wire)?.name ?? wire;

/** The body of a Responses call: nothing is kept at OpenAI, so each call carries the conversation. */
export function bodyOf(request: ModelRequest): ResponseCreateParamsStreaming {
  const { tools, output } = request;
  return {
    model: request.model,
    instructions: request.instructions,
    input: request.conversation.flatMap((said) => inputOf(said, request)),
    max_output_tokens: request.maxOutputTokens,
    store: false,
    stream: true,
    ...(reasons(request.model) ? { include: ['reasoning.encrypted_content'] } : {}),
    ...(tools.length > 0 ? { tools: tools.map(toolOf), parallel_tool_calls: true } : {}),
    ...(output === null
      ? {}
      : {
          text: {
            format: { type: 'json_schema', name: wireName(output.name), strict: true, schema: schemaOf(output.schema) },
          },
        }),
  };
}

/** Models whose reasoning must be handed back to them, since nothing is kept; others refuse the word. */
const reasons = (model: string) => /^(o\d|gpt-[5-9])/.test(model);

const schemaOf = (schema: Json) => schema as Record<string, unknown>;

const toolOf = (tool: ToolSpec): Tool => ({
  type: 'function',
  name: wireName(tool.name),
  description: tool.description,
  parameters: schemaOf(tool.parameters),
  strict: true,
});

/** Rule R5: a model goes on from its own raw items, another one from the neutral ones. */
function inputOf(said: Said, request: ModelRequest): ResponseInputItem[] {
  if (said.by === 'model' && said.raw.provider === 'openai' && said.raw.model === request.model) {
    const items = said.raw.items as unknown as ResponseInputItem[];
    if (Array.isArray(items) && items.length > 0) return items;
  }
  return said.items.map((item): ResponseInputItem => {
    switch (item.type) {
      case 'text':
        return said.by === 'us'
          ? { role: 'user', content: item.text }
          : { role: 'assistant', content: item.text };
      case 'call':
        return {
          type: 'function_call',
          call_id: item.id,
          name: wireName(item.tool),
          arguments: JSON.stringify(item.arguments),
        };
      case 'result':
        return { type: 'function_call_output', call_id: item.id, output: item.text };
    }
  });
}
