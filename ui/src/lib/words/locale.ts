// Which language the page speaks, and numbers and names as that language writes them.
import { m } from "../paraglide/messages";
import { baseLocale, type Locale, locales, overwriteGetLocale } from "../paraglide/runtime";

let spoken: Locale = baseLocale;
overwriteGetLocale(() => spoken);

export function locale(): Locale {
  return spoken;
}

/** The language for a tag such as `fa-IR`: ours where we speak it, English elsewhere. */
export function closest(tag: string): Locale {
  const language = tag.toLowerCase().split(/[-_.]/)[0];
  return locales.find((one) => one === language) ?? baseLocale;
}

/** From now on every sentence is in this language. The caller draws the page anew. */
export function speak(language: Locale): void {
  spoken = language;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
  document.documentElement.dir = direction(language);
}

export function direction(language: Locale): "ltr" | "rtl" {
  return language === "fa" ? "rtl" : "ltr";
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(spoken, { maximumFractionDigits: digits }).format(value);
}

const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/;

/** A name that goes into a sentence and keeps its own direction there. */
export function isolate(text: string): string {
  if (direction(spoken) === "ltr" && !RIGHT_TO_LEFT.test(text)) return text;
  return `\u2068${text}\u2069`;
}

/** What the core calls a proxy of which it knows the number alone. */
const GONE = "a proxy that is gone";

/** The name of a practice proxy in the person's language; any other name as it is. */
export function shownName(name: string): string {
  if (name === GONE) return m.proxy_gone();
  const practice = /^Practice (\d+)$/.exec(name);
  return practice ? m.practice_name({ n: number(Number(practice[1])) }) : name;
}

const LONGEST_IN_A_SENTENCE = 36;

/** A name for a sentence: of a very long one the beginning. Letters that belong together stay together. */
export function inSentence(given: string): string {
  const name = shownName(given);
  if (name.length <= LONGEST_IN_A_SENTENCE) return isolate(name);
  const letters = [...new Intl.Segmenter(spoken, { granularity: "grapheme" }).segment(name)].map((one) => one.segment);
  if (letters.length <= LONGEST_IN_A_SENTENCE) return isolate(name);
  return isolate(`${letters.slice(0, LONGEST_IN_A_SENTENCE - 1).join("")}…`);
}

/** An address, which reads from left to right in every language. */
export function leftToRight(text: string): string {
  if (direction(spoken) === "ltr") return text;
  return `\u2066${text}\u2069`;
}
