// Short messages at the foot of the window. One with a button stays long enough to be reached.
export type Toast = { id: number; text: string; tone: "plain" | "stop"; action?: { label: string; run: () => void } };

const SHOWN_MS = 4000;
const SHOWN_WITH_ACTION_MS = 12_000;

export class Toasts {
  shown = $state.raw<Toast[]>([]);
  #last = 0;

  say(text: string, options: { tone?: Toast["tone"]; action?: NonNullable<Toast["action"]> } = {}): void {
    const id = ++this.#last;
    const toast: Toast = { id, text, tone: options.tone ?? "plain" };
    if (options.action) toast.action = options.action;
    this.shown = [...this.shown.slice(-2), toast];
    const long = toast.action !== undefined || toast.tone === "stop";
    setTimeout(() => this.drop(id), long ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
  }

  drop(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }
}
