// Every view that a person can come to: a scenario, and what is done in it. Tests and screenshots go through all of them.

/** @typedef {import("playwright-core").Page} Page */

const tab = (n) => (/** @type {Page} */ page) => page.keyboard.press(`Control+${n}`);
const add = (/** @type {Page} */ page) => page.keyboard.press("Control+n");

const looking = (text) => async (/** @type {Page} */ page) => {
  await add(page);
  await page.locator("#add-text").fill(text);
  await page.keyboard.press("Control+Enter");
  await page.locator("dialog footer").waitFor();
};

/** The menu of the row at a place, and its entry at a place. */
const menu = (row, entry) => async (/** @type {Page} */ page) => {
  await page.locator(".rows").evaluate((rows) => rows.scrollIntoView({ block: "start" }));
  const more = page.locator("[data-focus=more]").nth(row);
  await more.evaluate((button) => button.closest(".slot").scrollIntoView({ block: "center" }));
  await more.click();
  if (entry !== undefined) await page.getByRole("menuitem").nth(entry).click();
};

/** @type {{ name: string, query: string, main?: boolean, steps?: (page: Page) => Promise<unknown> }[]} */
export const views = [
  { name: "first-run", query: "mock=first", main: true },
  { name: "off", query: "mock=off", main: true },
  { name: "connecting", query: "mock=connecting" },
  { name: "connected", query: "mock=connected", main: true },
  { name: "whole-system", query: "mock=system" },
  { name: "chosen", query: "mock=chosen" },
  { name: "switching", query: "mock=switching" },
  { name: "blocked", query: "mock=blocked", main: true },
  { name: "sign-in", query: "mock=signIn" },
  { name: "sign-in-system", query: "mock=signInSystem" },
  { name: "no-internet", query: "mock=noInternet" },
  { name: "failed", query: "mock=failed" },
  { name: "practice", query: "mock=practice", main: true },
  { name: "unsupported", query: "mock=unsupported" },
  { name: "notices", query: "mock=notices" },
  { name: "menu", query: "mock=connected", steps: menu(1) },
  { name: "list", query: "mock=connected", main: true, steps: (page) => page.locator("#search").fill("socks") },
  { name: "nothing-found", query: "mock=connected", steps: (page) => page.locator("#search").fill("nowhere") },
  { name: "add", query: "mock=connected", main: true, steps: add },
  { name: "preview", query: "mock=connected", main: true, steps: looking("203.0.113.9:1080\nturku.example.net:3128") },
  {
    name: "preview-skipped",
    query: "mock=connected",
    steps: async (page) => {
      await looking("203.0.113.9:1080\nturku.example.net:3128")(page);
      await page.locator("summary").click();
      await page.locator("details li").last().scrollIntoViewIfNeeded();
    },
  },
  { name: "preview-one", query: "mock=off", steps: looking("tg://socks?server=203.0.113.9&port=1080") },
  { name: "ask-before-fetching", query: "mock=off", main: true, steps: looking("http://lists.example.net/friends") },
  {
    name: "by-hand",
    query: "mock=off",
    main: true,
    steps: async (page) => {
      await add(page);
      await page.locator(".way").nth(2).click();
      await page.locator("#draft-password").fill("secret");
      await page.locator("dialog .primary").click();
      await page.locator(".mistake").waitFor();
    },
  },
  {
    name: "edit",
    query: "mock=off",
    steps: async (page) => {
      await menu(0, 3)(page);
      await page.locator("#draft-host").waitFor();
    },
  },
  { name: "unlock", query: "mock=sealed", steps: (page) => page.locator("#big").click() },
  { name: "share", query: "mock=off", main: true, steps: menu(1, 2) },
  { name: "share-asks", query: "mock=off", steps: menu(0, 2) },
  { name: "removed", query: "mock=off", steps: menu(1, 6) },
  { name: "activity", query: "mock=connected", main: true, steps: tab(2) },
  {
    name: "connections",
    query: "mock=connected",
    steps: async (page) => {
      await tab(2)(page);
      await page.locator(".segments button").nth(1).click();
      await page.locator(".connection").first().waitFor();
    },
  },
  {
    name: "report",
    query: "mock=connected",
    steps: async (page) => {
      await tab(2)(page);
      await page.locator(".bar > .button").click();
      await page.locator("pre").waitFor();
    },
  },
  { name: "settings", query: "mock=connected", main: true, steps: tab(3) },
  {
    name: "settings-login",
    query: "mock=connected&tray=no",
    steps: async (page) => {
      await tab(3)(page);
      await page.locator("#login").click();
      await page.locator("#login-name").waitFor();
    },
  },
  {
    name: "unsubscribe",
    query: "mock=connected",
    steps: async (page) => {
      await tab(3)(page);
      await page.locator("section:first-of-type li .icon").nth(1).click();
    },
  },
  { name: "closing", query: "mock=connected&tray=no", steps: (page) => page.evaluate("played.outside.askClose()") },
  { name: "dropping", query: "mock=connected", steps: (page) => page.evaluate("played.outside.holdFiles(true)") },
];
