// Dragging a row of a long list to another place, with the list scrolling under a pointer held at its edge.
const THRESHOLD_PX = 6;
const EDGE_PX = 56;
const FASTEST_PX = 14;

export type Places = {
  scroller: () => HTMLElement | undefined;
  /** The gap between rows nearest to a height in the window: 0 before the first, the length after the last. */
  gapAt: (clientY: number) => number;
  drop: (id: string, gap: number) => void;
};

export class Drag {
  /** The row that is held. */
  id = $state<string | null>(null);
  gap = $state(-1);
  /** The click that ends a drag is none. */
  justDropped = false;
  #frame = 0;
  #y = 0;

  constructor(private readonly places: Places) {}

  /** Begins where a press may become a drag; a small movement stays a click. */
  press(event: PointerEvent, id: string): void {
    if (event.button !== 0 || event.pointerType === "touch") return;
    const from = event.clientY;
    const move = (at: PointerEvent) => {
      this.#y = at.clientY;
      if (this.id === null && Math.abs(at.clientY - from) < THRESHOLD_PX) return;
      if (this.id === null) {
        this.id = id;
        this.#frame = requestAnimationFrame(this.#scroll);
      }
      this.gap = this.places.gapAt(at.clientY);
    };
    const end = (at: PointerEvent | KeyboardEvent) => {
      if (at instanceof KeyboardEvent && at.key !== "Escape") return;
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      window.removeEventListener("keydown", end, true);
      cancelAnimationFrame(this.#frame);
      if (this.id !== null) {
        this.justDropped = true;
        setTimeout(() => (this.justDropped = false));
        if (at.type === "pointerup") this.places.drop(id, this.gap);
      }
      this.id = null;
      this.gap = -1;
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
    window.addEventListener("keydown", end, true);
  }

  readonly #scroll = (): void => {
    const scroller = this.places.scroller();
    if (scroller && this.id !== null) {
      const { top, bottom } = scroller.getBoundingClientRect();
      const over = Math.max(0, EDGE_PX - (bottom - this.#y)) - Math.max(0, EDGE_PX - (this.#y - top));
      if (over !== 0) {
        scroller.scrollTop += Math.sign(over) * Math.min(FASTEST_PX, Math.abs(over) / 4);
        this.gap = this.places.gapAt(this.#y);
      }
      this.#frame = requestAnimationFrame(this.#scroll);
    }
  };
}
