import type { Content, GenerateContentParameters, Part } from '@google/genai';
import { isList } from '../../core/json.ts';
import type { Item, ModelRequest, Said } from '../port.ts';
import { argumentsObject, wireName } from '../tool-names.ts';

/** What a streamed call of generateContent takes. */
export function paramsOf(request: ModelRequest, abortSignal: AbortSignal): GenerateContentParameters {
  return {
    model: request.model,
    contents: contentsOf(request),
    config: {
      abortSignal,
      maxOutputTokens: request.maxOutputTokens,
      ...(request.instructions.trim() === '' ? {} : { systemInstruction: request.instructions }),
      ...(request.search ? { tools: [{ googleSearch: {} }] } : {}),
      ...(request.tools.length > 0
        ? {
            tools: [
              {
                functionDeclarations: request.tools.map((spec) => ({
                  name: wireName(spec.name),
                  description: spec.description,
                  parametersJsonSchema: spec.parameters,
                })),
              },
            ],
          }
        : {}),
      ...(request.output === null
        ? {}
        : { responseMimeType: 'application/json', responseJsonSchema: request.output.schema }),
    },
  };
}

/** Turns alternate; what a side said twice in a row, because the other said nothing, is one content. */
function contentsOf(request: ModelRequest): Content[] {
  const contents: { role: 'user' | 'model'; parts: Part[] }[] = [];
  for (const said of request.conversation) {
    const role = said.by === 'us' ? 'user' : 'model';
    const parts = partsOf(said, request);
    const last = contents.at(-1);
    if (parts.length === 0) continue;
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }
  return contents;
}

function partsOf(said: Said, request: ModelRequest): Part[] {
  if (said.by === 'us') return said.items.flatMap(neutral);
  const { raw } = said;
  const isOwn = raw.provider === 'google' && raw.model === request.model && isList(raw.items);
  if (isOwn && raw.items.length > 0) return raw.items as unknown as Part[];
  return said.items.flatMap(neutral);
}

/** The documented word for a call that no model of Google's has thought of; without one it is refused. */
const noThought = 'skip_thought_signature_validator';

function neutral(item: Item): Part[] {
  switch (item.type) {
    case 'text':
      return item.text === '' ? [] : [{ text: item.text }];
    case 'call':
      return [
        {
          functionCall: { id: item.id, name: wireName(item.tool), args: argumentsObject(item.arguments) },
          thoughtSignature: noThought,
        },
      ];
    case 'result':
      return [
        {
          functionResponse: {
            id: item.id,
            name: wireName(item.tool),
            response: item.failed ? { error: item.text } : { output: item.text },
          },
        },
      ];
  }
}
