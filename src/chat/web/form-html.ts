import { html, raw } from 'hono/html';
import type { Form, FormField } from '../form.ts';
import type { Html } from './text-html.ts';

export interface OpenForm {
  readonly form: Form;
  /** The same however often it is sent (rule S2). */
  readonly request: string;
  readonly csrf: string;
  readonly channel: string;
  readonly thread: string | null;
}

/** In the page it opens over it; without a script it is a page of its own. */
export function formHtml({ form, request, csrf, channel, thread }: OpenForm): Html {
  const hasFile = form.fields.some(({ input }) => input.type === 'file');
  return html`<dialog class="modal" aria-labelledby="form-title" open>
  <form class="dialog-form" method="post" action="/forms" hx-post="/forms" hx-target="#modal" hx-sync="this:drop" ${raw(hasFile ? 'enctype="multipart/form-data" hx-encoding="multipart/form-data"' : '')}>
    <h2 id="form-title">${form.title}</h2>
    ${form.says.map((line) => html`<p>${line}</p>`)}
    <p class="notice" role="alert" id="form-notice" hidden></p>
    <input type="hidden" name="csrf" value="${csrf}">
    <input type="hidden" name="request" value="${request}">
    <input type="hidden" name="channel" value="${channel}">
    <input type="hidden" name="thread" value="${thread ?? ''}">
    <input type="hidden" name="ref" value="${JSON.stringify(form.ref)}">
    ${form.fields.map((field) => fieldHtml(field, form.fields))}
    <div class="dialog-actions"><button class="button primary">${form.submit}</button>
      <a class="button plain" href="/c/${channel}" data-cancel>Cancel</a></div>
  </form>
</dialog>`;
}

/** Why an open form stays open: swapped into it beside what was typed, which nobody touches (rule S1). */
export function staysHtml(says: string, fields: Readonly<Record<string, string>>): Html {
  return html`<p class="notice" role="alert" id="form-notice" hx-swap-oob="true">${says}</p>
${Object.entries(fields).map(([name, wrong]) => wrongHtml(name, wrong, true))}`;
}

const wrongHtml = (name: string, says: string, isSwapped: boolean): Html =>
  html`<p class="wrong" id="field-${name}-wrong" ${raw(isSwapped ? 'hx-swap-oob="true"' : 'hidden')}>${says}</p>`;

function fieldHtml(field: FormField, all: readonly FormField[]): Html {
  const id = `field-${field.name}`;
  const isFile = field.input.type === 'file';
  const attributes = html`id="${id}" name="${isFile ? 'file' : 'value'}:${field.name}" ${raw(isFile ? '' : `maxlength="${field.most}"`)} aria-describedby="${id}-hint ${id}-wrong" ${raw(field.required ? 'required' : '')}`;
  // Where nothing is asked for, saying so at each would be noise.
  const like =
    field.required || !all.some((f) => f.required) ? '' : html` <span class="hint">(if you like)</span>`;
  return html`<div class="field"><label for="${id}">${field.label}${like}</label>
    ${inputHtml(field, attributes)}
    <p class="hint" id="${id}-hint" ${raw(field.hint === '' ? 'hidden' : '')}>${field.hint}</p>
    ${wrongHtml(field.name, '', false)}
  </div>`;
}

/** What was typed and is not in the list is kept beside it, and refused or found when the form is sent. */
const asKnown = (known: readonly Known[], typed: string): readonly Known[] =>
  typed === '' || known.some(({ value }) => value === typed)
    ? known
    : [...known, { value: typed, label: typed }];

interface Known {
  readonly value: string;
  readonly label: string;
}

function inputHtml({ input, value }: FormField, attributes: Html): Html {
  switch (input.type) {
    case 'lines':
      // A line end right after the tag is not part of the text.
      return html`<textarea ${attributes} rows="4">
${value}</textarea>`;
    case 'person':
    case 'channel':
      return html`<select ${attributes}><option value=""></option>${asKnown(input.known, value).map(
        (known) =>
          html`<option value="${known.value}" ${raw(known.value === value ? 'selected' : '')}>${known.label}</option>`,
      )}</select>`;
    case 'file':
      return html`<input ${attributes} type="file" accept="${input.endings.map((ending) => `.${ending}`).join(',')}">`;
    case 'choice':
      return html`<select ${attributes}>${input.choices.map(
        (choice) =>
          html`<option value="${choice.value}" ${raw(choice.value === value ? 'selected' : '')}>${choice.label}</option>`,
      )}</select>`;
    case 'date':
      return html`<input ${attributes} type="date" value="${value}">`;
    case 'number':
    case 'money':
      return html`<input ${attributes} type="text" inputmode="decimal" autocomplete="off" value="${value}">`;
    case 'secret':
      // Not `new-password`, which would have the browser offer one and keep it.
      return html`<input ${attributes} type="password" autocomplete="off" spellcheck="false" value="">`;
    case 'text':
    case 'address':
      return html`<input ${attributes} type="text" autocomplete="off" value="${value}">`;
  }
}
