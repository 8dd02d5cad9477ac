import axe from 'axe-core';
import { type Browser, type BrowserContext, type Page, chromium as playwright } from 'playwright-core';
import { chromiumPath } from './chromium.ts';

/** A real browser, as npm carries it. */
export interface RealBrowser {
  /** Somebody with a browser of their own: cookies and all. */
  somebody(size?: { readonly width: number; readonly height: number }): Promise<Visitor>;
  end(): Promise<void>;
}

export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complained about: errors of scripts, refusals of the page's own policy, requests to elsewhere. */
  readonly complaints: readonly string[];
  /** What axe finds serious or critical on the page as it stands, each with the place. */
  barriers(): Promise<string[]>;
}

export async function openBrowser(): Promise<RealBrowser> {
  const browser: Browser = await playwright.launch({
    executablePath: await chromiumPath(),
    // As root there is no sandbox; nothing of elsewhere is opened here.
    args: ['--no-sandbox', '--headless=shell', '--no-zygote', '--disable-gpu', '--font-render-hinting=none'],
  });
  return {
    async somebody(size = { width: 1280, height: 800 }) {
      const context = await browser.newContext({ viewport: size, locale: 'en-US', timezoneId: 'UTC' });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('request', (request) => {
        if (new URL(request.url()).hostname !== '127.0.0.1') complaints.push(`asked ${request.url()}`);
      });
      return {
        page,
        context,
        complaints,
        async barriers() {
          // Evaluated by the debugger, so the page's policy against scripts stays as it is.
          await page.evaluate(axe.source);
          const found = await page.evaluate(
            `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })`,
          );
          return (found as axe.AxeResults).violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
        },
      };
    },
    end: () => browser.close(),
  };
}
