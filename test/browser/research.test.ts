import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { inThread, openGate, pageInBrowser, say, signIn } from '../support/page-program.ts';

/** `npm run pictures` keeps what is seen here for the docs. */
const keepPictures = process.env.PICTURES === 'kept';

const here = pageInBrowser();

describe('the page in a browser', { timeout: 120_000 }, () => {
  test('leads from its first sight to a published brief: changes are requested, the draft is edited and approved', async () => {
    const { page, complaints, barriers } = await here.browser.somebody();
    await page.goto(here.program.address);
    expect(await page.textContent('main')).toContain('npm run crew -- open');
    expect(await barriers()).toEqual([]);
    await page.goto(here.program.link);
    expect(await barriers()).toEqual([]);
    await signIn(page, here.program.link);
    expect(await barriers()).toEqual([]);

    // What the greeting offers is typed by a press on it.
    await page.locator('.try').first().click();
    expect(await page.inputValue('#words-channel')).toBe(`/crew research ${here.program.site}`);
    await page.keyboard.press('Enter');
    await openGate(page);
    expect(await barriers()).toEqual([]);
    if (keepPictures) await keep(page, 'docs/page.png');

    await inThread(page, 'Request changes').click();
    const changes = page.getByRole('dialog');
    await changes.waitFor();
    expect(await barriers()).toEqual([]);
    await page.keyboard.type('Shorter, lead with the pricing');
    await changes.getByRole('button', { name: 'Request changes' }).click();
    await page.locator('#thread .foot', { hasText: 'draft 2' }).waitFor();

    await inThread(page, 'Edit').click();
    const edit = page.getByRole('dialog');
    await edit.getByLabel('What they do').fill('A bot that asks <b>people</b> first.');
    expect(await barriers()).toEqual([]);
    await edit.getByRole('button', { name: 'Save and approve' }).click();
    const published = page.locator('#messages .card[data-tone="good"]', {
      hasText: 'A bot that asks <b>people</b> first.',
    });
    await published.waitFor();
    await page.locator('#messages .status', { hasText: 'completed' }).waitFor();
    expect(await page.locator('#thread').getByRole('button', { name: 'Approve' }).count()).toBe(0);
    expect(await barriers()).toEqual([]);
    expect(complaints).toEqual([]);
    const { out } = await here.program.installation.run(['runs', '--json']);
    expect(JSON.parse(out)).toMatchObject({ runs: [{ status: 'completed' }] });
  });

  test('is worked by keys alone: completion, sending, the thread, approving, and back', async () => {
    const { page, complaints } = await here.browser.somebody();
    await signIn(page, here.program.link);
    await page.keyboard.type('/crew res');
    await page.getByRole('option', { name: 'research', selected: true }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.inputValue('#words-channel')).toBe('/crew research ');
    await page.keyboard.type(here.program.site);
    await page.keyboard.press('Enter');
    const thread = page.locator('#messages .thread-link', { hasText: 'Needs a decision' });
    await thread.waitFor();
    await thread.focus();
    await page.keyboard.press('Enter');
    await page.locator('#words-thread').waitFor();
    // The thread opens where one writes; from there the buttons of the newest card are a few steps back.
    for (let steps = 0; steps < 12; steps++) {
      await page.keyboard.press('Shift+Tab');
      if ((await page.evaluate('document.activeElement.textContent')) === 'Approve') break;
    }
    await page.keyboard.press('Enter');
    await page.locator('#messages .status', { hasText: 'completed' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#words-thread').waitFor({ state: 'detached' });
    await page.locator('#words-channel:focus').waitFor();
    expect(complaints).toEqual([]);
  });

  test('lets somebody alone try approvals: Ana asks and may not, Bo may; and the checklist ticks itself', async () => {
    const { page, complaints } = await here.browser.somebody();
    await signIn(page, here.program.link);
    const actAs = async (name: string) => {
      await page.locator('.person summary').click();
      await page.getByRole('button', { name }).click();
      await page.locator('.person .author', { hasText: name.split(' ', 1)[0] ?? name }).waitFor();
    };
    await page.locator('.person summary').click();
    await page.getByRole('button', { name: 'Try approvals with pretend members' }).click();
    await actAs('Ana (pretend)');
    await say(page, `/crew research ${here.program.site}`);
    await openGate(page);
    await inThread(page, 'Approve').click();
    await page
      .locator('#thread .private', { hasText: 'You asked for this run; you may request changes.' })
      .waitFor();
    await actAs('Bo (pretend)');
    await openGate(page);
    expect(await page.locator('.private').count()).toBe(0);
    await inThread(page, 'Approve').click();
    await page.locator('#thread .card', { hasText: 'Approved by Bo (pretend)' }).waitFor();
    await actAs('local');
    await say(page, '/crew budget set $20 week');
    await page.locator('.todo [data-done="yes"]', { hasText: 'Set a budget' }).waitFor();
    expect(await page.locator('.checklist small').textContent()).toBe('1 of 5');
    expect(complaints.filter((said) => !said.includes('ERR_ABORTED'))).toEqual([]);
  });

  test('asks in a form for what a command leaves out, and keeps what was typed when it is refused', async () => {
    const { page, complaints } = await here.browser.somebody();
    await signIn(page, here.program.link);
    await page.fill('#words-channel', '/crew research');
    await page.locator('[data-composer="channel"] .send').click();
    const form = page.getByRole('dialog');
    await form.getByRole('textbox').fill('not a website at all');
    await form.getByRole('button', { name: 'Start' }).click();
    await form.getByRole('alert').waitFor();
    expect(await form.getByRole('textbox').inputValue()).toBe('not a website at all');
    await form.getByRole('textbox').fill(here.program.site);
    await form.getByRole('button', { name: 'Start' }).click();
    await form.waitFor({ state: 'detached' });
    await openGate(page);
    expect(complaints).toEqual([]);
  });

  test.each([
    ['dark', { width: 1280, height: 800 }],
    ['light', { width: 390, height: 844 }],
    ['dark', { width: 390, height: 844 }],
  ] as const)(
    'has no barriers in %s at %o, and nothing runs out of sight to the side',
    async (scheme, size) => {
      const { page, complaints, barriers } = await here.browser.somebody(size);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await signIn(page, here.program.link);
      await say(page, `/crew research ${here.program.site}`);
      await openGate(page);
      expect(await barriers()).toEqual([]);
      if (keepPictures && scheme === 'dark') {
        await keep(page, size.width < 720 ? 'docs/page-phone.png' : 'docs/page-dark.png');
      }
      await page.getByRole('link', { name: 'Close the thread' }).click();
      await say(page, '/crew help');
      await page.locator('.private').waitFor();
      expect(await barriers()).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      if (size.width < 720) {
        await page.getByRole('link', { name: 'Channels' }).click();
        await page.locator('.sidebar.open').waitFor();
        expect(await barriers()).toEqual([]);
      }
      expect(complaints).toEqual([]);
    },
  );
});

/** With nothing under the pointer and nothing being typed. */
async function keep(page: Page, path: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate('document.activeElement.blur()');
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
}
