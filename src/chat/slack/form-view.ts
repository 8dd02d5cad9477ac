import type { types, ViewResponseAction } from '@slack/bolt';
import type { Card } from '../card.ts';
import { type Form, type FormField, type FormRef, listedOrTyped, readFormRef } from '../form.ts';
import type { SharedFile, Spot } from '../port.ts';
import { drawCard } from './blocks.ts';
import { noFiles } from './charts.ts';
import { limits } from './limits.ts';
import { bold, clipped, escaped, pieces } from './mrkdwn.ts';
import { sharedFiles } from './shared-files.ts';

export type View = types.ModalView;

export const formCallback = 'form';
const fieldPrefix = 'field:';
const element = 'value';

const plain = (text: string, most: number): types.PlainTextElement => ({
  type: 'plain_text',
  text: clipped(text.trim() || '…', most),
  emoji: false,
});

const says = (text: string): types.KnownBlock[] =>
  pieces(text, limits.section.most).map((piece) => ({
    type: 'section',
    text: { type: 'mrkdwn', text: piece, verbatim: true },
  }));

const listMost = { choices: limits.options.most, value: limits.optionValue.most };

/** A form as a modal. A pure function of it and of where it was opened, which comes back with what is sent. */
export function formView(form: Form, spot: Spot): View {
  const sentences = form.says.filter((sentence) => sentence.trim() !== '');
  const blocks = [
    ...sentences.flatMap((sentence) => says(escaped(sentence))),
    ...form.fields.map((field) => listedOrTyped(field, listMost)).flatMap(fieldBlocks),
  ];
  const [submit = form.submit] = form.submit.length > limits.modalButton.most ? form.submit.split(',') : [];
  return {
    type: 'modal',
    callback_id: formCallback,
    title: plain(form.title, limits.modalTitle.most),
    submit: plain(submit, limits.modalButton.most),
    close: plain('Cancel', limits.modalButton.most),
    private_metadata: JSON.stringify({ ref: form.ref, spot }),
    blocks: blocks.slice(0, limits.blocksOfModal.most),
  };
}

/** What Slack's field cannot hold is left out, and so stays as it is. */
function fieldBlocks(field: FormField): types.KnownBlock[] {
  if (field.value.length > limits.typed.most) {
    return says(
      `${bold(field.label)}\nThis is longer than the ${limits.typed.most.toLocaleString('en')} characters that Slack takes, and stays as it is here. Edit it on the page instead: \`/crew open\`.`,
    );
  }
  return [
    {
      type: 'input',
      block_id: `${fieldPrefix}${field.name}`,
      label: plain(field.label, limits.label.most),
      optional: !field.required,
      ...(field.hint === '' ? {} : { hint: plain(field.hint, limits.label.most) }),
      element: elementOf(field),
    },
  ];
}

function elementOf({ input, value, most }: FormField): types.InputBlock['element'] {
  const initial = value === '' ? {} : { initial_value: value };
  switch (input.type) {
    case 'number':
      return { type: 'number_input', action_id: element, is_decimal_allowed: true, ...initial };
    case 'date':
      return {
        type: 'datepicker',
        action_id: element,
        ...(/^\d{4}-\d\d-\d\d$/.test(value) ? { initial_date: value } : {}),
      };
    case 'person': {
      const [, user] = /^<@(?:\w+:)?([UW]\w+)>$/.exec(value) ?? [];
      return {
        type: 'users_select',
        action_id: element,
        ...(user === undefined ? {} : { initial_user: user }),
      };
    }
    case 'channel': {
      const [, channel] = /^<#([CG]\w+)>$/.exec(value) ?? [];
      return {
        type: 'conversations_select',
        action_id: element,
        filter: { include: ['public', 'private'] },
        ...(channel === undefined ? {} : { initial_conversation: channel }),
      };
    }
    case 'file':
      return { type: 'file_input', action_id: element, max_files: 1 };
    case 'choice': {
      const options = input.choices.map((choice) => ({
        text: plain(choice.label, limits.option.most),
        value: choice.value,
      }));
      const chosen = options[input.choices.findIndex((choice) => choice.value === value)];
      return {
        type: 'static_select',
        action_id: element,
        options,
        ...(chosen === undefined ? {} : { initial_option: chosen }),
      };
    }
    default:
      return {
        type: 'plain_text_input',
        action_id: element,
        multiline: input.type === 'lines',
        max_length: Math.min(most, limits.typed.most),
        ...initial,
      };
  }
}

/** What a modal that was sent leads back to; null: it is none of ours. */
export function readMetadata(text: string): { readonly ref: FormRef; readonly spot: Spot } | null {
  try {
    const { ref, spot } = JSON.parse(text) as { ref: unknown; spot: Spot };
    const known = readFormRef(ref);
    return known === null || typeof spot?.channel !== 'string' ? null : { ref: known, spot };
  } catch {
    return null;
  }
}

/** The state of a modal, as Slack sends it. */
export type ViewState = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        {
          readonly value?: string | null | undefined;
          readonly selected_date?: string | null | undefined;
          readonly selected_option?: { readonly value: string } | null | undefined;
          readonly selected_user?: string | null | undefined;
          readonly selected_conversation?: string | null | undefined;
          readonly files?: unknown;
        }
      >
    >
  >
>;

type Given = ViewState[string][string];

const givenIn = (state: ViewState): (readonly [name: string, given: Given])[] =>
  Object.entries(state).flatMap(([block, elements]) => {
    const given = elements[element];
    if (!block.startsWith(fieldPrefix) || given === undefined) return [];
    return [[block.slice(fieldPrefix.length), given] as const];
  });

/** What was typed and chosen, by the names of the fields. */
export function typedIn(state: ViewState): Record<string, string> {
  return Object.fromEntries(givenIn(state).map(([name, given]) => [name, textOf(given)]));
}

function textOf(given: Given): string {
  if (given.selected_user) return `<@${given.selected_user}>`;
  if (given.selected_conversation) return `<#${given.selected_conversation}>`;
  return given.value ?? given.selected_date ?? given.selected_option?.value ?? '';
}

/** The files that were chosen, for the fields they were chosen in. */
export const filesIn = (state: ViewState): SharedFile[] =>
  givenIn(state).flatMap(([name, { files }]) => sharedFiles(files, name));

/** A form that stays open says why: at the fields that it is about, else at the first; without any field in its place (rule S1). */
export function staysOpen(
  title: string,
  state: ViewState,
  sentence: string,
  fields: Readonly<Record<string, string>>,
): ViewResponseAction {
  const known = Object.keys(state);
  const [first] = known;
  if (first === undefined) return { response_action: 'update', view: workingView(title, sentence) };
  const own = Object.entries(fields).flatMap(([name, problem]) =>
    known.includes(`${fieldPrefix}${name}`) ? [[`${fieldPrefix}${name}`, problem] as const] : [],
  );
  const errors = own.length === 0 ? { [first]: sentence } : Object.fromEntries(own);
  return { response_action: 'errors', errors };
}

export const workingView = (title: string, sentence: string): View => ({
  type: 'modal',
  callback_id: 'working',
  title: plain(title, limits.modalTitle.most),
  close: plain('Close', limits.modalButton.most),
  blocks: says(escaped(sentence)),
});

/** A private card in the place of a form that was announced and is not to be. */
export function cardView(card: Card): View {
  const { head, body } = drawCard({ ...card, actions: [] }, { plan: false, tables: false, charts: noFiles });
  return {
    type: 'modal',
    callback_id: 'card',
    title: plain('Crewsmith', limits.modalTitle.most),
    close: plain('Close', limits.modalButton.most),
    blocks: [...head, ...body].slice(0, limits.blocksOfModal.most),
  };
}
