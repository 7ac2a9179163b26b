// One browser and one server for the tests of a file, or the reason why there is none.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

import { launch, missing, open, serve } from "./browser.js";

export const skipped = missing();
if (skipped !== null) {
  if (process.env["CI"] === "true") throw new Error(`the page's tests cannot run: ${skipped}`);
  console.log(`SKIPPED: ${skipped}`);
}

type Opened = { page: Page; complaints: string[] };

export function stage(): { open: (query: string, options?: object) => Promise<Opened> } {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serve>>;
  const pages: Page[] = [];
  beforeAll(async () => {
    if (skipped !== null) return;
    [browser, server] = await Promise.all([launch(), serve()]);
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });
  return {
    async open(query, options = {}) {
      // One page at a time: a machine with two cores has enough to do with one.
      for (const page of pages.splice(0)) await page.close();
      const opened = (await open(browser, server.origin, `${query}&still`, options)) as Opened;
      pages.push(opened.page);
      return opened;
    },
  };
}

/** What was asked of the program behind the page. */
export function calls(page: Page): Promise<string[]> {
  return page.evaluate(() => (globalThis as unknown as { played: { calls: string[] } }).played.calls);
}
