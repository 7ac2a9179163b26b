// How things stand, as a text that can be shown to strangers: times, states and reasons, but no name and no address.
import type { About, AppError, Event, Row, State, Told } from "./bindings";
import { m } from "./paraglide/messages";
import { milliseconds } from "./words/amounts";
import { eventText } from "./words/events";
import { isolate, number } from "./words/locale";
import { protocolName } from "./words/protocols";
import { reasonText, supportText, verdictWord } from "./words/reasons";
import { tell } from "./words/state";

/** More proxies than a helper reads. */
const MOST_ROWS = 100;

export type Facts = { about: About; state: State; rows: readonly Row[]; events: readonly Told[]; now: number };

export function report({ about, state, rows, events, now }: Facts): string {
  const names = new Map(rows.map((row, index) => [row.name, m.report_proxy({ n: number(index + 1) })]));
  return [
    `Paperwing ${about.version}, ${about.system}`,
    `${stamp(now)}  ${isolate(tell(state).short)}`,
    "",
    `${m.list_title()}: ${m.list_count({ count: rows.length, n: number(rows.length) })}`,
    ...rows.slice(0, MOST_ROWS).map((row, index) => `  ${m.report_proxy({ n: number(index + 1) })}: ${rowText(row)}`),
    ...(rows.length > MOST_ROWS ? [`  ${m.preview_skipped_more({ n: number(rows.length - MOST_ROWS) })}`] : []),
    "",
    `${m.activity_events()}:`,
    ...events.map((told) => `  ${stamp(told.at)}  ${isolate(eventText(redacted(told.event, names)))}`),
    "",
  ].join("\n");
}

function rowText({ protocol, support, health }: Row): string {
  // A flow, a plugin or a cipher is a word of the link's own, so only that it cannot be used is said.
  const unusable = support.kind === "notYet" ? m.row_not_yet_at_all() : supportText(support);
  const time = health.timeMs === null ? [] : [milliseconds(health.timeMs)];
  const why = health.why === null || health.why.cause.kind === "other" ? [] : [reasonText(health.why)];
  return [protocolName(protocol), ...(unusable ? [unusable] : [verdictWord(health.verdict), ...time, ...why])]
    .map(isolate)
    .join(" · ");
}

/** Local time as ISO 8601 writes it, with how far it is from UTC. */
export function stamp(at: number): string {
  const offset = -new Date(at).getTimezoneOffset();
  const two = (value: number) => String(Math.trunc(value)).padStart(2, "0");
  const local = new Date(at + offset * 60_000).toISOString().slice(0, 19);
  const [hours, minutes] = [Math.abs(offset) / 60, Math.abs(offset) % 60];
  return `${local}${offset < 0 ? "-" : "+"}${two(hours)}:${two(minutes)}`;
}

/** The event with numbers in the place of names. What may be anything is left out. */
function redacted(event: Event, names: ReadonlyMap<string, string>): Event {
  const name = (given: string) => names.get(given) ?? (/^Practice \d+$/.test(given) ? given : m.report_some_proxy());
  switch (event.kind) {
    case "listening":
      return { ...event, address: "…" };
    case "switched":
      return { ...event, from: name(event.from), to: name(event.to), why: event.why && known(event.why) };
    case "blocked":
    case "rejected":
      return { ...event, proxy: name(event.proxy), why: known(event.why) };
    case "recovered":
      return { ...event, proxy: name(event.proxy) };
    case "refreshed":
      return { ...event, list: "…" };
    case "trouble":
      return { ...event, what: redactedError(event.what) };
    default:
      return event;
  }
}

/** Words that an earlier version wrote down may say anything. */
function known<R extends { cause: { kind: string }; text: string }>(why: R): R {
  return why.cause.kind === "other" ? { ...why, text: "…" } : why;
}

/** What fills a sentence and names neither a person's places nor servers. */
const HARMLESS = new Set(["port", "free", "line", "status", "more", "protocol", "whence"]);

function redactedError(error: AppError): AppError {
  const args = Object.entries(error.args).map(([name, value]) => [name, HARMLESS.has(name) ? value : "…"]);
  return {
    ...error,
    text: error.code === "failed" ? "" : "…",
    args: Object.fromEntries(args),
    cause: error.cause && redactedError(error.cause),
  };
}
