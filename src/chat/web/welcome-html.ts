import { html } from 'hono/html';
import { type KeyForm, keyLinkPath } from '../key-door.ts';
import type { LinkState } from '../sign-in.ts';
import { icon } from './icons.ts';
import { documentHtml } from './shell-html.ts';
import type { Html } from './text-html.ts';

const stage = (title: string, content: Html): Html =>
  documentHtml(
    `${title} · Crewsmith`,
    html`<main class="stage"><div class="stage-card">
    <div class="brand"><span class="logo" aria-hidden="true">${icon('crew')}</span><span class="brand-name">Crewsmith</span></div>
    ${content}</div></main>`,
    [],
  );

/** For whoever is not signed in: what this is and how to sign in, and no data (rule K10). */
export function welcomeHtml(options: { hasToken: boolean; says: string | null; isHere: boolean }): Html {
  return stage(
    'Sign in',
    html`<h1>Crews of agents, on your team’s own keys</h1>
    <p>Crewsmith runs predefined crews on a command like <code>/crew research acme.com</code>, shows each step in a thread, and sends nothing out that nobody approved.</p>
    ${options.says === null ? '' : html`<p class="notice" role="alert">${options.says}</p>`}
    <h2>Sign in</h2>
    <ul class="ways">
      ${
        options.isHere
          ? html`<li>Open the link that <code>npm start</code> printed in the terminal. It works once; <code>npm run crew -- open</code> prints a fresh one.</li>`
          : html`<li>Ask for a link in your team’s chat: <code>/crew open</code>. It works once.</li>`
      }
    </ul>
    ${
      options.hasToken
        ? html`<form method="post" action="/sign-in" class="stack"><label for="token">Or look with the page’s token</label>
      <input id="token" name="token" type="password" autocomplete="off" required>
      <p class="hint">It admits to the page; it never decides.</p>
      <button class="button plain">Look</button></form>`
        : ''
    }`,
  );
}

/** What a link shows: a button, so that nothing that only looks at links signs in. */
export function enterHtml(token: string, state: LinkState): Html {
  if (state === 'open') {
    return stage(
      'Sign in',
      html`<h1>Welcome</h1><p>This link signs you in to Crewsmith in this browser, once.</p>
      <form method="post" action="/enter/${token}"><button class="button primary large" autofocus>Sign in</button></form>`,
    );
  }
  return stage(
    'Link is over',
    html`<h1>This link no longer works</h1><p>${whyNot[state]}</p>
    <p>A fresh one: <code>npm run crew -- open</code> in the terminal, or <code>/crew open</code> in your team’s chat.</p>
    <p><a href="/">To the page</a></p>`,
  );
}

const whyNot: Readonly<Record<Exclude<LinkState, 'open'>, string>> = {
  used: 'It was used already: it signs in once.',
  over: 'Its time is over.',
  unknown: 'There is no such link; maybe part of it was lost on its way.',
};

/** The form behind a one-time link for a key (rule K4). What was typed is never sent back. */
export function keyFormHtml(token: string, form: KeyForm, minutes: number, says: string | null): Html {
  const title = form.replaces ? `Replace ${form.whose}` : `Add a key of ${form.whose}`;
  return stage(
    title,
    html`<h1>${title}</h1>
    <p>It is stored in the name of ${form.name}, who asked for this link and is told at once. It is checked by a call that costs nothing, sealed, and shown to nobody again.</p>
    ${says === null ? '' : html`<p class="notice" role="alert">${says}</p>`}
    <form method="post" action="${keyLinkPath}${token}" class="stack"><label for="secret">The key</label>
      <input id="secret" name="secret" type="password" autocomplete="off" spellcheck="false" maxlength="4096" required autofocus>
      <p class="hint">Copied whole from the provider. This link holds for ${minutes} more ${minutes === 1 ? 'minute' : 'minutes'}, and once.</p>
      <button class="button primary large">${form.replaces ? 'Replace the key' : 'Add the key'}</button></form>`,
  );
}

export const keyStoredHtml = (key: string): Html =>
  stage(
    'Key stored',
    html`<h1>The key is stored</h1><p>${key} is used from now on, and runs that waited for it go on. You can close this.</p>`,
  );

export const refusedHtml = (title: string, says: string, next: string): Html =>
  stage(title, html`<h1>${title}</h1><p>${says}</p><p>${next}</p><p><a href="/">To the page</a></p>`);

/** Cookies stay at home when a link of another site is followed; the page itself asks again. */
export const againHtml: Html = html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>Crewsmith</title></head><body><p><a href="">Go on</a></p></body></html>`;
