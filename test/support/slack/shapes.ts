/**
 * What Slack takes as blocks and views, written from its documents, not from our own table: https://docs.slack.dev/reference/block-kit,
 * https://docs.slack.dev/reference/views. Whatever is not written there is refused.
 */
import { z } from 'zod';

const of = (most: number) => z.string().min(1).max(most);
const plain = (most: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: of(most), emoji: z.boolean().optional() });
const mrkdwn = (most: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: of(most), verbatim: z.boolean().optional() });
const text = (most: number) => z.union([plain(most), mrkdwn(most)]);
const id = of(255);

const button = z.strictObject({
  type: z.literal('button'),
  action_id: id,
  text: plain(75),
  value: of(2_000).optional(),
  url: of(3_000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
});
const option = z.strictObject({ text: plain(75), value: of(150) });
const inputs = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('plain_text_input'),
      action_id: id,
      multiline: z.boolean().optional(),
      min_length: z.int().min(0).max(3_000).optional(),
      max_length: z.int().min(1).max(3_000).optional(),
      initial_value: z.string().max(3_000).optional(),
    })
    .refine(
      (e) => (e.initial_value?.length ?? 0) <= (e.max_length ?? 3_000),
      'the initial value is too long',
    ),
  z.strictObject({
    type: z.literal('number_input'),
    action_id: id,
    is_decimal_allowed: z.boolean(),
    initial_value: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('users_select'),
    action_id: id,
    initial_user: z.string().regex(/^[UW]/).optional(),
  }),
  z.strictObject({
    type: z.literal('conversations_select'),
    action_id: id,
    initial_conversation: z
      .string()
      .regex(/^[CDG]/)
      .optional(),
    filter: z
      .strictObject({ include: z.array(z.enum(['im', 'mpim', 'private', 'public'])).min(1) })
      .optional(),
  }),
  z.strictObject({
    type: z.literal('file_input'),
    action_id: id,
    filetypes: z.array(z.string()).optional(),
    max_files: z.int().min(1).max(10).optional(),
  }),
  z.strictObject({ type: z.literal('datepicker'), action_id: id, initial_date: z.iso.date().optional() }),
  z.strictObject({
    type: z.literal('static_select'),
    action_id: id,
    options: z.array(option).min(1).max(100),
    initial_option: option.optional(),
  }),
]);

const task = z.strictObject({
  type: z.literal('task_card'),
  task_id: id,
  title: of(3_000),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
});
const blockId = { block_id: id.optional() };

const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), text: plain(150), ...blockId }),
  z
    .strictObject({
      type: z.literal('section'),
      text: text(3_000).optional(),
      fields: z.array(text(2_000)).min(1).max(10).optional(),
      ...blockId,
    })
    .refine((s) => s.text !== undefined || s.fields !== undefined, 'a section without text'),
  z.strictObject({ type: z.literal('context'), elements: z.array(text(3_000)).min(1).max(10), ...blockId }),
  z.strictObject({
    type: z.literal('actions'),
    elements: z
      .array(button)
      .min(1)
      .max(25)
      .refine((all) => new Set(all.map((b) => b.action_id)).size === all.length, 'an action_id twice'),
    ...blockId,
  }),
  z.strictObject({ type: z.literal('divider'), ...blockId }),
  z
    .strictObject({
      type: z.literal('table'),
      rows: z
        .array(
          z
            .array(z.strictObject({ type: z.literal('raw_text'), text: of(10_000) }))
            .min(1)
            .max(20),
        )
        .min(1)
        .max(100),
      ...blockId,
    })
    .refine((table) => lengthOf(table.rows) <= 10_000, 'more than 10,000 characters of cells'),
  z.strictObject({
    type: z.literal('image'),
    slack_file: z.strictObject({ id }),
    alt_text: of(2_000),
    title: plain(2_000).optional(),
    ...blockId,
  }),
  z.strictObject({ type: z.literal('markdown'), text: of(12_000), ...blockId }),
  z.strictObject({
    type: z.literal('plan'),
    title: of(3_000),
    tasks: z.array(task).min(1).max(50).optional(),
    ...blockId,
  }),
  z.strictObject({
    type: z.literal('input'),
    label: plain(2_000),
    hint: plain(2_000).optional(),
    optional: z.boolean().optional(),
    element: inputs,
    ...blockId,
  }),
]);

const ofMessage = z.array(block).max(50);
const uniqueIds = (blocks: readonly { block_id?: string | undefined }[]) => {
  const named = blocks.flatMap((b) => b.block_id ?? []);
  return new Set(named).size === named.length;
};

const view = z.strictObject({
  type: z.enum(['modal', 'home']),
  callback_id: of(255).optional(),
  title: plain(24).optional(),
  submit: plain(24).optional(),
  close: plain(24).optional(),
  private_metadata: z.string().max(3_000).optional(),
  blocks: z.array(block).min(1).max(100).refine(uniqueIds, 'a block_id twice'),
});

export type FakeBlock = z.infer<typeof block>;
export type FakeView = z.infer<typeof view>;

/** Refused with these words, or null. */
export function blocksProblem(blocks: unknown, options: { plan: boolean; tables?: boolean }): string | null {
  const read = ofMessage.refine(uniqueIds, 'a block_id twice').safeParse(blocks);
  if (!read.success) return z.prettifyError(read.error);
  if (read.data.some((b) => b.type === 'input')) return 'an input in a message';
  if (!options.plan && read.data.some((b) => b.type === 'plan')) return 'unsupported type: plan';
  const tables = read.data.filter((b) => b.type === 'table').length;
  if (options.tables === false && tables > 0) return 'unsupported type: table';
  if (tables > 1) return 'only_one_table_allowed';
  return null;
}

export function readView(value: unknown): { view: FakeView } | { problem: string } {
  const read = view.safeParse(value);
  if (!read.success) return { problem: z.prettifyError(read.error) };
  const hasInput = read.data.blocks.some((b) => b.type === 'input');
  if (read.data.type === 'modal' && read.data.title === undefined)
    return { problem: 'a modal without title' };
  if (hasInput && read.data.type === 'modal' && read.data.submit === undefined)
    return { problem: 'an input without submit' };
  return { view: read.data };
}

/** The ceiling over all blocks, as it was measured by others; Slack's documents name only that of a block. */
export const messageCeiling = 13_200;

/** All characters that people read. */
export function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((all: number, one) => all + lengthOf(one), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (all, [name, part]) =>
      all +
      (typeof part === 'string' ? (name === 'text' || name === 'title' ? part.length : 0) : lengthOf(part)),
    0,
  );
}
