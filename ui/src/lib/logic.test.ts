import { describe, expect, test, vi } from "vitest";

import { byDay } from "./activity.svelte";
import { App } from "./app.svelte";
import type { Candidate, Row, State, Told } from "./bindings";
import { area, line, spark, SPAN } from "./chart";
import { entries, port } from "./draft";
import { found, haystack, moved, stepped } from "./list.svelte";
import { Live } from "./live.svelte";
import { Played } from "./mock/core";
import { manyRows, ROWS } from "./mock/samples";
import { scenario } from "./mock/scenario";
import { inUse } from "./pick";
import { chosenAtFirst, offer } from "./preview";

const ids = (rows: Row[]) => rows.map((row) => row.id).join(" ");
const rows = ROWS.slice(0, 4);

describe("the order of the list", () => {
  test("a row goes before another, or to the end", () => {
    expect(ids(moved(rows, "vilnius", "oslo"))).toBe("vilnius oslo riga helsinki");
    expect(ids(moved(rows, "oslo", null))).toBe("riga helsinki vilnius oslo");
    expect(ids(moved(rows, "oslo", "oslo"))).toBe("oslo riga helsinki vilnius");
    expect(ids(moved(rows, "gone", "oslo"))).toBe("oslo riga helsinki vilnius");
  });

  test("a step up and a step down, and none beyond the ends", () => {
    expect(ids(moved(rows, "riga", stepped(rows, "riga", -1)!))).toBe("riga oslo helsinki vilnius");
    expect(ids(moved(rows, "helsinki", stepped(rows, "helsinki", 1)!))).toBe("oslo riga vilnius helsinki");
    expect(stepped(rows, "oslo", -1)).toBeUndefined();
    expect(stepped(rows, "vilnius", 1)).toBeUndefined();
  });

  test("an order that was not taken is put back", async () => {
    const app = await begun("?mock=off&broken");
    const before = ids(app.list.rows);
    await expect(app.list.move("riga", "oslo")).rejects.toThrow();
    expect(ids(app.list.rows)).toBe(before);
  });
});

describe("searching", () => {
  const search = (query: string) => ids(found(ROWS, ROWS.map(haystack), query));

  test("finds names, protocols by both names, addresses and subscriptions", () => {
    expect(search("dana")).toBe("vilnius");
    expect(search("VLESS")).toBe("vienna");
    expect(search("203.0.113")).toBe("oslo");
    expect(search("friends")).toBe("vienna prague");
    expect(search("socks5 riga")).toBe("riga");
    expect(search("nowhere")).toBe("");
  });

  test("does not mind case or width", () => {
    expect(search("ＯＳＬＯ")).toBe("oslo");
  });

  test("is quick over ten thousand", () => {
    const many = manyRows(10_000);
    const haystacks = many.map(haystack);
    const begunAt = performance.now();
    expect(found(many, haystacks, "porto 9766")).toHaveLength(1);
    expect(performance.now() - begunAt).toBeLessThan(200);
  });
});

describe("a preview", () => {
  const one = (
    index: number,
    known: Candidate["known"]["kind"],
    support: "carried" | "notYet" | "never",
  ): Candidate => ({
    index,
    name: "",
    protocol: "socks5",
    address: "",
    hasSecret: false,
    known: known === "no" ? { kind: "no" } : { kind: known, name: "Oslo" },
    support:
      support === "notYet"
        ? { kind: support, what: { kind: "oldVmess" } }
        : support === "never"
          ? { kind: support, why: "noCipher" }
          : { kind: "carried" },
  });

  test("what is new and can be kept is ticked at first", () => {
    const candidates = [
      one(0, "no", "carried"),
      one(1, "yes", "carried"),
      one(2, "sameAddress", "notYet"),
      one(3, "no", "never"),
    ];
    expect(chosenAtFirst(candidates)).toEqual([0, 2]);
  });

  test("a link that was pasted before can still be connected to", () => {
    const candidates = [one(0, "yes", "carried")];
    expect(chosenAtFirst(candidates)).toEqual([0]);
    expect(offer(candidates, new Set([0]))).toEqual({ add: false, connect: true });
  });

  test("what cannot be carried yet can be kept, not connected to", () => {
    expect(offer([one(0, "no", "notYet")], new Set([0]))).toEqual({ add: true, connect: false });
  });
});

describe("charts", () => {
  test("the newest value is at the right, and a short history leaves the left empty", () => {
    expect(line([0, 10], 10)).toBe(`M${SPAN - 2} 31.50L${SPAN - 1} 1.00`);
    expect(area([0, 10], 10).endsWith(`L${SPAN - 1} 31.5Z`)).toBe(true);
    expect(line([], 10)).toBe("");
  });

  test("a failed test has no height, and times that are alike stay alike", () => {
    expect(spark([100, null, 100]).map((dot) => dot.y)).toEqual([0, null, 0]);
    expect(spark([100, 104])[1]!.y!).toBeLessThan(0.2);
  });
});

describe("what is typed into the settings", () => {
  test("entries are parted by lines, commas or spaces, and named once", () => {
    expect(entries("localhost, *.lan\n\n10.0.0.0/8  *.lan;")).toEqual(["localhost", "*.lan", "10.0.0.0/8"]);
  });

  test("a port is a port in Persian digits too", () => {
    expect(["1080", " ۱۰۸۰ ", "0", "65536", "10.5", ""].map(port)).toEqual([1080, 1080, null, null, null, null]);
  });
});

test("events are told newest first, by day", () => {
  const told = (number: number, at: number): Told => ({ number, at, event: { kind: "connected" } });
  const noon = new Date(2026, 2, 14, 12).getTime();
  const days = byDay([told(1, noon - 86_400_000), told(2, noon), told(3, noon + 1000)]);
  expect(days.map((day) => day.events.map((one) => one.number))).toEqual([[3, 2], [1]]);
});

async function begun(search: string): Promise<App> {
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  const core = new Played(scenario(`${search}&still`));
  const app = new App(core, await core.about());
  await app.begin();
  await app.watch();
  return app;
}

describe("the page", () => {
  test("comes back to where the person was", async () => {
    const app = await begun("?mock=off");
    app.tab = "settings";
    app.list.query = "oslo";
    const core = new Played(scenario(`?mock=off&still&place=${encodeURIComponent(app.place)}`));
    const again = new App(core, await core.about());
    await again.begin();
    expect([again.tab, again.list.query]).toEqual(["settings", "oslo"]);
  });

  test("speaks the system's language until told otherwise, and takes another at once", async () => {
    const app = await begun("?mock=off&lang=fa");
    expect(document.documentElement.dir).toBe("rtl");
    app.take({ ...app.settings!, language: "en", theme: "dark" });
    expect(document.documentElement.dir).toBe("ltr");
    expect(document.documentElement.dataset["theme"]).toBe("dark");
  });

  test("says what fails, and goes on", async () => {
    const app = await begun("?mock=off&broken");
    await app.readText("anything");
    expect(app.toasts.shown.map((toast) => toast.text)).toEqual(["The disk is full."]);
    expect(app.over).toBeNull();
  });

  test("changed health redraws the row it belongs to and forgets the rows that are gone", async () => {
    const app = await begun("?mock=off");
    await app.core.remove(["riga"]);
    await app.list.follow(app.live.state.listRevision);
    expect(app.live.health.has("riga")).toBe(false);
    expect(app.live.health.has("oslo")).toBe(true);
  });
});

describe("in use", () => {
  const pick = { id: "oslo", name: "Oslo", protocol: "socks5", timeMs: 84 };
  const state = (kind: "connected" | "blocked" | "noInternet" | "connecting" | "off", blocked?: boolean): State => ({
    ...new Live().state,
    phase:
      kind === "blocked" ? { kind, retryInMs: null } : kind === "connecting" ? { kind, trying: 1, of: 2 } : { kind },
    pick,
    practice: blocked === undefined ? null : [{ id: "oslo", name: "Oslo", blocked }],
  });

  test("is the pick that carries, and nothing else", () => {
    expect(inUse(state("connected"), "oslo", "healthy")).toBe(true);
    expect(inUse(state("connected"), "oslo", "suspect")).toBe(true);
    expect(inUse(state("connected"), "riga", "healthy")).toBe(false);
  });

  test("is not said of a pick that is blocked, refuses us or was blocked by hand", () => {
    expect(inUse(state("connected"), "oslo", "blocked")).toBe(false);
    expect(inUse(state("connected"), "oslo", "rejected")).toBe(false);
    expect(inUse(state("connected", true), "oslo", "healthy")).toBe(false);
    expect(inUse(state("connected", false), "oslo", "healthy")).toBe(true);
  });

  test("is said only while traffic goes through", () => {
    for (const kind of ["blocked", "noInternet", "connecting", "off"] as const)
      expect(inUse(state(kind), "oslo", "healthy"), kind).toBe(false);
  });
});
