// Makes every picture of the sign from paperwing.svg. `--check` writes nothing and fails when a picture is not current.
//
// Each size is drawn for itself rather than scaled down from a large one, which is why no icon generator does this:
// they would make the 16 px of icon.ico out of 1024. The renderer is pinned, so that the same drawing gives the same bytes.

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Resvg } from "@resvg/resvg-js";
import { ico, icns } from "./containers.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const source = readFileSync(join(here, "paperwing.svg"), "utf8");
const id = "org.paperwing.Paperwing";

/** The path with this id as it stands in the drawing, in another colour where one is given. */
function piece(name, colour) {
  const [element] = source.match(new RegExp(`<path id="${name}"[^>]*/>`)) ?? [];
  if (!element) throw new Error(`paperwing.svg has no path "${name}"`);
  const bare = element.replace(` id="${name}"`, "");
  if (!colour) return bare;
  return bare.includes('stroke="#000"')
    ? bare.replace('stroke="#000"', `stroke="${colour}"`)
    : bare.replace("/>", ` fill="${colour}"/>`);
}

function render(svg, size) {
  return new Resvg(svg, { fitTo: { mode: "width", value: size }, font: { loadSystemFonts: false } }).render().asPng();
}

// === The app's icon ===

// In few pixels the plane needs more of the ground.
const smallSource = replaceOnce(source, "translate(18.9 19.9) scale(3.7)", "translate(13.5 14) scale(4.2)");
// On macOS an icon leaves a margin of a tenth around its ground.
const macSource = replaceOnce(source, 'viewBox="0 0 128 128"', 'viewBox="-10.5 -10.5 149 149"');

function replaceOnce(text, from, to) {
  if (text.split(from).length !== 2) throw new Error(`paperwing.svg: expected ${from} once`);
  return text.replace(from, to);
}

const app = (size) => render(size <= 32 ? smallSource : source, size);

// === The tray's states ===

/** State: its pieces. Told apart by shape: line, full, full with a trail, full with a cross. */
const states = {
  off: ["outline"],
  connecting: ["wing", "keel", "trail"],
  on: ["wing", "keel"],
  blocked: ["wing", "keel", "cross"],
};

/** For light panels, for dark panels, and colours that stand out from both (3:1 or more from white and from #1e1e1e). */
const inks = {
  light: () => "#24292c",
  dark: () => "#f4f6f5",
  colour: (state) => ({ off: "#848a8f", connecting: "#bf7a10", on: "#14907c", blocked: "#e04a44" })[state],
};

function glyph(state, colour) {
  const body = states[state].map((name) => piece(name, colour)).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${body}</svg>\n`;
}

/** How many pixels are ink in one picture and ground in the other, whatever the ink's colour. */
function difference(one, other) {
  const alphas = [one, other].map((svg) => new Resvg(svg, { fitTo: { mode: "width", value: 22 } }).render().pixels);
  let different = 0;
  for (let at = 3; at < alphas[0].length; at += 4) {
    if (Math.abs(alphas[0][at] - alphas[1][at]) > 127) different += 1;
  }
  return different;
}

for (const one of Object.keys(states)) {
  for (const other of Object.keys(states)) {
    const pixels = difference(glyph(one, "#000"), glyph(other, "#000"));
    // Two dots of the trail, at the size of most panels.
    if (one !== other && pixels < 16) throw new Error(`${one} and ${other} are told apart by ${pixels} pixels only`);
  }
}

// === What is made ===

const made = new Map();

for (const size of [32, 128, 256, 512]) {
  made.set(size === 512 ? "icon.png" : size === 256 ? "128x128@2x.png" : `${size}x${size}.png`, app(size));
}
made.set("icon.ico", ico([16, 20, 24, 32, 40, 48, 64, 256].map((size) => ({ size, png: app(size) }))));
made.set("icon.icns", icns((size) => render(macSource, size)));

for (const size of [16, 22, 24, 32, 48, 64, 128, 256, 512]) {
  made.set(`hicolor/${size}x${size}/apps/${id}.png`, app(size));
}
made.set(`hicolor/scalable/apps/${id}.svg`, Buffer.from(source));
made.set(`hicolor/symbolic/apps/${id}-symbolic.svg`, Buffer.from(glyph("on", "#2e3436")));

for (const state of Object.keys(states)) {
  for (const [ground, ink] of Object.entries(inks)) {
    const svg = glyph(state, ink(state));
    for (const size of [16, 22, 24, 32, 44, 48]) made.set(`tray/${state}-${ground}-${size}.png`, render(svg, size));
  }
}

// === Written, or compared ===

const folders = ["hicolor", "tray"];
const found = folders
  .filter((folder) => existsSync(join(here, folder)))
  .flatMap((folder) => readdirSync(join(here, folder), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => relative(here, join(entry.parentPath ?? entry.path, entry.name)));
const strays = found.filter((path) => !made.has(path));

if (process.argv.includes("--check")) {
  const current = (path) => existsSync(join(here, path)) && readFileSync(join(here, path)).equals(made.get(path));
  const stale = [...[...made.keys()].filter((path) => !current(path)), ...strays];
  for (const path of stale) console.error(`error: icons/${path} is not what paperwing.svg makes`);
  if (stale.length) process.exit(1);
} else {
  for (const path of strays) rmSync(join(here, path));
  for (const [path, bytes] of made) {
    mkdirSync(dirname(join(here, path)), { recursive: true });
    writeFileSync(join(here, path), bytes);
  }
}
console.log(`${made.size} pictures ${process.argv.includes("--check") ? "are current" : "made"}`);
