// The events and the open connections. Read only while somebody looks at them.
import type { Connection, Told } from "./bindings";
import type { Core } from "./core";

const KEPT = 500;

/** The same for all moments of one day here. */
export function dayOf(at: number): string {
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nobody watches it
  return new Date(at).toDateString();
}

/** Newest first, in days. */
export function byDay(events: readonly Told[]): { day: string; at: number; events: Told[] }[] {
  const days: { day: string; at: number; events: Told[] }[] = [];
  for (const told of [...events].reverse()) {
    const day = dayOf(told.at);
    const last = days.at(-1);
    if (last?.day === day) last.events.push(told);
    else days.push({ day, at: told.at, events: [told] });
  }
  return days;
}

export class Activity {
  events = $state.raw<Told[]>([]);
  connections = $state.raw<Connection[]>([]);
  known = $state(false);
  #reading = false;

  constructor(private readonly core: Core) {}

  /** Reads the events up to one that was told of. */
  async follow(last: number): Promise<void> {
    const newest = this.events.at(-1)?.number ?? null;
    if (this.#reading || (this.known && newest !== null && newest >= last)) return;
    this.#reading = true;
    try {
      const more = await this.core.events(newest);
      this.events = [...this.events, ...more].slice(-KEPT);
      this.known = true;
    } finally {
      this.#reading = false;
    }
  }

  async readConnections(): Promise<void> {
    this.connections = await this.core.connections();
  }
}
