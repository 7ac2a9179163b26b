// Which candidates of a preview are chosen at first, and what can be done with a choice.
import type { Candidate } from "./bindings";

/** Everything that can be kept and is new; where all of it is known, all of it, so that it can be used. */
export function chosenAtFirst(candidates: readonly Candidate[]): number[] {
  const kept = candidates.filter((one) => one.support.kind !== "never");
  const fresh = kept.filter((one) => one.known.kind !== "yes");
  return (fresh.length > 0 ? fresh : kept).map((one) => one.index);
}

export type Offer = {
  /** Something would be new in the list. */
  add: boolean;
  /** Something of it can carry traffic. */
  connect: boolean;
};

export function offer(candidates: readonly Candidate[], chosen: ReadonlySet<number>): Offer {
  const picked = candidates.filter((one) => chosen.has(one.index));
  return {
    add: picked.some((one) => one.known.kind !== "yes"),
    connect: picked.some((one) => one.support.kind === "carried"),
  };
}
