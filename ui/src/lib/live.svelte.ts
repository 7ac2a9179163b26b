// What the program behind the page last said of itself.
import { SvelteMap } from "svelte/reactivity";

import type { Health, Row, State } from "./bindings";
import type { Core } from "./core";

const BEFORE_THE_FIRST: State = {
  phase: { kind: "off" },
  practice: null,
  practicePage: null,
  listen: null,
  pick: null,
  chosen: null,
  received: 0,
  sent: 0,
  traffic: [],
  openConnections: 0,
  systemProxy: { kind: "off" },
  listRevision: -1,
  health: [],
  lastEvent: 0,
  notices: [],
};

export class Live {
  state = $state.raw<State>(BEFORE_THE_FIRST);
  /** Whether anything was said yet. */
  known = $state(false);
  /** Of each proxy, by id: a row that shows looks here, so a change redraws that row alone. */
  readonly health = new SvelteMap<string, Health>();

  /** The health of exactly these rows is known from now on. */
  keep(rows: readonly Row[]): void {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- seen by nobody else
    const kept = new Map(rows.map((row) => [row.id, this.health.get(row.id) ?? row.health]));
    for (const id of this.health.keys()) if (!kept.has(id)) this.health.delete(id);
    for (const [id, health] of kept) this.health.set(id, health);
  }

  watch(core: Core): Promise<void> {
    return core.watch((state) => {
      for (const row of state.health) this.health.set(row.id, row.health);
      this.state = state;
      this.known = true;
    });
  }
}
