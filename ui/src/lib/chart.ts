// Lines and areas for small charts, in a box that is SPAN - 1 wide and HEIGHT high.
export const SPAN = 120;
export const HEIGHT = 31.5;

/** The newest value is at the right; a shorter history leaves the left empty. */
function points(values: readonly number[], top: number): string[] {
  const recent = values.slice(-SPAN);
  const first = SPAN - recent.length;
  return recent.map((value, index) => {
    const y = HEIGHT - (Math.min(value, top) / top) * (HEIGHT - 1);
    return `${first + index} ${y.toFixed(2)}`;
  });
}

export function line(values: readonly number[], top: number): string {
  const all = points(values, top);
  return all.length < 2 ? "" : `M${all.join("L")}`;
}

export function area(values: readonly number[], top: number): string {
  const all = points(values, top);
  if (all.length < 2) return "";
  return `M${SPAN - all.length} ${HEIGHT}L${all.join("L")}L${SPAN - 1} ${HEIGHT}Z`;
}

/** Where the dots of a sparkline stand: x from 0 to 1, y from 0 (fast) to 1 (slow); a failed test has no y. */
export function spark(times: readonly (number | null)[]): { x: number; y: number | null }[] {
  const known = times.filter((time) => time !== null);
  const top = Math.max(1, ...known);
  const low = Math.min(top, ...known);
  const span = Math.max(top - low, top * 0.25, 1);
  return times.map((time, index) => ({
    x: times.length === 1 ? 1 : index / (times.length - 1),
    y: time === null ? null : (time - low) / span,
  }));
}
