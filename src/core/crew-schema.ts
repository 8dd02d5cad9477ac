import { z } from 'zod';
import {
  approverWords,
  bounds,
  inputTypes,
  modelAliases,
  most,
  namePattern,
  requesterWords,
  toolNames,
} from './crew-words.ts';
import { parseDuration } from './duration.ts';
import type { Json } from './json.ts';

/**
 * What a crew file may hold: the published truth (`crews/crew.schema.json`). What a schema cannot say (names that must exist, circles,
 * templates) is checked where a file is read (`crew-file.ts`). A message completes the sentence `"key" …`.
 */
const must = (what: string) => ({
  error: (issue: { readonly input?: unknown }) =>
    issue.input === undefined ? 'is missing' : `must be ${what}`,
});

const text = (what = 'text') => z.string(must(what)).min(1, must(what));
const word = <const W extends readonly string[]>(words: W) =>
  z.enum(words, must(`one of: ${words.join(', ')}`));
const name = z.string().regex(namePattern);

const whole = (key: 'turns' | 'input' | 'output' | 'searches', describe: string) => {
  const [from, to] = bounds[key];
  const says = must(`a whole number from ${from} to ${to}`);
  return z.int(says).min(from, says).max(to, says).optional().describe(describe);
};

const duration = (key: 'time' | 'expires', range: string, describe: string) => {
  const [from, to] = bounds[key];
  const says = must(`a duration ${range}`);
  return z
    .string(says)
    .regex(/^[1-9]\d{0,5}[smhd]$/, says)
    .refine((written) => {
      const ms = parseDuration(written);
      return ms !== null && ms >= from && ms <= to;
    }, says)
    .optional()
    .describe(describe);
};

const limits = z
  .strictObject(
    {
      turns: whole('turns', 'Calls of the step, the last one included. Default: 8 with tools, else 1.'),
      input: whole('input', 'Input tokens of one call at most. Default: 60000.'),
      output: whole('output', 'Output tokens of one call at most. Default: 4000.'),
      searches: whole('searches', 'Web searches of the step at most. Default: 0.'),
      time: duration(
        'time',
        'from 5s to 15m, like 3m',
        'Time of one call at most, like 90s or 3m. Default: 2m.',
      ),
    },
    must('a map of limits'),
  )
  .describe('What one step may use. They bound its price.');

const typeSource: z.ZodType<unknown> = z.lazy(() =>
  z.union([z.string(), z.array(typeSource).length(1), z.record(z.string(), typeSource)]),
);
const type = typeSource.describe(
  'text, number, integer, boolean, date, url, Name, [T], T?, a|b, or a map of fields.',
);

const outputType = type
  .optional()
  .describe('The type of the output: text (the default), a Name, or a map of fields.');

export const inputSchema = z.strictObject(
  {
    type: word(inputTypes).describe('What people type here.'),
    label: text().optional().describe('What forms call it. Default: its name.'),
    example: text().optional(),
    required: z.boolean(must('true or false')).optional().describe('Default: true.'),
    choices: z.array(text(), must('a list of words')).min(2, must('a list of two words or more')).optional(),
  },
  must('a map with a type'),
);

export const agentSchema = z.strictObject(
  {
    model: text('the name of a model alias').describe(`A model alias: ${modelAliases.join(' or ')}.`),
    tools: z
      .array(text(), must('a list of tools'))
      .optional()
      .describe(`Tools: ${toolNames.join(', ')}.`),
    instructions: text().describe('Who the agent is and how it works; or file:NAME.md beside the crew file.'),
    limits: limits.optional(),
  },
  must('a map with a model and instructions'),
);

const stepKeys = {
  needs: z
    .union(
      [z.array(text()), z.strictObject({ all: z.array(text()) })],
      must('a list of steps, or { all: [steps] }'),
    )
    .optional()
    .describe(
      'Steps to wait for besides those that the texts name. With all: skipped when one of them was skipped.',
    ),
  when: text('a condition')
    .optional()
    .describe('A Liquid condition, like steps.triage.score > 5. Else the step is skipped.'),
};

export const promptSchema = z.strictObject(
  {
    agent: text('the name of an agent'),
    prompt: text().describe('A Liquid template over input and steps.'),
    read: text()
      .optional()
      .describe('A template giving an address that is read, free, before the first call.'),
    // `shape.ts` reads it, and says more about a mistake in it.
    output: z.unknown().optional(),
    limits: limits.optional(),
    ...stepKeys,
  },
  must('a map with an agent and a prompt'),
);

const account = /^(slack|discord):[A-Za-z0-9:]{1,80}$/;

export const gateSchema = z.strictObject(
  {
    gate: z.strictObject(
      {
        shows: text('a step, or a part of its output, like review.brief').describe('What people decide on.'),
        approvers: z
          .union(
            [z.enum(approverWords), z.array(z.string().regex(account)).min(1)],
            must(`one of: ${approverWords.join(', ')}; or a list of accounts like [slack:U0123]`),
          )
          .optional()
          .describe('Who decides. Default: channel-approvers.'),
        requester: word(requesterWords)
          .optional()
          .describe('Whether the asker may decide. Default: if-alone.'),
        expires: duration('expires', 'from 5m to 90d, like 7d', 'When it closes by itself. Default: 7d.'),
      },
      must('a map that says what it shows'),
    ),
    ...stepKeys,
  },
  must('a map with a gate'),
);

export const deliverSchema = z.strictObject(
  {
    deliver: word(['channel']).describe('Where the approved document goes.'),
    approved: text('the name of a gate').describe('The gate whose document goes out.'),
    ...stepKeys,
  },
  must('a map with deliver and approved'),
);

const top = {
  name: text('a name').regex(
    namePattern,
    must('made of lower-case letters, digits and dashes, 1 to 32 characters, beginning with a letter'),
  ),
  summary: text().max(100, must('text of at most 100 characters')).describe('One line for lists of crews.'),
};

/** The parts whose insides are checked one by one, so that a mistake in one hides none in another. */
export const outlineSchema = z.strictObject(
  {
    ...top,
    input: z.record(z.string(), z.unknown(), must('a map of inputs')).optional(),
    types: z.record(z.string(), z.unknown(), must('a map of types')).optional(),
    agents: z.record(z.string(), z.unknown(), must('a map of agents')),
    steps: z
      .array(
        z.record(z.string(), z.unknown(), must('a map of one step, like "- brief: { … }"')),
        must('a list of steps'),
      )
      .min(1, must('a list of at least one step')),
  },
  must('a map with name, summary, input, agents and steps'),
);

/** Made when it is asked for: a crew is read part by part. */
export const crewFileSchema = () =>
  z
    .strictObject({
      ...top,
      input: z.record(name, inputSchema).optional(),
      types: z.record(z.string().regex(/^[A-Z][A-Za-z0-9]{0,39}$/), type).optional(),
      agents: z.record(name, agentSchema),
      steps: z
        .array(
          z.record(name, z.union([promptSchema.extend({ output: outputType }), gateSchema, deliverSchema])),
        )
        .min(1)
        .max(most.steps),
    })
    .describe('A crew: agents and the steps they work in.');

/** The JSON Schema of a crew file, for editors. */
export function crewJsonSchema(): Json {
  return z.toJSONSchema(crewFileSchema(), { target: 'draft-7', io: 'input' }) as Json;
}
