import { html, raw } from 'hono/html';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asset, assetPath } from '../../src/chat/web/assets.ts';
import { cardHtml } from '../../src/chat/web/card-html.ts';
import { formHtml } from '../../src/chat/web/form-html.ts';
import { openBrowser, type RealBrowser } from '../support/browser.ts';
import { cardsOfOneRun, type RunCard } from '../support/slack/one-run.ts';

let browser: RealBrowser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.end());

/** `npm run pictures` keeps what is seen here for the docs. */
const keepPictures = process.env.PICTURES === 'kept';

const none = { request: '', csrf: '', channel: 'sales', thread: null };

/** What stands in the middle of a page; a form without the veil over what is behind it. */
const drawn = ({ neutral }: RunCard) =>
  'fields' in neutral ? formHtml({ form: neutral, ...none }) : cardHtml(neutral, { message: '', csrf: '' });

const pageOf = (card: RunCard): string =>
  String(html`${raw('<!doctype html>')}<html lang="en"><meta charset="utf-8"><title>A card</title>
<link rel="stylesheet" href="${assetPath('page.css')}">
<body><main>${drawn(card)}</main></body></html>`);

test('the cards of one run as the page draws them, each beside its JSON in docs/slack', {
  timeout: 120_000,
}, async () => {
  const cards = await cardsOfOneRun();
  const { page, complaints, barriers } = await browser.somebody({ width: 800, height: 900 });
  let shown: RunCard | undefined;
  await page.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url());
    const file = await asset(pathname.split('/').at(-1) ?? '');
    if (file !== null) await route.fulfill({ contentType: file.type, body: Buffer.from(file.bytes) });
    else await route.fulfill({ contentType: 'text/html', body: shown === undefined ? '' : pageOf(shown) });
  });
  for (const [name, card] of cards) {
    shown = card;
    await page.goto(`http://127.0.0.1/${name}`);
    const seen = page.locator('.card, .dialog-form');
    expect(await seen.textContent()).toContain(card.neutral.title);
    expect(await barriers()).toEqual([]);
    if (keepPictures) await seen.screenshot({ path: `docs/slack/${name}.png`, animations: 'disabled' });
  }
  expect(complaints).toEqual([]);
});
