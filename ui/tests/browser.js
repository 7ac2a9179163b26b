// The page in a real browser, under the policy that the shell sets, with a scenario in the place of the program behind it.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { contentSecurityPolicy } from "../scripts/csp.js";

const ROOT = fileURLToPath(new URL("../dist-mock/", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

export const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Why the browser's tests cannot run here; null where they can. */
export function missing() {
  if (!existsSync(browserPath)) return `there is no Chromium at ${browserPath}`;
  if (!existsSync(join(ROOT, "index.html"))) return "the page is not built: npm run build:mock";
  return null;
}

export async function serve() {
  const server = createServer((request, answer) => {
    const path = normalize(new URL(request.url ?? "/", "http://page").pathname);
    const file = join(ROOT, path === "/" ? "index.html" : path);
    if (!file.startsWith(ROOT) || !existsSync(file)) return answer.writeHead(404).end();
    answer.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Security-Policy": contentSecurityPolicy,
    });
    answer.end(readFileSync(file));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
  const { port } = server.address();
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() };
}

export function launch() {
  return chromium.launch({
    executablePath: browserPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Opens a scenario; `complaints` gathers what the page's console says of errors and of its policy. */
export async function open(browser, origin, query, { width = 400, height = 680, scale = 1, ...context } = {}) {
  const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: scale, ...context });
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${origin}/?${query}`);
  await page.locator(".window").waitFor();
  return { page, complaints };
}
