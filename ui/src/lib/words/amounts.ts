// Sizes, rates and times as a person reads them.
import { m } from "../paraglide/messages";
import { locale, number } from "./locale";

export function size(bytes: number): string {
  const [unit, divisor] =
    bytes < 1000
      ? ([m.unit_bytes, 1] as const)
      : bytes < 999_500
        ? ([m.unit_kib, 1e3] as const)
        : bytes < 999_500_000
          ? ([m.unit_mib, 1e6] as const)
          : ([m.unit_gib, 1e9] as const);
  const value = bytes / divisor;
  return unit({ n: number(value, divisor > 1 && value < 10 ? 1 : 0) });
}

export function rate(bytesPerSecond: number): string {
  return m.unit_per_second({ size: size(bytesPerSecond) });
}

export function milliseconds(ms: number): string {
  // Nothing takes no time, and a Persian zero after a dot looks like another dot.
  return m.path_ms({ ms: number(Math.max(1, Math.round(ms))) });
}

/** How long something took or will take. */
export function duration(ms: number): string {
  // Nothing takes no time.
  const seconds = Math.max(ms, 10) / 1000;
  if (seconds < 10) return m.unit_seconds({ n: number(seconds, seconds < 0.1 ? 2 : 1) });
  if (seconds < 90) return m.unit_seconds({ n: number(Math.round(seconds)) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return m.unit_minutes({ n: number(minutes) });
  const hours = Math.round(minutes / 60);
  if (hours < 48) return m.unit_hours({ n: number(hours) });
  return days(Math.round(hours / 24));
}

export function days(count: number): string {
  return m.unit_days({ count, n: number(count) });
}

export function clock(at: number): string {
  return new Intl.DateTimeFormat(locale(), {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(at);
}

export function day(at: number): string {
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long" }).format(at);
}

export function date(at: number): string {
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", year: "numeric" }).format(at);
}
