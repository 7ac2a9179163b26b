// Which proxy may be called "in use".
import type { Health, State } from "./bindings";

/** Whether new connections go through a proxy now. A pick that carries nothing is kept by the core and is not in use. */
export function inUse(state: State, id: string, verdict: Health["verdict"]): boolean {
  const flows = state.phase.kind === "connected" || state.phase.kind === "switching";
  const carries = verdict !== "blocked" && verdict !== "rejected";
  const held = state.practice?.some((proxy) => proxy.id === id && proxy.blocked) ?? false;
  return flows && carries && !held && state.pick?.id === id;
}
