// Every view as a person sees it, into a folder: npm run screenshots [FOLDER] [NAME...]
// Light and dark, English and Persian; the main views in Russian and Chinese too.
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { launch, missing, open, serve } from "../tests/browser.js";
import { views } from "../tests/views.js";

const why = missing();
if (why !== null) {
  console.error(why);
  process.exit(1);
}

const [folder = mkdtempSync(join(tmpdir(), "paperwing-screenshots-")), ...names] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const [server, browser] = await Promise.all([serve(), launch()]);

for (const view of views) {
  if (names.length > 0 && !names.includes(view.name)) continue;
  const languages = view.main ? ["en", "fa", "ru", "zh"] : ["en", "fa"];
  for (const language of languages) {
    for (const theme of language === "en" || language === "fa" ? ["light", "dark"] : ["light"]) {
      const query = `${view.query}&lang=${language}&theme=${theme}&still`;
      const { page } = await open(browser, server.origin, query, { scale: 2, reducedMotion: "reduce" });
      await view.steps?.(page);
      await page.waitForTimeout(100);
      await page.screenshot({ path: join(folder, `${view.name}-${language}-${theme}.png`) });
      await page.close();
    }
  }
}

await browser.close();
server.close();
console.log(folder);
