import { html, raw } from 'hono/html';
import { type RoomMessage, saidMost } from '../rooms.ts';
import type { Session } from '../sign-in.ts';
import { icon } from './icons.ts';
import { messageHtml, repliesText } from './message-html.ts';
import type { Html } from './text-html.ts';

export interface Listed {
  readonly messages: readonly RoomMessage[];
  readonly earlier: boolean;
}

/** Things to type in a channel where nothing was said yet. */
export interface Greeting {
  readonly says: string;
  readonly tries: readonly { readonly words: string; readonly says: string }[];
}

export interface ChannelView extends Listed {
  readonly session: Session;
  readonly channel: string;
  readonly greeting: Greeting;
  /** Id for a message that is sent without a script. */
  readonly request: string;
}

export function channelHtml(view: ChannelView): Html {
  const { session, channel } = view;
  return html`<main class="channel" id="channel" data-channel="${channel}">
  <header class="bar">
    <a class="icon-button only-narrow" href="#sidebar" data-menu aria-label="Channels">${icon('menu')}</a>
    <h1>${icon('hash')}<span>${channel}</span></h1>
    ${session.sandbox ? html`<span class="badge" title="No model is asked and nothing is paid until a key is added">Offline sandbox · $0</span>` : ''}
  </header>
  <div class="scroll" data-scroll tabindex="0" role="region" aria-label="Messages in ${channel}">
    ${view.earlier ? '' : greetingHtml(view)}
    <ol class="messages" id="messages" data-list="channel">${listHtml(view, 'channel')}</ol>
  </div>
  ${composerHtml({ session, channel, thread: null, request: view.request })}
</main>`;
}

/** A page of messages; with what fetches the page before. */
export function listHtml(
  view: Listed & { session: Session; channel: string },
  place: 'channel' | 'thread',
): Html {
  const first = view.messages[0];
  const more =
    view.earlier && first !== undefined && place === 'channel'
      ? html`<li class="earlier"><a class="button plain" href="/c/${view.channel}?before=${first.id}" hx-get="/c/${view.channel}/earlier?before=${first.id}" hx-target="closest li" hx-swap="outerHTML">Show earlier messages</a></li>`
      : '';
  return html`${more}${view.messages.map((message) => messageHtml(message, { session: view.session, channel: view.channel, in: place }))}`;
}

function greetingHtml({ channel, greeting }: ChannelView): Html {
  return html`<section class="greeting" aria-label="How to begin">
    <span class="greeting-mark" aria-hidden="true">${icon('hash')}</span>
    <h2>Welcome to #${channel}</h2>
    <p>${greeting.says}</p>
    <ul class="tries">${greeting.tries.map(
      ({ words, says }) =>
        html`<li><button type="button" class="try" data-try="${words}"><code>${words}</code><span>${says}</span></button></li>`,
    )}</ul>
  </section>`;
}

export interface ThreadView extends Listed {
  readonly session: Session;
  readonly channel: string;
  readonly parent: RoomMessage;
  readonly request: string;
}

export function threadHtml(view: ThreadView): Html {
  const { session, channel, parent } = view;
  const shown = { session, channel, in: 'thread' as const };
  return html`<aside class="thread" id="thread" data-thread-of="${parent.id}" aria-label="Thread">
  <header class="bar">
    <a class="icon-button" href="/c/${channel}" hx-get="/c/${channel}/no-thread" hx-target="#thread" hx-swap="outerHTML" hx-push-url="/c/${channel}" data-close aria-label="Close the thread">${icon('back')}</a>
    <h2>Thread<span class="in">#${channel}</span></h2>
  </header>
  <div class="scroll" data-scroll tabindex="0" role="region" aria-label="Messages in the thread">
    <ol class="messages head">${messageHtml(parent, shown)}</ol>
    <div class="divider"><span data-count>${repliesText(parent.replies)}</span></div>
    <ol class="messages" id="replies" data-list="thread">${view.earlier ? html`<li class="earlier">Only the newest ${view.messages.length} are shown.</li>` : ''}${listHtml(view, 'thread')}</ol>
  </div>
  ${composerHtml({ session, channel, thread: parent.id, request: view.request })}
</aside>`;
}

/** What takes its place when no thread is open. */
export const noThreadHtml: Html = html`<aside class="thread none" id="thread" hidden></aside>`;

interface Composer {
  readonly session: Session;
  readonly channel: string;
  readonly thread: string | null;
  readonly request: string;
}

function composerHtml({ session, channel, thread, request }: Composer): Html {
  const where = thread === null ? 'channel' : 'thread';
  const id = `words-${where}`;
  return html`<form class="composer" method="post" action="/c/${channel}/say" hx-post="/c/${channel}/say" hx-swap="none" hx-disabled-elt="find .send" data-composer="${where}">
    <input type="hidden" name="csrf" value="${session.csrf}">
    <input type="hidden" name="thread" value="${thread ?? ''}">
    <input type="hidden" name="request" value="${request}">
    <p class="refused" role="alert" data-refused hidden></p>
    <div class="completion" id="completion-${where}" role="listbox" aria-label="Commands" hidden></div>
    <div class="composer-box">
      <label class="unseen" for="${id}">${thread === null ? `Message or command in ${channel}` : 'Reply in the thread'}</label>
      <textarea id="${id}" name="text" rows="1" maxlength="${saidMost}" required autocomplete="off" ${raw(thread === null ? 'autofocus' : '')}
        placeholder="${thread === null ? `Message #${channel}, or type /crew` : 'Reply…'}"
        role="combobox" aria-expanded="false" aria-autocomplete="list" aria-controls="completion-${where}" aria-haspopup="listbox"></textarea>
      <button class="send" aria-label="Send">${icon('send')}</button>
    </div>
  </form>`;
}
