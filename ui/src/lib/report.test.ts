import { describe, expect, test } from "vitest";

import type { About, AppError, State, Told } from "./bindings";
import { Live } from "./live.svelte";
import { NOW, ROWS } from "./mock/samples";
import { report, stamp } from "./report";
import { speak } from "./words/locale";

const ABOUT: About = {
  version: "0.1.0",
  system: "linux x86_64",
  tray: true,
  systemProxySupported: true,
  locale: "en",
  profileDir: "/home/dana/.config/paperwing",
};
const STATE: State = { ...new Live().state, phase: { kind: "connected" } };
const refused = { cause: { kind: "refused" }, text: "refused the connection" } as const;
const error = (code: AppError["code"], args: AppError["args"], cause: AppError | null = null): AppError => ({
  code,
  text: `${JSON.stringify(args)} in English`,
  args,
  link: null,
  cause,
});
const EVENTS: Told[] = (
  [
    { kind: "listening", address: "127.0.0.1:1080" },
    { kind: "switched", from: "Oslo", to: "Secret place", why: refused, tookMs: 412 },
    { kind: "blocked", proxy: "Riga", why: { cause: { kind: "other" }, text: "hid at 203.0.113.7" }, retryInMs: 9000 },
    { kind: "refreshed", list: "Friends", added: 2, removed: 1 },
    {
      kind: "trouble",
      what: error(
        "subscriptionStays",
        { name: "Friends" },
        error("fetchStatus", { host: "lists.example.net", status: "403" }),
      ),
    },
    { kind: "trouble", what: error("failed", { path: "/home/dana/secret" }) },
    { kind: "trouble", what: error("newHostKey", { server: "ssh.example.net:22", fingerprint: "SHA256:abc" }) },
    { kind: "trouble", what: error("unreadable", { name: "Oslo", more: "2" }, error("keyLocked", {})) },
  ] as const
).map((event, index) => ({ number: index + 1, at: NOW, event }) as Told);

describe("the report", () => {
  test("can be read: sentences, versions, local times with how far they are from UTC", () => {
    const text = report({ about: ABOUT, state: STATE, rows: ROWS, events: EVENTS, now: NOW });
    expect(text).toContain("Paperwing 0.1.0, linux x86_64");
    expect(text).toMatch(/proxy 4: HTTPS · blocked · 95\sms · refused the connection/);
    expect(text).toContain("proxy 1 refused the connection. Switched to a proxy in");
    expect(text).toContain("… stays as it was. … answered 403.");
    expect(text).toMatch(/^ {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d {2}Programs can connect/m);
    expect(Date.parse(stamp(NOW))).toBe(NOW);
  });

  test("names neither proxies, lists and servers nor addresses and folders, in no language", () => {
    for (const language of ["en", "ru", "fa", "zh"] as const) {
      speak(language);
      const text = report({ about: ABOUT, state: STATE, rows: ROWS, events: EVENTS, now: NOW });
      const told = [
        "Secret place",
        "Friends",
        "lists.example",
        "ssh.example",
        "SHA256",
        "/home/dana",
        "127.0.0.1",
        "hid at",
      ];
      for (const row of ROWS) told.push(row.address, ...(row.name === "Telegram only" ? [] : [row.name]));
      for (const one of told) expect(text, `${language}: ${one}`).not.toContain(one);
    }
    speak("en");
  });
});
