// Prints the licences of the libraries that the programs contain:
//   node packaging/third-party.mjs TARGET PACKAGE...
// TARGET is a platform as rustc names it, a PACKAGE one of the workspace. Libraries that only build or test are left out.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

const [target, ...roots] = process.argv.slice(2);
if (!roots.length) throw new Error("usage: node packaging/third-party.mjs TARGET PACKAGE...");

/** What of a library's folder speaks of rights. */
const RIGHTS = /^(licen[sc]e|copying|notice|unlicense|copyright)/i;

function rightsIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && RIGHTS.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), "utf8").replaceAll("\r\n", "\n").trim());
}

function* rustLibraries() {
  const words = ["metadata", "--format-version", "1", "--locked", "--filter-platform", target];
  const metadata = JSON.parse(execFileSync("cargo", words, { maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] }));
  const packages = new Map(metadata.packages.map((each) => [each.id, each]));
  const nodes = new Map(metadata.resolve.nodes.map((each) => [each.id, each]));
  const compilesOnly = ({ targets }) => targets.some(({ kind }) => kind.includes("proc-macro"));

  const open = metadata.packages.filter(({ name, source }) => roots.includes(name) && !source).map(({ id }) => id);
  const seen = new Set(open);
  while (open.length) {
    const id = open.pop();
    const { name, version, license, authors, manifest_path, source } = packages.get(id);
    if (source) yield { name, version, licence: license ?? "see below", authors, texts: rightsIn(dirname(manifest_path)) };
    for (const { pkg, dep_kinds } of nodes.get(id).deps) {
      if (seen.has(pkg) || !dep_kinds.some(({ kind }) => kind === null) || compilesOnly(packages.get(pkg))) continue;
      seen.add(pkg);
      open.push(pkg);
    }
  }
}

function* windowLibraries() {
  if (!roots.includes("paperwing-window") || !existsSync("ui/package-lock.json")) return;
  const { packages } = JSON.parse(readFileSync("ui/package-lock.json", "utf8"));
  // The interface is compiled, but what Svelte compiled runs on Svelte.
  const runs = (path, { dev }) => path && (!dev || path === "node_modules/svelte");
  for (const [path, entry] of Object.entries(packages)) {
    const folder = join("ui", path);
    if (!runs(path, entry) || !existsSync(folder)) continue;
    const { name, version, license, author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const authors = [author?.name ?? author].filter(Boolean);
    yield { name, version, licence: license ?? "see below", authors, texts: rightsIn(folder) };
  }
}

const libraries = [...rustLibraries(), ...windowLibraries()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
const byText = new Map();
for (const library of libraries) {
  for (const text of library.texts) byText.set(text, [...(byText.get(text) ?? []), `${library.name} ${library.version}`]);
}

console.log("Paperwing contains these libraries. Their source is where their registry has it: crates.io or npmjs.com.\n");
for (const { name, version, licence, authors, texts } of libraries) {
  // Whoever gives no text has at least to be named.
  const by = texts.length || !authors.length ? "" : `, by ${authors.join(", ")}`;
  console.log(`${name} ${version}: ${licence}${by}`);
}
for (const [text, users] of byText) console.log(`\n${"-".repeat(80)}\n${users.join(", ")}\n\n${text}`);
