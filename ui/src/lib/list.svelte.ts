// The list of proxies: read anew when it changed, searched, and put in another order.
import type { Row } from "./bindings";
import type { Core } from "./core";
import type { Live } from "./live.svelte";
import { protocolName } from "./words/protocols";

/** How text is compared: without case, width or accents of another spelling. */
export function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** The rows in which every word of the query occurs. */
export function found(rows: readonly Row[], haystacks: readonly string[], query: string): Row[] {
  const words = folded(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...rows];
  return rows.filter((_, index) => words.every((word) => haystacks[index]?.includes(word)));
}

export function haystack(row: Row): string {
  return folded([row.name, row.protocol, protocolName(row.protocol), row.address, row.subscription ?? ""].join("\n"));
}

/** The list with one row put before another; at the end where there is none. */
export function moved(rows: readonly Row[], id: string, before: string | null): Row[] {
  const row = rows.find((one) => one.id === id);
  if (!row || id === before) return [...rows];
  const rest = rows.filter((one) => one.id !== id);
  const at = before === null ? rest.length : rest.findIndex((one) => one.id === before);
  return [...rest.slice(0, at), row, ...rest.slice(at)];
}

/** Before whom a row stands after a step up or down; undefined where it cannot go further. */
export function stepped(rows: readonly Row[], id: string, step: -1 | 1): string | null | undefined {
  const at = rows.findIndex((row) => row.id === id);
  const to = at + step;
  if (at < 0 || to < 0 || to >= rows.length) return undefined;
  return step < 0 ? (rows[to]?.id ?? null) : (rows[to + 1]?.id ?? null);
}

export class List {
  rows = $state.raw<Row[]>([]);
  known = $state(false);
  query = $state("");
  readonly #haystacks = $derived(this.rows.map(haystack));
  readonly shown = $derived(found(this.rows, this.#haystacks, this.query));
  #revision = -1;

  constructor(
    private readonly core: Core,
    private readonly live: Live,
  ) {}

  /** Reads the list where it is another than the one that is here. */
  async follow(revision: number): Promise<void> {
    if (revision === this.#revision) return;
    this.#revision = revision;
    await this.read();
  }

  async read(): Promise<void> {
    const rows = await this.core.list();
    this.live.keep(rows);
    this.rows = rows;
    this.known = true;
  }

  /** Shows the new order at once, and puts the old one back where it was not taken. */
  async move(id: string, before: string | null): Promise<void> {
    const old = this.rows;
    this.rows = moved(old, id, before);
    try {
      await this.core.reorder([id], before);
    } catch (error) {
      this.rows = old;
      throw error;
    }
  }
}
