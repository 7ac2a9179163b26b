import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";

import type { Origin, Read } from "../src/lib/bindings";
import type { Core, Outside } from "../src/lib/core";
import { calls, skipped, stage } from "./scene";

describe.skipIf(skipped !== null)("what a person does", () => {
  const { open } = stage();

  async function names(page: Page): Promise<string[]> {
    return page.locator("[role=row] .name").allTextContents();
  }

  test("where the network wants a sign-in, turning off is at hand, and the first thing where the browser comes through here", async () => {
    for (const [mock, first] of [
      ["signIn", "Try again"],
      ["signInSystem", "Turn off and go direct"],
    ]) {
      const { page } = await open(`mock=${mock}`);
      await page.getByRole("heading", { name: "This network seems to want you to sign in" }).waitFor();
      expect(await page.locator("#big").textContent()).toBe(first);
      await page.getByRole("button", { name: "Turn off and go direct" }).click();
      expect(await calls(page)).toEqual(["disconnect"]);
    }
  });

  test("a pasted link is shown first; cancelling leaves nothing", async () => {
    const { page } = await open("mock=first");
    await page.evaluate(() => {
      const clip = new DataTransfer();
      clip.setData("text/plain", "tg://socks?server=203.0.113.9&port=1080");
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: clip, bubbles: true }));
    });
    await page.getByRole("heading", { name: "1 proxy found" }).waitFor();
    await page.getByText("Whoever runs this proxy can see which sites you visit").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    expect(await calls(page)).toEqual(["read paste", "cancelRead"]);
    await page.getByRole("heading", { name: "Add your first proxy" }).waitFor();
  });

  test("add and connect, in one press", async () => {
    const { page } = await open("mock=first");
    await page.getByRole("button", { name: /Type it in/ }).click();
    await page.locator("#add-text").fill("tg://socks?server=203.0.113.9&port=1080");
    await page.getByRole("button", { name: "Show what is in it" }).click();
    await page.getByRole("button", { name: "Add and connect" }).click();
    await page.getByRole("heading", { name: "Connected through Bergen" }).waitFor();
    expect(await calls(page)).toContain("add 0 connect once");
  });

  test("nobody is asked for a list before the person says so", async () => {
    const { page } = await open("mock=off");
    await page.keyboard.press("Control+n");
    await page.locator("#add-text").fill("http://lists.example.net/friends");
    await page.keyboard.press("Control+Enter");
    await page.getByText("The address is not encrypted").waitFor();
    expect(await calls(page)).toEqual(["read address"]);
    await page.getByRole("button", { name: /^Ask / }).click();
    await page.getByText("Keep the address as a subscription").waitFor();
    expect(await calls(page)).toEqual(["read address", "fetch"]);
  });

  test("only what is ticked is added", async () => {
    const { page } = await open("mock=off");
    await page.keyboard.press("Control+n");
    await page.locator("#add-text").fill("203.0.113.9:1080\nturku.example.net:3128");
    await page.keyboard.press("Control+Enter");
    await page.getByLabel(/Add .*Bergen/).uncheck();
    await page.getByText("2 entries skipped").click();
    await page.getByText("Port: missing").waitFor();
    await page.getByRole("button", { name: "Add", exact: true }).last().click();
    expect(await calls(page)).toContain("add 1,3,4 keep once");
  });

  test("a form that is not right says where, and is not kept", async () => {
    const { page } = await open("mock=off");
    await page.keyboard.press("Control+n");
    await page.getByRole("button", { name: "Type it in by hand…" }).click();
    await page.locator("#draft-host").fill("203.0.113.50");
    await page.locator("#draft-port").fill("99999");
    await page.getByRole("button", { name: "Add", exact: true }).last().click();
    await page.locator("#draft-port-wrong").waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("draft-port");
    expect(await calls(page)).toEqual([]);
  });

  test("what needs the passphrase asks for it, and is done once it is right", async () => {
    const { page } = await open("mock=sealed");
    await page.locator("#big").click();
    await page.locator("#passphrase").fill("battery staple");
    await page.keyboard.press("Enter");
    await page.getByText("That is not the passphrase.").waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("passphrase");
    await page.keyboard.type("correct horse");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Connected through" }).waitFor();
    expect(await page.locator("dialog").count()).toBe(0);
    expect(await calls(page)).toEqual(["connect", "unlock", "unlock", "connect"]);
  });

  test("who gives no passphrase is told what for it was needed, and nothing was done", async () => {
    const { page } = await open("mock=sealed");
    await page.locator("#big").click();
    await page.locator("#passphrase").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("The passphrase is needed first").waitFor();
    expect(await calls(page)).toEqual(["connect"]);
  });

  test("a click uses this one, a second click goes back to automatic", async () => {
    const { page } = await open("mock=connected");
    const riga = page.locator("[data-id=riga] [data-focus=use]");
    await riga.click();
    await page.getByRole("heading", { name: "Connected through Riga" }).waitFor();
    await page.getByText("chosen by you").waitFor();
    await riga.click();
    await page.getByText("chosen by you").waitFor({ state: "detached" });
    expect(await calls(page)).toEqual(["choose riga", "choose null"]);
  });

  test("Alt with an arrow moves a row, and the focus goes with it", async () => {
    const { page } = await open("mock=off");
    await page.locator("[data-id=oslo] [data-focus=use]").focus();
    await page.keyboard.press("Alt+ArrowDown");
    await page.waitForFunction(() => document.querySelector("[role=row]")?.getAttribute("data-id") === "riga");
    await page.waitForFunction(() => document.activeElement?.closest("[data-id]")?.getAttribute("data-id") === "oslo");
    expect(await calls(page)).toEqual(["reorder oslo helsinki"]);
    await page.getByText("Oslo is now number 2").waitFor({ state: "attached" });
  });

  test("a row can be dragged to another place; the drop is no click", async () => {
    const { page } = await open("mock=off", { height: 1200 });
    const from = (await page.locator("[data-id=tallinn]").boundingBox())!;
    const to = (await page.locator("[data-id=riga]").boundingBox())!;
    await page.mouse.move(from.x + 80, from.y + 20);
    await page.mouse.down();
    await page.mouse.move(from.x + 80, from.y - 20, { steps: 3 });
    await page.mouse.move(to.x + 80, to.y + 4, { steps: 5 });
    await page.mouse.up();
    await page.waitForFunction(() => document.querySelectorAll("[role=row]")[1]?.getAttribute("data-id") === "tallinn");
    expect(await calls(page)).toEqual(["reorder tallinn riga"]);
  });

  test("a drag is given up with Escape", async () => {
    const { page } = await open("mock=off", { height: 1200 });
    const from = (await page.locator("[data-id=tallinn]").boundingBox())!;
    await page.mouse.move(from.x + 80, from.y + 20);
    await page.mouse.down();
    await page.mouse.move(from.x + 80, from.y - 90, { steps: 4 });
    await page.keyboard.press("Escape");
    await page.mouse.up();
    expect(await calls(page)).toEqual([]);
  });

  test("what was removed can be brought back", async () => {
    const { page } = await open("mock=off", { height: 1200 });
    await page.locator("[data-id=riga] [data-focus=use]").focus();
    await page.keyboard.press("Delete");
    await page.locator("[data-id=riga]").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await page.locator("[data-id=riga]").waitFor();
    expect((await names(page)).slice(0, 2)).toEqual(["Oslo", "Riga"]);
  });

  test("ten thousand: a few rows in the page, any of them found at once, the last one reached by a key", async () => {
    const { page } = await open("mock=connected&rows=10000");
    await page.getByText("10,000 proxies").waitFor();
    expect(await page.locator("[role=row]").count()).toBeLessThan(40);
    await page.locator("[role=row] [data-focus=use]").first().focus();
    await page.keyboard.press("End");
    await page.waitForFunction(() => document.activeElement?.closest("[data-id]")?.getAttribute("data-id") === "p9999");
    await page.keyboard.press("Home");
    await page.waitForFunction(() => document.activeElement?.closest("[data-id]")?.getAttribute("data-id") === "p0");
    const took = await page.evaluate(async () => {
      const field = document.querySelector<HTMLInputElement>("#search")!;
      const begun = performance.now();
      field.value = "porto 9766";
      field.dispatchEvent(new Event("input", { bubbles: true }));
      while (document.querySelectorAll("[role=row]").length !== 1) await new Promise(requestAnimationFrame);
      return performance.now() - begun;
    });
    expect(await names(page)).toEqual(["Porto 9766"]);
    // A frame or two; the limit is for machines that are busy with something else.
    expect(took).toBeLessThan(500);
  });

  test("the menu walks with the arrows, closes with Escape, and the focus goes back", async () => {
    const { page } = await open("mock=off", { height: 1200 });
    await page.locator("[data-id=riga] [data-focus=more]").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toMatch(/^Share/);
    await page.keyboard.press("Escape");
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset["focus"])).toBe("more");
  });

  test("a link with a password is shown only after a question", async () => {
    const { page } = await open("mock=off", { height: 1200 });
    await page.locator("[data-id=oslo] [data-focus=more]").click();
    await page.getByRole("menuitem", { name: "Share…" }).click();
    await page.getByText("The link holds the password").waitFor();
    expect(await page.content()).not.toContain("not-a-real-one");
    await page.getByRole("button", { name: "Copy the link without showing it" }).click();
    await page.getByText("Copied.").waitFor();
    expect(await calls(page)).toEqual(["copySecret oslo"]);
    await page.getByRole("button", { name: "Show link and QR code" }).click();
    await page.getByRole("img", { name: /QR code/ }).waitFor();
  });

  test("Escape closes what lies over the window, and the focus goes back to where it was", async () => {
    const { page } = await open("mock=off");
    await page.getByRole("button", { name: "Add", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.locator("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Add");
  });

  test("practice: block the one in use and watch the switch", async () => {
    const { page } = await open("mock=first");
    await page.getByRole("button", { name: "Try it with practice proxies" }).click();
    await page.getByRole("switch", { name: /Block .*Practice 1/ }).click();
    await page.getByRole("heading", { name: "Switching to another proxy" }).waitFor();
    await page.getByRole("heading", { name: "Connected through Practice 2" }).waitFor();
  });

  test("another language is spoken at once, and its direction holds", async () => {
    const { page } = await open("mock=connected");
    await page.keyboard.press("Control+3");
    await page.locator("#language").selectOption("fa");
    await page.getByRole("button", { name: "تنظیمات" }).waitFor();
    expect(await page.evaluate(() => [document.documentElement.dir, document.documentElement.lang])).toEqual([
      "rtl",
      "fa",
    ]);
    await page.locator("#language").selectOption("zh");
    await page.getByRole("button", { name: "设置" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dir)).toBe("ltr");
  });

  test("the tray's icon is drawn for the panel that the person has, where there is a tray", async () => {
    const { page } = await open("mock=connected");
    await page.keyboard.press("Control+3");
    await page.locator("#tray-icon").selectOption({ label: "Light, for a dark panel" });
    const kept = () =>
      (globalThis as unknown as { played: Core }).played.settings().then((settings) => settings.trayIcon);
    await expect.poll(() => page.evaluate(kept)).toBe("forDark");
    const { page: without } = await open("mock=connected&tray=no");
    await without.keyboard.press("Control+3");
    await without.locator("#theme").waitFor();
    expect(await without.locator("#tray-icon").count()).toBe(0);
  });

  test("the page that went and came back shows what it showed", async () => {
    const place = encodeURIComponent(JSON.stringify({ tab: "main", part: "events", query: "", scroll: 6000 }));
    const { page } = await open(`mock=connected&rows=10000&place=${place}`);
    // The list corrects itself by some pixels once it has measured its rows.
    await page.waitForFunction(() => Math.abs(document.querySelector("main")!.scrollTop - 6000) < 100);
    await page.locator("[data-id=p100]").waitFor();
    await page.locator("main").evaluate((main) => (main.scrollTop = 9000));
    const kept = () => (globalThis as unknown as { played: { kept: string } }).played.kept;
    await expect.poll(() => page.evaluate(kept)).toMatch(/"tab":"main".*"scroll":90\d\d\}/);
  });

  test("a taken port is replaced by a free one", async () => {
    const { page } = await open("mock=failed");
    await page.getByText("Port 1080 is used by another program.", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Use port 1081 instead" }).click();
    expect(await calls(page)).toContain("usePortAndConnect 1081");
  });

  test("what fails is said", async () => {
    const { page } = await open("mock=off&broken");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByText("The disk is full.").waitFor();
  });

  test("without internet a person can try again and add a proxy, for a censor may be what is in the way", async () => {
    const { page } = await open("mock=noInternet");
    await page.getByRole("button", { name: "Add a proxy" }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Try again" }).click();
    expect(await calls(page)).toEqual(["tryAgain"]);
  });

  test("where nothing opens Telegram's links, the link is there to be copied and opened by hand", async () => {
    const { page } = await open("mock=connected&telegram=no");
    await page.getByRole("button", { name: "Use in Telegram" }).click();
    await page.getByText("Copy the link and open it in a chat in Telegram.").waitFor();
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    expect(await calls(page)).toEqual(["telegram", "copy tg://socks?server=127.0.0.1&port=1080"]);
  });

  test("without a tray closing asks, and staying is the first answer", async () => {
    const { page } = await open("mock=connected&tray=no");
    await page.evaluate("played.outside.askClose()");
    await page.getByRole("alertdialog", { name: "Quit Paperwing?" }).waitFor();
    await page.keyboard.press("Enter");
    expect(await calls(page)).toContain("answerClose false");
  });

  test("what arrives while something lies over the window waits its turn", async () => {
    const { page } = await open("mock=connected&tray=no");
    await page.keyboard.press("Control+n");
    await page.locator("#add-text").fill("half a li");
    await page.evaluate(async () => {
      // The page's own, which the shell would call.
      const { played } = window as unknown as { played: { outside: Outside; read(origin: Origin): Promise<Read> } };
      played.outside.read(await played.read({ kind: "link", link: "tg://socks?server=203.0.113.9&port=1080" }));
      played.outside.askClose();
    });
    // A question about the end comes first, and the person is back afterwards.
    await page.getByRole("alertdialog", { name: "Quit Paperwing?" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#add-text").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "1 proxy found" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
  });

  test("a row that cannot be used says why when it is clicked", async () => {
    const { page } = await open("mock=connected");
    await page.locator("#search").fill("mtproto");
    await page.locator("[data-focus=use]").first().click({ force: true });
    await page.getByText(/was not chosen: only Telegram can use this/).waitFor();
    expect((await calls(page)).filter((call) => call.startsWith("choose"))).toEqual([]);
  });

  test("everything of the first view is reached with the Tab key, and one row stands for the list", async () => {
    const { page } = await open("mock=connected");
    const reached: string[] = [];
    for (let press = 0; press < 20; press += 1) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(() => {
          const here = document.activeElement as HTMLElement;
          return here.getAttribute("aria-label") ?? here.textContent?.trim().split("\n")[0] ?? "";
        }),
      );
    }
    for (const name of [
      "Proxies",
      "Activity",
      "Settings",
      "Disconnect",
      "Use for the whole system",
      "Use in Telegram",
      "Add",
      "Search",
      "Test all",
    ])
      expect(reached).toContain(name);
    expect(reached.filter((name) => name.startsWith("More about"))).toHaveLength(1);
  });
});
