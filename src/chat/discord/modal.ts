import {
  type APIChannelSelectComponent,
  type APILabelComponent,
  type APIModalInteractionResponseCallbackData,
  type APIUserSelectComponent,
  ComponentType,
  SelectMenuDefaultValueType,
  TextInputStyle,
} from 'discord.js';
import { type Form, type FormField, listedOrTyped } from '../form.ts';
import type { SharedFile } from '../port.ts';
import { clipped, escaped, plainLine } from './inert.ts';
import { limits, listMost } from './limits.ts';

/** A form on its way through as many modals as it needs. Kept as JSON, so it has no shape that JSON lacks. */
export interface Filling {
  readonly form: Form;
  /** Which of its modals is next. */
  readonly at: number;
  /** What was typed in those before, by the names of their boxes. */
  readonly typed: Readonly<Record<string, string>>;
  /** What was chosen in those before. */
  readonly files: readonly SharedFile[];
}

/** A field, or a part of one that is too long for one box. */
interface Box {
  readonly name: string;
  readonly field: FormField;
  readonly label: string;
  readonly value: string;
  /** What was between it and the next part: Discord takes spaces and new lines off at the ends. */
  readonly joint: string;
}

const partSign = '#';

/** A long text is cut at the end of a line, else at a space, and put together again without a difference. */
function boxesOf(form: Form): Box[] {
  return form.fields.flatMap((field): Box[] => {
    const parts = partsOf(field.value);
    if (parts.length === 1) {
      return [{ name: field.name, field, label: field.label, value: field.value, joint: '' }];
    }
    return parts.map((part, i) => ({
      ...part,
      name: `${field.name}${partSign}${i}`,
      field,
      label: `${plainLine(field.label, 30)} (${i + 1} of ${parts.length})`,
    }));
  });
}

function partsOf(text: string): { value: string; joint: string }[] {
  const most = limits.typed.most;
  if (text.length <= most) return [{ value: text, joint: '' }];
  const head = text.slice(0, most);
  const [at] = ['\n', ' '].map((sign) => head.lastIndexOf(sign)).filter((i) => i > most / 2);
  const whole = /[\ud800-\udbff]$/.test(head) ? most - 1 : most;
  const value = text.slice(0, at ?? whole).trimEnd();
  const [joint = ''] = /^\s*/.exec(text.slice(value.length)) ?? [];
  return [{ value, joint }, ...partsOf(text.slice(value.length + joint.length))];
}

/** The boxes of each modal, with room for the sentences above them in the first. */
function modalsOf(form: Form): Box[][] {
  const modals: Box[][] = [[]];
  for (const box of boxesOf(form)) {
    const last = modals.at(-1) ?? [];
    const room = limits.modalParts.most - (modals.length === 1 && form.says.length > 0 ? 1 : 0);
    if (last.length < room) last.push(box);
    else modals.push([box]);
  }
  return modals;
}

export const modalCount = (form: Form): number => modalsOf(form).length;

/** A pure function of the form and of where one is in it. */
export function modalOf(
  { form, at, typed }: Filling,
  customId: string,
): APIModalInteractionResponseCallbackData {
  const modals = modalsOf(form);
  const boxes = modals[at] ?? [];
  const title =
    modals.length === 1 ? form.title : `${plainLine(form.title, 30)} (${at + 1} of ${modals.length})`;
  const says =
    at === 0 && form.says.length > 0 ? clipped(escaped(form.says.join('\n')), limits.text.most) : '';
  return {
    custom_id: customId,
    title: plainLine(title, limits.modalTitle.most),
    components: [
      ...(says === '' ? [] : [{ type: ComponentType.TextDisplay as const, content: says }]),
      ...boxes.map((box) => labelOf(box, typed[box.name])),
    ],
  };
}

function labelOf({ name, field: asked, label, value }: Box, before: string | undefined): APILabelComponent {
  const field = listedOrTyped(asked, listMost);
  const stands = before ?? value;
  const hint = plainLine(field.hint, limits.description.most);
  const common = {
    type: ComponentType.Label as const,
    label: plainLine(label, limits.label.most),
    ...(field.hint.trim() === '' ? {} : { description: hint }),
  };
  switch (field.input.type) {
    case 'person':
      return { ...common, component: personBox(name, field.required, stands) };
    case 'channel':
      return { ...common, component: channelBox(name, field.required, stands) };
    case 'file':
      return {
        ...common,
        component: { type: ComponentType.FileUpload, custom_id: name, required: field.required },
      };
  }
  if (field.input.type === 'choice') {
    return {
      ...common,
      component: {
        type: ComponentType.StringSelect,
        custom_id: name,
        required: field.required,
        options: field.input.choices.map((choice) => ({
          value: choice.value,
          label: plainLine(choice.label, limits.choice.most),
          default: choice.value === stands,
        })),
      },
    };
  }
  const isLong = field.input.type === 'lines' || stands.length > 100 || field.most > 300;
  return {
    ...common,
    component: {
      type: ComponentType.TextInput,
      custom_id: name,
      style: isLong ? TextInputStyle.Paragraph : TextInputStyle.Short,
      required: field.required,
      max_length: Math.max(1, Math.min(field.most, limits.typed.most)),
      ...(stands === '' ? {} : { value: stands.slice(0, limits.typed.most) }),
    },
  };
}

const personBox = (name: string, required: boolean, stands: string): APIUserSelectComponent => {
  const [, id] = /^<@(\d+)>$/.exec(stands) ?? [];
  return {
    ...{ type: ComponentType.UserSelect, custom_id: name, required },
    ...(id === undefined ? {} : { default_values: [{ id, type: SelectMenuDefaultValueType.User }] }),
  };
};

const channelBox = (name: string, required: boolean, stands: string): APIChannelSelectComponent => {
  const [, id] = /^<#(\d+)>$/.exec(stands) ?? [];
  return {
    ...{ type: ComponentType.ChannelSelect, custom_id: name, required },
    ...(id === undefined ? {} : { default_values: [{ id, type: SelectMenuDefaultValueType.Channel }] }),
  };
};

/** What was typed, by the names of the fields. Parts of a long text that were not opened stay as they were. */
export function valuesOf(form: Form, typed: Readonly<Record<string, string>>): Record<string, string> {
  const boxes = boxesOf(form);
  return Object.fromEntries(
    form.fields.flatMap((field): [string, string][] => {
      const own = boxes.filter((box) => box.field === field);
      if (own.every(({ name }) => typed[name] === undefined)) return [];
      const parts = own.map(({ name, value, joint }) => (typed[name] ?? value) + joint);
      return [[field.name, parts.join('')]];
    }),
  );
}

/** Whether what was not opened may stay as it is. */
export const mayEnd = (form: Form, typed: Filling['typed']): boolean =>
  boxesOf(form).every(({ name, field, value }) => !field.required || (typed[name] ?? value) !== '');

/** What somebody finds in one of its modals. */
export const modalName = (form: Form, at: number): string => modalsOf(form)[at]?.[0]?.label ?? form.title;
