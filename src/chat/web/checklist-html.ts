import { html, raw } from 'hono/html';
import { icon } from './icons.ts';
import type { Html } from './text-html.ts';

/** One of the first things to do in an installation; it ticks itself. */
export interface Todo {
  readonly what: string;
  readonly done: boolean;
  readonly how: string;
  /** A command that does it; null: it is done elsewhere. */
  readonly words: string | null;
}

/** Asks for itself again when something happens, and now and then for what happens elsewhere. */
export function checklistHtml(todos: readonly Todo[]): Html {
  const done = todos.filter((todo) => todo.done).length;
  const asks = raw(
    'hx-get="/checklist" hx-trigger="things from:body throttle:1500ms, every 30s" hx-swap="outerHTML"',
  );
  if (done === todos.length) return html`<section id="checklist" ${asks}></section>`;
  return html`<section class="checklist" id="checklist" aria-labelledby="checklist-title" ${asks}>
  <details open>
    <summary><span id="checklist-title">First minutes</span><small>${done} of ${todos.length}</small></summary>
    <progress max="${todos.length}" value="${done}" aria-labelledby="checklist-title"></progress>
    <ul class="todo">${todos.map(todoHtml)}</ul>
  </details>
</section>`;
}

function todoHtml({ what, done, how, words }: Todo): Html {
  const line = html`<span class="box">${done ? icon('check') : ''}</span><span class="what">${what}<span class="unseen">${done ? ', done' : ', to do'}</span></span>`;
  const fill =
    words === null ? '' : html` <button type="button" class="quiet" data-try="${words}">${words}</button>`;
  return html`<li data-done="${done ? 'yes' : 'no'}"><details name="todo"><summary>${line}</summary><p class="how">${how}${fill}</p></details></li>`;
}
