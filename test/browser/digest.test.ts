import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { openBrowser, type RealBrowser } from '../support/browser.ts';
import { type Installation, install } from '../support/program.ts';
import { fillWeeks } from '../support/weeks-filled.ts';

let browser: RealBrowser;
let here: Installation;

beforeAll(async () => {
  browser = await openBrowser();
  here = await install({ PORT: '0' });
});
afterAll(async () => {
  await here.remove();
  await browser.end();
});

/** `npm run pictures` keeps what is seen here for the docs. */
const keepPictures = process.env.PICTURES === 'kept';

interface Picture {
  decode(): Promise<void>;
  readonly naturalWidth: number;
  readonly naturalHeight: number;
  readonly alt: string;
}

test('a digest and the spend of a channel stand on the page with their charts, in light and dark', async () => {
  // The first start makes the workspace whose books are filled.
  await here.run(['settings']);
  await fillWeeks(here.home, systemClock().now());
  const link = await here.start(['start']).finds(/http:\S+\/enter\/\S+/);
  const { page, complaints, barriers } = await browser.somebody({ width: 1100, height: 1200 });
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.goto(new URL('/c/sales', link).href);
  const say = async (words: string) => {
    await page.locator('#words-channel').fill(words);
    await page.keyboard.press('Enter');
  };
  await say('/crew digest now');
  const digest = page.locator('.card', { hasText: 'week of' }).last();
  await digest.locator('figure img').waitFor();
  const shown = () =>
    digest.locator('figure img').evaluate(async (image) => {
      const picture = image as unknown as Picture;
      await picture.decode();
      return [picture.naturalWidth, picture.naturalHeight, picture.alt.slice(0, 12)];
    });
  expect(await shown()).toEqual([1600, 800, 'Spend by day']);
  expect(await digest.textContent()).toContain('▲');
  expect(await barriers()).toEqual([]);
  if (keepPictures) await digest.screenshot({ path: 'docs/digest.png' });
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await shown()).toEqual([1600, 800, 'Spend by day']);
  await say('/crew spend');
  const spend = page.locator('.card', { hasText: '#sales · this week' }).last();
  await spend.locator('figure img').evaluate((image) => (image as unknown as Picture).decode());
  expect(await spend.textContent()).toMatch(/research.*\$1\.20 · 100 % · 1 run/);
  await spend.getByRole('button', { name: 'By model' }).click();
  await page.locator('.card', { hasText: 'Spend here · this week' }).last().waitFor();
  expect(complaints).toEqual([]);
});
