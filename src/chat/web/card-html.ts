import { html } from 'hono/html';
import { inertLine } from '../../core/inert.ts';
import type { Card, CardAction, CardBlock, CardStep } from '../card.ts';
import type { Chart } from '../chart.ts';
import { type IconName, icon } from './icons.ts';
import { type Html, lineHtml, textHtml } from './text-html.ts';

/** What a button needs beyond its words. */
export interface Pressing {
  /** Id of the message that the card is. */
  readonly message: string;
  readonly csrf: string;
}

/** A card as the page draws it: a pure function of the card (rule G1). `pressing` null: nothing on it can be pressed here. */
export function cardHtml(card: Card, pressing: Pressing | null): Html {
  const status = inertLine(card.status);
  return html`<article class="card" data-tone="${card.tone}">
    <header class="card-head">
      <h3>${inertLine(card.title)}</h3>
      ${status === '' ? '' : html`<span class="status">${status}</span>`}
    </header>
    ${card.body.map((block, i) => blockHtml(block, pressing === null ? null : `/pictures/${pressing.message}/${i}`))}
    ${actionsHtml(card.actions, pressing)}
    ${card.foot === '' ? '' : html`<footer class="foot">${inertLine(card.foot)}</footer>`}
  </article>`;
}

function actionsHtml(actions: readonly CardAction[], pressing: Pressing | null): Html | '' {
  if (actions.length === 0 || pressing === null) return '';
  return html`<div class="actions" role="group" aria-label="What you can do">${actions.map((action) => buttonHtml(action, pressing))}</div>`;
}

/**
 * A form of its own, so that it works without a script; what it means is looked up and checked when it is pressed. It is sent once and
 * not disabled meanwhile, which would take the focus from whoever works by keys.
 */
function buttonHtml({ label, style, press }: CardAction, { message, csrf }: Pressing): Html {
  return html`<form method="post" action="/press" hx-post="/press" hx-target="#modal" hx-sync="this:drop" data-press="${press.do}">
    <input type="hidden" name="csrf" value="${csrf}">
    <input type="hidden" name="message" value="${message}">
    <input type="hidden" name="press" value="${JSON.stringify(press)}">
    <button class="button ${style}">${inertLine(label)}</button>
  </form>`;
}

function blockHtml(block: CardBlock, picture: string | null): Html | Html[] {
  switch (block.type) {
    case 'chart':
      return chartHtml(block.chart, picture);
    case 'link':
      // A button hides where it leads: only to what opens in a browser like any page.
      return /^https?:\/\//.test(block.url)
        ? html`<p class="place"><a class="button plain" href="${block.url}" rel="noopener noreferrer">${inertLine(block.label)}</a></p>`
        : html`<p class="place">${inertLine(block.label)}: ${inertLine(block.url)}</p>`;
    case 'notice':
      return html`<p class="notified">${icon('bell')}<span class="unseen">For </span>${block.people.map(({ name }) => html`<span class="mention">@${inertLine(name)}</span> `)}</p>`;
    case 'long':
      return html`<div class="text">${textHtml(block.summary)}</div><details class="long"><summary>The whole text</summary>${block.parts.map((part) => blockHtml(part, null))}</details>`;
    case 'text':
      return html`<div class="text">${textHtml(block.text)}</div>`;
    case 'heading':
      return html`<h4>${lineHtml(inertLine(block.text))}</h4>`;
    case 'bullets':
      return html`<ul class="bullets">${block.items.map((item) => html`<li>${lineHtml(item)}</li>`)}</ul>`;
    case 'table':
      return html`<div class="table-room" role="group" aria-label="A table" tabindex="0"><table class="table"><thead><tr>${(block.rows[0] ?? []).map((cell) => html`<th scope="col">${lineHtml(cell)}</th>`)}</tr></thead><tbody>${block.rows.slice(1).map((row) => html`<tr>${row.map((cell) => html`<td>${lineHtml(cell)}</td>`)}</tr>`)}</tbody></table></div>`;
    case 'fields':
      return html`<dl class="fields">${block.fields.map(
        ({ name, value }) => html`<div><dt>${inertLine(name)}</dt><dd>${lineHtml(value)}</dd></div>`,
      )}</dl>`;
    case 'steps':
      return html`<ol class="steps">${block.steps.map(stepHtml)}</ol>`;
  }
}

/** Its words stand where its picture is not seen. */
function chartHtml({ alt }: Chart, picture: string | null): Html {
  if (picture === null) return html`<p>${inertLine(alt)}</p>`;
  return html`<figure class="picture"><picture><source media="(prefers-color-scheme: dark)" srcset="${picture}/dark.png"><img src="${picture}/light.png" width="1600" height="800" loading="lazy" alt="${inertLine(alt)}"></picture></figure>`;
}

const marks: Readonly<Record<CardStep['mark'], { readonly icon: IconName; readonly says: string }>> = {
  done: { icon: 'check', says: 'done' },
  working: { icon: 'circle', says: 'working' },
  waiting: { icon: 'clock', says: 'waiting' },
  pending: { icon: 'circle', says: 'not begun' },
  failed: { icon: 'cross', says: 'failed' },
  skipped: { icon: 'skip', says: 'skipped' },
};

function stepHtml(step: CardStep): Html {
  const mark = marks[step.mark];
  return html`<li class="step" data-mark="${step.mark}">
    <span class="mark">${icon(mark.icon)}<span class="unseen">${mark.says}: </span></span>
    <span class="step-name">${inertLine(step.name)}</span>
    <span class="step-says">${inertLine(step.says)}</span>
    <span class="step-time">${step.time}</span>
    <span class="step-cost">${step.cost}</span>
  </li>`;
}
