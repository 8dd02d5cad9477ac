import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { openBrowser, type RealBrowser } from './browser.ts';
import { type Installation, install, type Running } from './program.ts';

/** The program as it is installed, with the page served, for a real browser to open. */
export interface PageProgram {
  readonly installation: Installation;
  /** Of the first start; signs in once. */
  readonly link: string;
  readonly address: string;
  /** A website for a first run, which the program serves itself on the sandbox; '' where there is a key. */
  readonly site: string;
  /** A fresh link, as somebody at the terminal gets it. */
  freshLink(): Promise<string>;
  /** Kills it as by `kill -9` and starts it anew, at the same address. */
  restart(): Promise<void>;
  end(): Promise<void>;
}

export async function startPageProgram(
  environment: Readonly<Record<string, string>> = {},
): Promise<PageProgram> {
  const installation = await install({ PORT: String(await freePort()), ...environment });
  let running: Running = installation.start(['start']);
  const link = await running.finds(/http:\S+\/enter\/\S+/);
  const crews = await running.finds(/^ {2}crews .*\n/m);
  const site = /try research (\S+),/.exec(crews)?.[1] ?? '';
  return {
    installation,
    link,
    site,
    address: new URL(link).origin,
    async freshLink() {
      const { out } = await installation.run(['open', '--json']);
      return (JSON.parse(out) as { url: string }).url;
    },
    async restart() {
      running.child.kill('SIGKILL');
      await running.ended;
      running = installation.start(['start']);
      await running.says('Working on every run here');
    },
    end: () => installation.remove(),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  server.close();
  await once(server, 'close');
  return at !== null && typeof at === 'object' ? at.port : 0;
}

/** One browser for the tests of a file, and for each of them a program of its own. */
export function pageInBrowser(): { readonly browser: RealBrowser; readonly program: PageProgram } {
  let browser: RealBrowser;
  let program: PageProgram;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.end());
  beforeEach(async () => {
    program = await startPageProgram();
  });
  afterEach(() => program.end());
  return {
    get browser() {
      return browser;
    },
    get program() {
      return program;
    },
  };
}

/** Opens a link, presses its button and waits for the channel. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'demo', exact: true }).waitFor();
}

/** Types in the channel, or in the thread that is open, and sends it. */
export async function say(page: Page, words: string, where: 'channel' | 'thread' = 'channel'): Promise<void> {
  const box = page.locator(`#words-${where}`);
  await box.fill(words);
  await page.locator(`[data-composer="${where}"] .send`).click();
  await page.locator(`#words-${where}:placeholder-shown`).waitFor();
}

/** The thread of the newest run that asks for a decision. */
export async function openGate(page: Page): Promise<void> {
  await page.locator('#messages .thread-link', { hasText: 'Needs a decision' }).last().click();
  await page.locator('#thread').getByRole('button', { name: 'Approve' }).waitFor();
}

/** A button on the newest card of the thread that has it. */
export const inThread = (page: Page, name: string) =>
  page.locator('#thread').getByRole('button', { name, exact: true }).last();
