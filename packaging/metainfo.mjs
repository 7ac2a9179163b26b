// Prints the description that app stores read, for this version. Where PAPERWING_URL has the project's address, pages and
// pictures are added, which stores fetch from there.

import { existsSync, readFileSync } from "node:fs";

const url = process.env.PAPERWING_URL ?? "";
const version = readFileSync("Cargo.toml", "utf8").match(/\[workspace\.package\][^[]*?^version = "(.*)"/m)[1];
const seconds = Number(process.env.SOURCE_DATE_EPOCH ?? Date.now() / 1000);
const date = new Date(seconds * 1000).toISOString().slice(0, 10);

/** In docs/screenshots; the first is the one that a list of search results shows. */
const pictures = [
  ["connected-light-en.png", "Connected, and the way the traffic takes"],
  ["preview-light-en.png", "What a friend sent is shown before anything is contacted"],
  ["activity-light-en.png", "What happened, in plain sentences"],
  ["connected-dark-en.png", "The same at night"],
];

function* where() {
  if (!url) return;
  yield `  <url type="homepage">${url}</url>`;
  yield `  <url type="bugtracker">${url}/issues</url>`;
  const there = pictures.filter(([name]) => existsSync(`docs/screenshots/${name}`));
  if (!there.length) return;
  yield "  <screenshots>";
  for (const [index, [name, caption]] of there.entries()) {
    yield `    <screenshot${index ? "" : ' type="default"'}>`;
    yield `      <image>${url}/raw/v${version}/docs/screenshots/${name}</image>`;
    yield `      <caption>${caption}</caption>`;
    yield "    </screenshot>";
  }
  yield "  </screenshots>";
}

const template = readFileSync("packaging/linux/org.paperwing.Paperwing.metainfo.xml.in", "utf8");
const text = template.replace("@WHERE@\n", [...where(), ""].join("\n"));
process.stdout.write(text.replace("@VERSION@", version).replace("@DATE@", date));
