import { describe, expect, test } from 'vitest';
import { inThread, openGate, pageInBrowser, say, signIn } from '../support/page-program.ts';

const here = pageInBrowser();

interface Listed {
  readonly runs: readonly { readonly run: string; readonly status: string }[];
}
const runs = async () =>
  (JSON.parse((await here.program.installation.run(['runs', '--json'])).out) as Listed).runs;

describe('what goes wrong at a browser', { timeout: 120_000 }, () => {
  test('the page is closed midway: the run goes on, and stands there when it is opened again', async () => {
    const { page, context, complaints } = await here.browser.somebody();
    await signIn(page, here.program.link);
    await say(page, `/crew research ${here.program.site}`);
    await page.close();
    const again = await context.newPage();
    await again.goto(`${here.program.address}/c/demo`);
    await openGate(again);
    expect(await runs()).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  test('two browsers press at once: one decides, the other is told who did, and both show it', async () => {
    const [one, two] = [await here.browser.somebody(), await here.browser.somebody()];
    await signIn(one.page, here.program.link);
    await signIn(two.page, await here.program.freshLink());
    await say(one.page, `/crew research ${here.program.site}`);
    await Promise.all([openGate(one.page), openGate(two.page)]);
    await Promise.all([one, two].map(({ page }) => inThread(page, 'Approve').click()));
    for (const { page } of [one, two]) {
      await page.locator('#thread .card[data-tone="good"]', { hasText: 'Approved by local' }).waitFor();
      await page.locator('#messages .status', { hasText: 'completed' }).waitFor();
    }
    const told = one.page.locator('#thread .private .card');
    await told.waitFor();
    expect(await told.textContent()).toContain('This was decided already: approved by local.');
    // The run's own card and one brief.
    expect(await one.page.locator('#messages .card[data-tone="good"]').count()).toBe(2);
    expect([...one.complaints, ...two.complaints]).toEqual([]);
  });

  test('a button is pressed on a page that was open before a restart: it decides', async () => {
    const { page } = await here.browser.somebody();
    await signIn(page, here.program.link);
    await say(page, `/crew research ${here.program.site}`);
    await openGate(page);
    await here.program.restart();
    await inThread(page, 'Approve').click();
    await page.locator('#messages .status', { hasText: 'completed' }).waitFor();
    expect((await runs()).map(({ status }) => status)).toEqual(['completed']);
  });

  test('the program is gone: what was typed stays, is sent once it is back, and stands there once', async () => {
    const { page } = await here.browser.somebody();
    await signIn(page, here.program.link);
    await page.route('**/say', (route) => route.abort());
    await page.fill('#words-channel', 'Is anybody there?');
    await page.locator('[data-composer="channel"] .send').click();
    await page.getByText('cannot be reached').waitFor();
    expect(await page.inputValue('#words-channel')).toBe('Is anybody there?');
    await page.unroute('**/say');
    // It arrived, and its answer did not: the same is sent once more.
    await page.route('**/say', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await page.locator('[data-composer="channel"] .send').click();
    await page.locator('.said', { hasText: 'Is anybody there?' }).waitFor();
    await page.unroute('**/say');
    await page.locator('[data-composer="channel"] .send').click();
    await page.locator('#words-channel:placeholder-shown').waitFor();
    await page.reload();
    expect(await page.locator('.said', { hasText: 'Is anybody there?' }).count()).toBe(1);
  });

  test('markup in what people type is words, wherever it stands', async () => {
    const { page, complaints } = await here.browser.somebody();
    await signIn(page, here.program.link);
    const words =
      '<img src=x onerror="document.title=1"> **bold** [a](javascript:alert(1)) <script>x</script>';
    await say(page, words);
    await page.locator('.said').waitFor();
    expect(await page.locator('.said').textContent()).toBe(words);
    await say(page, `/crew research ${words.replaceAll('"', "'")}`);
    await page.locator('.private').waitFor();
    await page.reload();
    expect(await page.locator('.message img, .message script, .message b:not(.author)').count()).toBe(0);
    expect(await page.title()).toMatch(/^#demo/);
    expect(complaints).toEqual([]);
  });

  test('somebody is signed out in another window: the page says so and shows nothing more', async () => {
    const { page, context } = await here.browser.somebody();
    await signIn(page, here.program.link);
    const other = await context.newPage();
    await other.goto(`${here.program.address}/c/demo`);
    await other.locator('.person summary').click();
    await other.getByRole('button', { name: 'Sign out' }).click();
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    await say(await secondWindow(), 'After they left');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.content()).not.toContain('After they left');
  });
});

async function secondWindow() {
  const { page } = await here.browser.somebody();
  await signIn(page, await here.program.freshLink());
  return page;
}
