// Everything that the views share, handed down as one context.
import { getContext, setContext } from "svelte";

import type { About, Read, Row, Settings } from "./bindings";
import type { Core, View } from "./core";
import { List } from "./list.svelte";
import { Live } from "./live.svelte";
import { m } from "./paraglide/messages";
import { Toasts } from "./toasts.svelte";
import { asAppError, errorText } from "./words/errors";
import { closest, isolate, locale, speak } from "./words/locale";

export type Tab = "main" | "activity" | "settings";

/** What lies over the window. */
export type Over =
  | { kind: "add"; way: "start" | "hand" | "address" }
  | { kind: "preview"; read: Read }
  | { kind: "edit"; id: string }
  | { kind: "share"; id: string; name: string }
  | { kind: "report" }
  | { kind: "close" };

export class App {
  readonly live = new Live();
  readonly list: List;
  readonly toasts = new Toasts();
  tab = $state<Tab>("main");
  over = $state.raw<Over | null>(null);
  /** Files are held over the window. */
  holding = $state(false);
  settings = $state.raw<Settings>();
  /** Grows when the language changes: the page is drawn anew. */
  tongue = $state(0);

  constructor(
    readonly core: Core,
    readonly about: About,
  ) {
    this.list = new List(core, this.live);
  }

  async begin(): Promise<void> {
    this.take(await this.core.settings());
    await this.core.listen({
      read: (read) => (this.over = { kind: "preview", read }),
      askClose: () => (this.over = { kind: "close" }),
      showView: (view) => this.show(view),
      dropFiles: (paths) => void this.readFile(paths[0]),
      holdFiles: (over) => (this.holding = over),
    });
    await this.live.watch(this.core);
  }

  show(view: View): void {
    if (view === "add") this.over = { kind: "add", way: "start" };
    else this.tab = view;
  }

  /** The settings as they are now; language and theme take hold at once. */
  take(settings: Settings): void {
    this.settings = settings;
    const language = closest(settings.language === "system" ? this.about.locale : settings.language);
    const dark =
      settings.theme === "dark" ||
      (settings.theme === "system" && window.matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
    const before = locale();
    speak(language);
    if (before !== language) this.tongue += 1;
  }

  /** Runs a call, and says so where it fails. */
  async attempt<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      this.toasts.say(errorText(asAppError(error)), { tone: "stop" });
      return undefined;
    }
  }

  async readText(text: string): Promise<void> {
    const read = await this.attempt(this.core.read({ kind: "paste", text }));
    if (read) this.over = { kind: "preview", read };
  }

  async readFile(path: string | undefined): Promise<void> {
    if (path === undefined) return;
    const read = await this.attempt(this.core.read({ kind: "file", path }));
    if (read) this.over = { kind: "preview", read };
  }

  async readClipboard(): Promise<void> {
    const read = await this.attempt(this.core.read({ kind: "clipboardImage" }));
    if (read) this.over = { kind: "preview", read };
  }

  async pickFile(): Promise<void> {
    const path = await this.attempt(this.core.chooseFile());
    if (path != null) await this.readFile(path);
  }

  async remove(row: Row): Promise<void> {
    const removed = await this.attempt(this.core.remove([row.id]));
    if (!removed) return;
    this.toasts.say(m.removed({ name: isolate(row.name) }), {
      action: { label: m.undo(), run: () => void this.attempt(this.core.undoRemove(removed.token)) },
    });
  }

  async copy(text: string): Promise<void> {
    await this.attempt(this.core.copy(text).then(() => this.toasts.say(m.copied())));
  }
}

const KEY = Symbol("app");

export function provide(app: App): App {
  return setContext(KEY, app);
}

export function useApp(): App {
  return getContext<App>(KEY);
}
