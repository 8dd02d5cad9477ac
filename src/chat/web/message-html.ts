import { html } from 'hono/html';
import { inertLine } from '../../core/inert.ts';
import type { RoomMessage } from '../rooms.ts';
import type { Session } from '../sign-in.ts';
import { cardHtml } from './card-html.ts';
import { icon } from './icons.ts';
import { type Html, textHtml } from './text-html.ts';

/** Where a message stands: in its channel, or in the thread that is open beside it. */
export interface View {
  readonly session: Session;
  /** Name of the channel. */
  readonly channel: string;
  readonly in: 'channel' | 'thread';
}

/** A message as an item of a list; the same for a page, and for a browser that is told of it. */
export function messageHtml(message: RoomMessage, view: View): Html {
  const { content, by } = message;
  const name = by === null ? 'Crewsmith' : inertLine(by.name);
  const pressing = { message: message.id, csrf: view.session.csrf };
  const body =
    content.kind === 'said'
      ? html`<div class="said">${textHtml(content.text)}</div>`
      : html`${content.asked === null ? '' : html`<p class="asked">You asked: <code>${inertLine(content.asked)}</code></p>`}${cardHtml(content.card, pressing)}`;
  return html`<li class="message${message.isPrivate ? ' private' : ''}" id="${idIn(message.id, view.in)}" data-rev="${message.rev}">
    ${avatarHtml(name, by === null)}
    <div class="message-body">
      <div class="byline"><span class="author">${name}</span>${by === null ? html`<span class="tag">app</span>` : ''}
        ${timeHtml(message.at)}
        ${message.isPrivate ? onlyYou(message.id, view.session.csrf) : ''}</div>
      ${body}
      ${view.in === 'channel' ? threadLink(message, view) : ''}
    </div>
  </li>`;
}

export const repliesText = (count: number): string => `${count} ${count === 1 ? 'reply' : 'replies'}`;

/** A message may stand twice on a page: in the channel, and at the head of its thread. */
const idIn = (message: string, place: View['in']) => `${place === 'channel' ? 'c' : 't'}-${message}`;

export function avatarHtml(name: string, isOurs: boolean): Html {
  if (isOurs) return html`<span class="avatar ours" aria-hidden="true">${icon('crew')}</span>`;
  return html`<span class="avatar" data-hue="${hueOf(name)}" aria-hidden="true">${[...name][0]?.toUpperCase() ?? '?'}</span>`;
}

/** The same person, the same of six quiet colors. */
const hueOf = (name: string) => [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 6;

/** In the reader's own zone once the script has seen it. */
function timeHtml(ms: number): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${iso.slice(11, 16)} UTC</time>`;
}

const onlyYou = (message: string, csrf: string): Html =>
  html`<span class="only-you">${icon('eye')} Only you see this</span><form method="post" action="/put-away" hx-post="/put-away" hx-target="closest .message" hx-swap="delete">
    <input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="message" value="${message}">
    <button class="quiet">Dismiss</button></form>`;

function threadLink(message: RoomMessage, { channel }: View): Html | '' {
  if (message.isPrivate) return '';
  const href = `/c/${channel}/t/${message.id}`;
  if (message.replies === 0) {
    return html`<a class="thread-link empty" href="${href}" hx-get="${href}" hx-target="#thread" hx-swap="outerHTML" hx-push-url="true">${icon('reply')} Reply in thread</a>`;
  }
  const asks = message.threadAsks ? html`<span class="asks">Needs a decision</span>` : '';
  const last =
    message.lastReplyAt === null ? '' : html`<span class="last">last ${timeHtml(message.lastReplyAt)}</span>`;
  return html`<a class="thread-link" href="${href}" hx-get="${href}" hx-target="#thread" hx-swap="outerHTML" hx-push-url="true">${icon('reply')} ${repliesText(message.replies)} ${asks}${last}</a>`;
}
