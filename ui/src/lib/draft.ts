// What a person types into the settings, on its way to what is kept.

/** One entry a line; commas and spaces part entries too, as people type them. */
export function entries(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}

/** A port as typed, in whichever digits; null where it is none. */
export function port(text: string): number | null {
  const digits = text.trim().replace(/[\u06F0-\u06F9\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) & 15));
  if (!/^\d{1,5}$/.test(digits)) return null;
  const value = Number(digits);
  return value >= 1 && value <= 65_535 ? value : null;
}
