// What the window weighs: all scripts and styles of the build, compressed. Fails above the limit.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 150;
const folder = new URL("../dist/assets/", import.meta.url);

let total = 0;
for (const name of readdirSync(folder)) {
  const text = readFileSync(new URL(name, folder));
  if (name.endsWith(".js") && text.includes("203.0.113.7:1080")) throw new Error(`${name} holds the played scenarios`);
  total += gzipSync(text, { level: 9 }).length;
}
const kilobytes = (total / 1000).toFixed(1);
console.log(`The window weighs ${kilobytes} KB compressed; ${LIMIT_KB} KB are allowed.`);
if (total > LIMIT_KB * 1000) process.exit(1);
