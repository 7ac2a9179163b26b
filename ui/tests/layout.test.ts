import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import { skipped, stage } from "./scene";
import { views } from "./views.js";

/** What sticks out of the window sideways, and which control's own text is cut. */
function broken(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const told = (element: Element) =>
      `${element.tagName.toLowerCase()}.${element.className} “${element.textContent?.trim().slice(0, 40)}”`;
    for (const scroller of [document.documentElement, ...document.querySelectorAll("main, dialog .body")]) {
      if (scroller.scrollWidth > scroller.clientWidth + 1) found.push(`scrolls sideways: ${told(scroller)}`);
    }
    for (const element of document.querySelectorAll("button, h1, h2, p, label, dialog, section, li")) {
      const { left, right, width } = element.getBoundingClientRect();
      if (width > 0 && !element.closest(".unseen") && (left < -1 || right > window.innerWidth + 1))
        found.push(`sticks out: ${told(element)}`);
    }
    for (const button of document.querySelectorAll(".button, .big, nav button, .link")) {
      if (button.scrollWidth > button.clientWidth + 2 && button.clientWidth > 0) found.push(`is cut: ${told(button)}`);
    }
    return found;
  });
}

const WAYS: { name: string; query: string; size: object; text: number; some?: boolean }[] = [
  { name: "at its smallest", query: "", size: { width: 340, height: 520 }, text: 1 },
  {
    name: "at its smallest in Persian with long names",
    query: "&lang=fa&names=long",
    size: { width: 340, height: 520 },
    text: 1,
  },
  { name: "at its smallest in Russian", query: "&lang=ru", size: { width: 340, height: 520 }, text: 1, some: true },
  { name: "with text twice as large, long names", query: "&names=long", size: { width: 400, height: 680 }, text: 2 },
  { name: "with text twice as large in Persian", query: "&lang=fa", size: { width: 340, height: 520 }, text: 2 },
  // What WebKit makes of a desktop whose text is twice as large: everything is, so the window holds half as much.
  { name: "at its smallest, twice as large", query: "", size: { width: 170, height: 260 }, text: 1, some: true },
  {
    name: "at its smallest in Russian, twice as large",
    query: "&lang=ru",
    size: { width: 170, height: 260 },
    text: 1,
    some: true,
  },
  { name: "large", query: "", size: { width: 1280, height: 800 }, text: 1, some: true },
];

describe.skipIf(skipped !== null)("nothing breaks", () => {
  const { open } = stage();
  for (const way of WAYS) {
    for (const view of views) {
      if (way.some && !view.main) continue;
      test(`${view.name}, ${way.name}`, async () => {
        const { page } = await open(view.query + way.query, { ...way.size, reducedMotion: "reduce" });
        if (way.text !== 1)
          await page.evaluate((times) => (document.documentElement.style.fontSize = `${times * 100}%`), way.text);
        await view.steps?.(page);
        await page.waitForTimeout(50);
        expect(await broken(page)).toEqual([]);
      });
    }
  }

  test("what decides in a dialog stays within a window that large text has made small", async () => {
    const preview = views.find((view) => view.name === "preview")!;
    const { page } = await open(preview.query, { width: 200, height: 340, reducedMotion: "reduce" });
    await preview.steps?.(page);
    const footer = (await page.locator("dialog footer").boundingBox())!;
    expect(footer.y + footer.height).toBeLessThanOrEqual(340);
    await page.locator("dialog footer button").last().click({ trial: true });
  });
});
