import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openBrowser, type RealBrowser } from '../support/browser.ts';
import { type Installation, install, type Running } from '../support/program.ts';

let browser: RealBrowser;
let here: Installation;
let started: Running;
let link: string;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.end());

beforeEach(async () => {
  here = await install({ PORT: '0' });
  started = here.start(['start']);
  link = await started.finds(/http:\S+\/enter\/\S+/);
});
afterEach(() => here.remove());

const home = () => new URL('/', link).href;

describe('the page in a browser', () => {
  test('leads from its first sight through the link to a channel where words can be said', async () => {
    const { page, complaints, barriers } = await browser.somebody();
    await page.goto(home());
    expect(await page.textContent('main')).toContain('npm run crew -- open');
    expect(await barriers()).toEqual([]);
    await page.goto(link);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Welcome to #demo' }).waitFor();
    expect(await barriers()).toEqual([]);
    await page.keyboard.type('Hello, everybody');
    await page.keyboard.press('Enter');
    await page.locator('.said', { hasText: 'Hello, everybody' }).waitFor();
    expect(await page.locator('#words-channel').inputValue()).toBe('');
    await page.reload();
    await page.locator('.said', { hasText: 'Hello, everybody' }).waitFor();
    expect(complaints).toEqual([]);
  });
});
