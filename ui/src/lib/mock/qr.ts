// A pattern that looks like a QR code and is none: the real one comes from the program behind the page.
import type { Qr } from "../bindings";

export function pretendQr(size = 33): Qr {
  const inFinder = (x: number, y: number) => {
    for (const [left, top] of [
      [0, 0],
      [size - 7, 0],
      [0, size - 7],
    ] as const) {
      const [dx, dy] = [x - left, y - top];
      if (dx >= -1 && dx <= 7 && dy >= -1 && dy <= 7) {
        const ring = Math.max(Math.abs(dx - 3), Math.abs(dy - 3));
        return ring === 3 || ring <= 1 ? "1" : "0";
      }
    }
    return undefined;
  };
  let dark = "";
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1) dark += inFinder(x, y) ?? ((x * 7 + y * 13 + x * y * 5) % 11 < 5 ? "1" : "0");
  return { size, dark };
}
