import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { AxeResults } from "axe-core";
import { describe, expect, test } from "vitest";

import { skipped, stage } from "./scene";
import { views } from "./views.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const WAYS = [
  { name: "light", query: "", options: { reducedMotion: "reduce" } },
  { name: "dark", query: "&theme=dark", options: { reducedMotion: "reduce" } },
  { name: "Persian", query: "&lang=fa", options: { reducedMotion: "reduce" } },
] as const;

describe.skipIf(skipped !== null)(
  "every view is clean to axe-core, and to the policy, and quiet in the console",
  () => {
    const { open } = stage();
    for (const view of views) {
      for (const way of WAYS) {
        if (way.name === "Persian" && !view.main) continue;
        test(`${view.name}, ${way.name}`, async () => {
          const { page, complaints } = await open(view.query + way.query, way.options);
          await view.steps?.(page);
          await page.waitForTimeout(50);
          // Not as a script element: the page's policy forbids those.
          const { violations } = (await page.evaluate(`${axe}; axe.run(document)`)) as AxeResults;
          const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
          expect(told).toEqual([]);
          expect(complaints).toEqual([]);
        });
      }
    }
  },
);
