// A scenario in the page's address: ?mock=connected&lang=fa&theme=dark&rows=10000&names=long&tray=no&telegram=no&still
import type { AppError, Phase, Row, State } from "../bindings";
import { LONG_ROWS, manyRows, PRACTICE_ROWS, ROWS, SETTINGS, STAYS, traffic } from "./samples";

export type Scenario = {
  name: string;
  state: State;
  rows: Row[];
  language: string;
  theme: "system" | "light" | "dark";
  tray: boolean;
  /** Whether there is a program that opens Telegram's links. */
  telegram: boolean;
  /** Nothing moves by itself: for pictures. */
  still: boolean;
  /** Every call fails. */
  broken: boolean;
  /** Where the person was when the page was last here. */
  place: string | null;
};

const TAKEN: AppError = {
  code: "portTaken",
  text: "Port 1080 is used by another program.",
  args: { port: "1080", free: "1081" },
  link: null,
  cause: null,
};

const PHASES: Record<string, Phase> = {
  off: { kind: "off" },
  first: { kind: "off" },
  sealed: { kind: "off" },
  connecting: { kind: "connecting", trying: 2, of: 5 },
  connected: { kind: "connected" },
  system: { kind: "connected" },
  chosen: { kind: "connected" },
  unsupported: { kind: "connected" },
  notices: { kind: "connected" },
  switching: { kind: "switching", from: "Oslo" },
  blocked: { kind: "blocked", retryInMs: 40_000 },
  signIn: { kind: "signIn" },
  signInSystem: { kind: "signIn" },
  noInternet: { kind: "noInternet" },
  practice: { kind: "connected" },
  failed: { kind: "failed", error: TAKEN },
};

export function scenario(search: string): Scenario {
  const asked = new URLSearchParams(search);
  const name = asked.get("mock") ?? "first";
  const phase = PHASES[name] ?? { kind: "off" };
  const many = Number(asked.get("rows") ?? 0);
  const rows =
    name === "first" || name === "practice"
      ? []
      : many > 0
        ? manyRows(many)
        : asked.get("names") === "long"
          ? LONG_ROWS
          : ROWS;
  const up = phase.kind !== "off" && phase.kind !== "failed";
  const first = rows[0];
  const picked = phase.kind === "connected" && first;
  const state: State = {
    phase,
    practice: name === "practice" ? PRACTICE_ROWS : null,
    practicePage: name === "practice" ? "http://127.0.0.1:45159/" : null,
    listen: up ? "127.0.0.1:1080" : null,
    pick:
      name === "practice"
        ? { id: "practice1", name: "Practice 1", protocol: "socks5", timeMs: 2 }
        : picked
          ? { id: first.id, name: first.name, protocol: first.protocol, timeMs: first.health.timeMs }
          : null,
    chosen: name === "chosen" ? (first?.id ?? null) : null,
    received: 0,
    sent: 0,
    traffic: up && phase.kind !== "connecting" ? traffic(phase.kind === "connected" ? 0 : 15) : [],
    openConnections: phase.kind === "connected" ? 14 : 0,
    systemProxy:
      name === "unsupported"
        ? {
            kind: "unsupported",
            shell: ["export ALL_PROXY=socks5h://127.0.0.1:1080", "export HTTPS_PROXY=http://127.0.0.1:1080"],
          }
        : { kind: ["system", "blocked", "signInSystem"].includes(name) ? "on" : "off" },
    listRevision: 1,
    health: rows.map(({ id, health }) => ({ id, health })),
    lastEvent: 16,
    notices:
      name === "notices"
        ? [
            { code: "keyLocked", what: null },
            { code: "settingRestored", what: null },
            { code: "trouble", what: STAYS },
          ]
        : [],
  };
  return {
    name,
    state,
    rows,
    language: asked.get("lang") ?? "en",
    theme: (asked.get("theme") as Scenario["theme"] | null) ?? SETTINGS.theme,
    tray: asked.get("tray") !== "no",
    telegram: asked.get("telegram") !== "no",
    still: asked.has("still"),
    broken: asked.has("broken"),
    place: asked.get("place"),
  };
}
