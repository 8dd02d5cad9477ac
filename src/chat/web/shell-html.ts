import { html, raw } from 'hono/html';
import { inertLine } from '../../core/inert.ts';
import type { Room } from '../rooms.ts';
import type { Session } from '../sign-in.ts';
import { type AssetName, assetPath } from './assets.ts';
import { icon } from './icons.ts';
import { avatarHtml } from './message-html.ts';
import type { Html } from './text-html.ts';

/** No style in the page, nothing evaluated, nothing of elsewhere: what the headers forbid anyway. */
const htmxConfig = JSON.stringify({
  includeIndicatorStyles: false,
  allowEval: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  scrollBehavior: 'auto',
});

/** A whole page. `scripts`: what only somebody signed in needs. */
export function documentHtml(title: string, content: Html, scripts: readonly AssetName[], rev = 0): Html {
  return html`${raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content="${htmxConfig}">
<title>${title}</title>
<link rel="icon" href="${assetPath('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assetPath('page.css')}">
${scripts.map((name) => html`<script src="${assetPath(name)}" defer></script>`)}
</head>
<body data-rev="${rev}">
${content}
</body>
</html>`;
}

export interface Shell {
  readonly session: Session;
  readonly rooms: readonly Room[];
  /** Name of the channel that is shown. */
  readonly current: string;
  readonly checklist: Html | '';
}

/** Beside what is shown: the channels, the first minutes, and who sits here. */
export function sidebarHtml({ session, rooms, current, checklist }: Shell): Html {
  return html`<nav class="sidebar" id="sidebar" aria-label="Channels">
  <div class="brand"><span class="logo" aria-hidden="true">${icon('crew')}</span><span class="brand-name">Crewsmith</span></div>
  <h2 class="side-title">Channels</h2>
  <ul class="channels">${rooms.map(
    ({ name }) =>
      html`<li><a href="/c/${name}" data-channel="${name}" ${raw(name === current ? 'aria-current="page"' : '')}>${icon('hash')}<span>${name}</span><span class="unread" hidden>new</span></a></li>`,
  )}</ul>
  <details class="add-channel">
    <summary>${icon('plus')} Add a channel</summary>
    <form method="post" action="/channels">
      <input type="hidden" name="csrf" value="${session.csrf}">
      <label class="unseen" for="new-channel">Name of the new channel</label>
      <input id="new-channel" name="name" maxlength="32" required autocomplete="off" placeholder="launch-2" pattern="[a-z0-9][a-z0-9\\-]*">
      <button class="button plain">Add</button>
    </form>
  </details>
  <div class="side-foot">
    ${checklist}
    ${personHtml(session)}
  </div>
</nav>`;
}

function personHtml(session: Session): Html {
  const { person, owner } = session;
  const acting = person.member !== owner.member;
  const hidden = html`<input type="hidden" name="csrf" value="${session.csrf}">`;
  const pretend =
    session.others.length > 0
      ? html`<p class="menu-title">Act as</p>${session.others.map(
          (
            other,
          ) => html`<form method="post" action="/act-as">${hidden}<input type="hidden" name="member" value="${other.member}">
            <button class="menu-item">${avatarHtml(other.name, false)}<span>${inertLine(other.name)}<small>${other.role ?? 'no role'}</small></span></button></form>`,
        )}`
      : session.sandbox && session.loopbackOnly
        ? html`<form method="post" action="/pretend">${hidden}<button class="menu-item"><span>Try approvals with pretend members<small>Ana, who asks, and Bo, who approves; gone with the first key</small></span></button></form>`
        : '';
  return html`<details class="person" id="person">
    <summary>${avatarHtml(person.name, false)}<span class="who"><span class="author">${inertLine(person.name)}</span>
      <small>${acting ? `you act as ${person.role ?? 'nobody'}` : session.kind === 'token' ? 'looks only' : (person.role ?? 'no role')}</small></span></summary>
    <div class="menu">${pretend}
      <form method="post" action="/sign-out">${hidden}<button class="menu-item"><span>Sign out</span></button></form></div>
  </details>`;
}
