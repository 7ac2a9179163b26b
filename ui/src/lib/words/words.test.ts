import { readdirSync, readFileSync } from "node:fs";

import { afterEach, describe, expect, test } from "vitest";

import type { AppError, Code, Event, Expected, Phase, Reason, State } from "../bindings";
import { STAYS } from "../mock/samples";
import { locales } from "../paraglide/runtime";
import { duration, rate, size } from "./amounts";
import { errorText } from "./errors";
import { eventText } from "./events";
import { closest, inSentence, isolate, leftToRight, number, speak } from "./locale";
import { skipText } from "./links";
import { reasonText } from "./reasons";
import { tell } from "./state";

afterEach(() => speak("en"));

const STATE: State = {
  phase: { kind: "off" },
  practice: null,
  practicePage: null,
  listen: "127.0.0.1:1080",
  pick: { id: "1", name: "Oslo", protocol: "socks5", timeMs: 84 },
  chosen: null,
  received: 0,
  sent: 0,
  traffic: [],
  openConnections: 0,
  systemProxy: { kind: "off" },
  listRevision: 0,
  health: [],
  lastEvent: 0,
  notices: [],
};
const told = (phase: Phase, more: Partial<State> = {}) => tell({ ...STATE, ...more, phase });
const silent: Reason = { cause: { kind: "silent" }, text: "did not answer" };
const unsaid = { args: {}, link: null, cause: null };

type Message = string | { match: Record<string, string> }[];
const messages = Object.fromEntries(
  locales.map((locale) => [
    locale,
    JSON.parse(readFileSync(`messages/${locale}.json`, "utf8")) as Record<string, Message>,
  ]),
);

describe("the state sentence", () => {
  test("says what is the case, and the control does the obvious next thing", () => {
    expect(told({ kind: "off" })).toMatchObject({ sentence: "Paperwing is off", deed: "connect" });
    expect(told({ kind: "connecting", trying: 2, of: 5 })).toMatchObject({ line: "Trying 2 of 5", label: "Stop" });
    expect(told({ kind: "connected" })).toMatchObject({ sentence: "Connected through Oslo", deed: "disconnect" });
    expect(told({ kind: "switching", from: "Oslo" }).line).toContain("Oslo stopped working");
    expect(told({ kind: "blocked", retryInMs: 40_200 })).toMatchObject({
      sentence: "All proxies are blocked. Traffic is stopped.",
      line: "Nothing is sent past the proxies. Next try in 40 s.",
      deed: "tryAgain",
    });
    expect(told({ kind: "blocked", retryInMs: 0 }).line).toContain("The next connection tries one again.");
    expect(told({ kind: "signIn" })).toMatchObject({
      sentence: "This network seems to want you to sign in",
      line: "Open any page in your browser to sign in. The browser must not go through Paperwing.",
      deed: "tryAgain",
    });
    expect(told({ kind: "signIn" }, { systemProxy: { kind: "on" } })).toMatchObject({
      line: expect.stringContaining("cannot reach the sign-in page") as string,
      deed: "disconnect",
      label: "Turn off and go direct",
    });
    expect(told({ kind: "noInternet" }).sentence).toBe("No internet");
  });

  test("says which programs are covered", () => {
    expect(told({ kind: "connected" }).line).toContain("Only programs that are set to 127.0.0.1:1080");
    expect(told({ kind: "connected" }, { systemProxy: { kind: "on" } }).line).toBe(
      "Programs of this computer go through it.",
    );
  });

  test("offers a free port in the place of one that is taken", () => {
    const taken = (args: Record<string, string>) =>
      told({ kind: "failed", error: { ...unsaid, code: "portTaken", text: "", args } });
    expect(taken({ port: "1080", free: "1081" })).toMatchObject({ deed: "usePort", label: "Use port 1081 instead" });
    expect(taken({ port: "1080", holder: "tor" })).toMatchObject({
      deed: "connect",
      line: "Port 1080 is used by tor.",
    });
  });

  test("never claims protection while it practises", () => {
    expect(told({ kind: "connected" }, { practice: [] }).line).toContain("hide nothing");
  });
});

describe("events", () => {
  test("are sentences", () => {
    const events: [Event, string][] = [
      [
        { kind: "switched", from: "Oslo", to: "Riga", why: silent, tookMs: 412 },
        "Oslo did not answer. Switched to Riga in 0.4 s.",
      ],
      [{ kind: "switched", from: "Oslo", to: "Riga", why: null, tookMs: 3 }, "Switched from Oslo to Riga."],
      [
        { kind: "blocked", proxy: "Oslo", why: silent, retryInMs: 91_000 },
        "Oslo did not answer. It is left alone for 2 min.",
      ],
      [{ kind: "reloaded", proxies: 1, chosen: null }, "The list was changed: 1 proxy in use."],
      [{ kind: "trouble", what: { ...unsaid, code: "failed", text: "the disk is full" } }, "The disk is full."],
      [{ kind: "trouble", what: STAYS }, "Friends stays as it was. lists.example.net took too long."],
    ];
    for (const [event, sentence] of events) expect(eventText(event)).toBe(sentence);
  });

  test("a frozen connection is told apart from one that never answered", () => {
    const frozen: Reason = { cause: { kind: "stalled" }, text: "stopped carrying data" };
    expect(eventText({ kind: "switched", from: "Oslo", to: "Riga", why: frozen, tookMs: 400 })).toContain(
      "stopped carrying data",
    );
  });

  test("a cause is told in the person's language, and in English what another version wrote down", () => {
    speak("ru");
    expect(reasonText({ cause: { kind: "certificateExpired" }, text: "" })).toBe("просроченный сертификат");
    expect(reasonText({ cause: { kind: "other" }, text: "did something new" })).toBe("did something new");
  });
});

describe("errors", () => {
  const error = (code: Code, args: AppError["args"] = {}, text = "the english text"): AppError => ({
    ...unsaid,
    code,
    text,
    args,
  });

  test("are told by their code, in English where the code is new", () => {
    speak("ru");
    expect(errorText(error("fetchTimeout", { host: "lists.example.net" }))).toBe(
      "lists.example.net отвечает слишком долго.",
    );
    expect(errorText(error("failed"))).toBe("The english text.");
    expect(errorText(error("failed", {}, ""))).toBe("Не получилось.");
  });
});

describe("links", () => {
  test("what is wrong with one is told in the person's language", () => {
    const link = { part: { kind: "parameter", name: "pbk" }, expected: { kind: "missing" } } as const;
    expect(errorText({ ...unsaid, code: "badLink", text: "", link })).toBe(
      "That link cannot be read. Parameter pbk: missing.",
    );
    const foreign = { kind: "other", name: "Snell", ask: ["Shadowsocks", "Trojan"] } as const;
    const skipped = () => skipText({ part: { kind: "scheme" }, expected: { ...foreign, ask: [...foreign.ask] } });
    expect(skipped()).toBe("Scheme: Snell is not supported; ask for a link of this kind: Shadowsocks or Trojan");
    speak("ru");
    expect(skipped()).toContain("Shadowsocks или Trojan");
  });

  test("a VPN's and another program's own are called by their names, in every language", () => {
    const vpn = { kind: "noVpn", name: "WireGuard" } as const;
    const refused = (expected: Expected) => skipText({ part: { kind: "scheme" }, expected });
    expect(refused(vpn)).toBe(
      "Scheme: WireGuard is a VPN, not a proxy; ask for a link of this kind: Shadowsocks, Trojan or VLESS",
    );
    for (const language of locales) {
      speak(language);
      expect(refused(vpn)).toContain("WireGuard");
      expect(refused({ kind: "noSagerNet" })).toMatch(/SagerNet.*NekoBox/);
    }
  });
});

describe("amounts", () => {
  test("sizes, rates and times are short", () => {
    expect([size(0), size(999), size(1000), size(999_499), size(999_500), size(12_400_000_000)]).toEqual([
      "0 B",
      "999 B",
      "1 KB",
      "999 KB",
      "1 MB",
      "12 GB",
    ]);
    expect(rate(719_000)).toBe("719 KB/s");
    expect([duration(350), duration(9400), duration(40_000), duration(91_000), duration(86_400_000)]).toEqual([
      "0.4 s",
      "9.4 s",
      "40 s",
      "2 min",
      "24 h",
    ]);
  });

  test("numbers are written as the language writes them", () => {
    speak("fa");
    expect(number(1080)).toBe("۱٬۰۸۰");
    speak("ru");
    expect(duration(350)).toBe("0,4 с");
  });
});

describe("languages", () => {
  test("a tag finds its language, or English", () => {
    expect(["fa-IR", "zh_CN.UTF-8", "ru", "de-AT", ""].map(closest)).toEqual(["fa", "zh", "ru", "en", "en"]);
  });

  test("an address keeps its direction inside Persian; where nothing can mix, nothing is added", () => {
    expect(isolate("Oslo")).toBe("Oslo");
    expect(isolate("اسلو")).toBe("\u2068اسلو\u2069");
    speak("fa");
    expect(leftToRight("127.0.0.1:1080")).toBe("\u2066127.0.0.1:1080\u2069");
    expect(document.documentElement.dir).toBe("rtl");
  });

  test("a name of 128 characters does not take the sentence over", () => {
    expect(inSentence("N".repeat(128)).length).toBe(36);
    expect(inSentence("👩‍👩‍👧".repeat(40))).toMatch(/^(👩‍👩‍👧){35}…$/u);
  });

  test("every message is there in every language, with the same blanks to fill", () => {
    const blanks = (message: Message | undefined) =>
      [...new Set(JSON.stringify(message).match(/\{[a-z]\w*\}/gi))].filter((blank) => blank !== "{count}").sort();
    for (const locale of locales) {
      expect(Object.keys(messages[locale]!), locale).toEqual(Object.keys(messages["en"]!));
      for (const [key, message] of Object.entries(messages[locale]!))
        expect(blanks(message), `${locale} ${key}`).toEqual(blanks(messages["en"]![key]));
    }
  });

  test("no message is left that nobody says", () => {
    const said = readdirSync("src", { recursive: true, encoding: "utf8" })
      .filter((path) => /\.(ts|svelte)$/.test(path) && !path.includes("paraglide"))
      .map((path) => readFileSync(`src/${path}`, "utf8"))
      .join("\n");
    // The shell says these, in the tray and in notifications.
    const ours = Object.keys(messages["en"]!).filter((key) => !/^(\$schema|tray_|notify_)/.test(key));
    expect(ours.filter((key) => !new RegExp(`\\bm\\.${key}\\b`).test(said))).toEqual([]);
  });

  test("every plural has the forms that its language counts with", () => {
    for (const locale of locales) {
      const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories.map((form) => `plural=${form}`);
      for (const [key, message] of Object.entries(messages[locale]!)) {
        if (typeof message === "string") continue;
        expect(Object.keys(message[0]!.match).sort(), `${locale} ${key}`).toEqual([...forms].sort());
      }
    }
  });

  test("Russian counts as Russians do", () => {
    speak("ru");
    const skipped = (proxies: number) => eventText({ kind: "reloaded", proxies, chosen: null });
    expect(skipped(1)).toContain("1 прокси");
    expect(duration(3 * 86_400_000)).toBe("3 дня");
    expect(duration(5 * 86_400_000)).toBe("5 дней");
    expect(duration(21 * 86_400_000)).toBe("21 день");
  });
});
