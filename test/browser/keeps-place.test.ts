import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { inThread, openGate, pageInBrowser, say, signIn } from '../support/page-program.ts';

const here = pageInBrowser();

/** Holds requests to an address back until it is called. */
async function heldBack(page: Page, address: string): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(address, async (route) => {
    await promise;
    await route.continue();
  });
  return resolve;
}

const saidIn = (page: Page) => page.locator('#messages .said').allTextContents();

describe('who works at the page keeps their place', { timeout: 120_000 }, () => {
  test('what is typed while the line before is still on its way stays, and is sent when Enter is pressed', async () => {
    const { page, complaints } = await here.browser.somebody();
    await signIn(page, here.program.link);
    const letGo = await heldBack(page, '**/say');
    await page.keyboard.type('First');
    await page.keyboard.press('Enter');
    await page.keyboard.type(' and second');
    letGo();
    await page.locator('.said', { hasText: 'First' }).waitFor();
    await page.locator('[data-composer="channel"] .send:enabled').waitFor();
    expect(await page.inputValue('#words-channel')).toBe('and second');
    const letSecondGo = await heldBack(page, '**/say');
    await page.keyboard.press('Enter');
    await page.keyboard.type(' and third');
    await page.keyboard.press('Enter');
    letSecondGo();
    await page.locator('.said', { hasText: 'and third' }).waitFor();
    expect(await saidIn(page)).toEqual(['First', 'and second', 'and third']);
    expect(await page.inputValue('#words-channel')).toBe('');
    expect(complaints).toEqual([]);
  });

  test('over plain HTTP by the number of a machine, where browsers make no ids, each line is sent', async () => {
    const { page, complaints } = await here.browser.somebody();
    await page.addInitScript('delete Crypto.prototype.randomUUID');
    await signIn(page, here.program.link);
    await say(page, 'One');
    await say(page, 'Two');
    await page.locator('.said', { hasText: 'Two' }).waitFor();
    expect(await saidIn(page)).toEqual(['One', 'Two']);
    expect(complaints).toEqual([]);
  });

  test('the card on which somebody pressed has the focus once its buttons are gone', async () => {
    const { page, complaints, barriers } = await here.browser.somebody();
    await signIn(page, here.program.link);
    await say(page, `/crew research ${here.program.site}`);
    await openGate(page);
    await inThread(page, 'Approve').focus();
    await page.keyboard.press('Enter');
    await page.locator('#thread .card', { hasText: 'Approved by local' }).waitFor();
    const focused = await page.evaluate('document.activeElement.closest(".message")?.textContent ?? ""');
    expect(focused).toContain('Approved by local');
    expect(await barriers()).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('what was not sent yet stays while something in between answers for the server, and the news goes on after', async () => {
    const { page } = await here.browser.somebody();
    const writer = (await here.browser.somebody()).page;
    await signIn(writer, here.program.link);
    await page.route('**/events*', (route) => route.fulfill({ status: 502, body: 'Bad gateway' }));
    await signIn(page, await here.program.freshLink());
    await page.fill('#words-channel', 'Not sent yet');
    await page.waitForRequest('**/events*');
    await page.unroute('**/events*');
    await say(writer, 'Hello');
    await page.locator('.said', { hasText: 'Hello' }).waitFor();
    expect(await page.inputValue('#words-channel')).toBe('Not sent yet');
  });

  test('Escape closes the menu of the person and leads back to where it was opened', async () => {
    const { page } = await here.browser.somebody();
    await signIn(page, here.program.link);
    await page.waitForLoadState();
    await page.locator('.person summary').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Escape');
    expect(await page.locator('.person').getAttribute('open')).toBeNull();
    expect(await page.evaluate('document.activeElement.matches(".person > summary")')).toBe(true);
  });

  test('what was offered for less than was typed is not sent in its place', async () => {
    const { page } = await here.browser.somebody();
    await signIn(page, here.program.link);
    let asked = 0;
    await page.route('**/complete', async (route) => {
      asked += 1;
      // The server takes its time from the second on.
      if (asked > 1) return;
      await route.fulfill({ json: [{ words: '/crew research ', label: 'research', says: 'A brief' }] });
    });
    await page.locator('#words-channel').fill('/crew re');
    await page.getByRole('option', { name: 'research' }).waitFor();
    await page.keyboard.type('tired');
    await page.keyboard.press('Enter');
    await page.locator('main').getByText('retired').first().waitFor();
  });

  test('who puts an answer away by keys goes on writing', async () => {
    const { page } = await here.browser.somebody();
    await signIn(page, here.program.link);
    await say(page, '/crew list');
    const dismiss = page.getByRole('button', { name: 'Dismiss' });
    await dismiss.focus();
    await page.keyboard.press('Enter');
    await dismiss.waitFor({ state: 'detached' });
    await page.locator('#words-channel:focus').waitFor();
  });

  test('a form that is sent again says what is wrong now, and not what was wrong before', async () => {
    const { page, complaints } = await here.browser.somebody();
    await signIn(page, here.program.link);
    await say(page, `/crew research ${here.program.site}`);
    await openGate(page);
    await inThread(page, 'Edit').click();
    const form = page.getByRole('dialog');
    const lists = form.locator('.field', { hasText: 'A line each' }).locator('textarea');
    const before = [await lists.nth(0).inputValue(), await lists.nth(1).inputValue()] as const;
    for (const [n, text] of before.entries()) await lists.nth(n).fill(`${text}\nOne more.`);
    await form.getByRole('button', { name: 'Save and approve' }).click();
    await form.locator('[aria-invalid="true"]').nth(1).waitFor();
    await form.locator('textarea:focus').nth(0).waitFor();
    await lists.nth(0).fill(before[0]);
    const answered = page.waitForResponse('**/forms');
    await form.getByRole('button', { name: 'Save and approve' }).click();
    await answered;
    await form.locator('.wrong:visible').first().waitFor();
    expect(await form.locator('.wrong:visible').count()).toBe(1);
    expect(await form.locator('[aria-invalid="true"]').count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('a reply to a card further up than the page reaches does not bring it down among the newest', async () => {
    const { page } = await here.browser.somebody();
    const writer = (await here.browser.somebody()).page;
    await signIn(writer, here.program.link);
    await say(writer, 'The oldest of all');
    await writer.locator('.thread-link').click();
    await writer.locator('#words-thread').waitFor();
    const fields = await writer.evaluate(
      '({ csrf: document.querySelector("[name=csrf]").value, thread: document.querySelector("[data-composer=thread] [name=thread]").value })',
    );
    const { csrf } = fields as { csrf: string; thread: string };
    for (let n = 0; n < 60; n++) {
      const form = { csrf, thread: '', request: `message-${n}`, text: `Line ${n}` };
      await writer.request.post(`${here.program.address}/c/demo/say`, {
        form,
        headers: { origin: here.program.address },
      });
    }
    await signIn(page, await here.program.freshLink());
    await page.locator('.said', { hasText: 'Line 59' }).waitFor();
    await say(writer, 'A late reply', 'thread');
    await say(writer, 'The newest of all');
    await page.locator('.said', { hasText: 'The newest of all' }).waitFor();
    expect((await saidIn(page)).slice(-2)).toEqual(['Line 59', 'The newest of all']);
    await page.getByRole('link', { name: 'Show earlier messages' }).click();
    await page.locator('.said', { hasText: 'The oldest of all' }).waitFor();
    expect((await saidIn(page)).slice(0, 2)).toEqual(['The oldest of all', 'Line 0']);
  });
});
