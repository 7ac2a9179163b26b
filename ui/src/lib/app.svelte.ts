// Everything that the views share, handed down as one context.
import { getContext, setContext } from "svelte";

import type { About, AppError, Read, Row, Settings, Subscription, View } from "./bindings";
import type { Core } from "./core";
import { List } from "./list.svelte";
import { Live } from "./live.svelte";
import { m } from "./paraglide/messages";
import { Toasts } from "./toasts.svelte";
import { unlocking } from "./unlocking";
import { asAppError, errorText } from "./words/errors";
import { closest, inSentence, locale, speak } from "./words/locale";

export type Tab = "main" | "activity" | "settings";

/** What lies over the window. */
export type Over =
  | { kind: "add" }
  | { kind: "hand" }
  | { kind: "preview"; read: Read }
  | { kind: "edit"; id: string }
  | { kind: "share"; id: string; name: string }
  | { kind: "unsubscribe"; subscription: Subscription }
  | { kind: "report" }
  | { kind: "close" };

export class App {
  readonly live = new Live();
  readonly list: List;
  readonly toasts = new Toasts();
  tab = $state<Tab>("main");
  /** How far the view is scrolled, in pixels. */
  scroll = $state(0);
  activityPart = $state<"events" | "connections">("events");
  #over = $state.raw<Over | null>(null);
  /** What came from outside while something else lay over the window; it is shown in its turn. */
  #waiting: Over[] = [];
  /** Files are held over the window. */
  holding = $state(false);
  settings = $state.raw<Settings>();
  /** Grows when the language changes: the page is drawn anew. */
  tongue = $state(0);

  readonly core: Core;
  /** Takes the answer while the person is asked for the passphrase: whether it opened what it sealed. */
  unlock = $state.raw<((opened: boolean) => void) | null>(null);
  #unlocked: Promise<boolean> | null = null;

  constructor(
    core: Core,
    readonly about: About,
  ) {
    this.core = unlocking(core, () => this.askPassphrase());
    this.list = new List(this.core, this.live);
  }

  /** Asks once, however many calls wait for it. Before anything is shown nobody can be asked. */
  askPassphrase(): Promise<boolean> {
    if (!this.live.known) return Promise.resolve(false);
    this.#unlocked ??= new Promise<boolean>((resolve) => (this.unlock = resolve)).finally(() => {
      this.unlock = null;
      this.#unlocked = null;
    });
    return this.#unlocked;
  }

  get over(): Over | null {
    return this.#over;
  }

  /** Shows something over the window in the place of what is there; with nothing, what waits comes next. */
  set over(over: Over | null) {
    this.#over = over ?? this.#waiting.shift() ?? null;
  }

  /** Shows what came from outside as soon as the person is done with what is there. */
  arrive(over: Over): void {
    if (this.#over === null) this.#over = over;
    else this.#waiting.push(over);
  }

  /** Asks whether to quit, and comes back to what was there if not. */
  private askClose(): void {
    if (this.#over?.kind === "close") return;
    if (this.#over !== null) this.#waiting.unshift(this.#over);
    this.#over = { kind: "close" };
  }

  async begin(): Promise<void> {
    const settings = await this.attempt(this.core.settings());
    if (settings) this.take(settings);
    else speak(closest(this.about.locale));
    await this.core.listen({
      read: (read) => this.arrive({ kind: "preview", read }),
      askClose: () => this.askClose(),
      showView: (view) => this.show(view),
      dropFiles: (paths) => void this.readFile(paths[0]),
      holdFiles: (over) => (this.holding = over),
    });
    this.restore(await this.core.view().catch(() => null));
    await this.attempt(this.list.read());
  }

  /** The window shows from here on: the page is drawn. */
  watch(): Promise<void> {
    return this.live.watch(this.core);
  }

  /** Where the person is, for when the page is opened anew. Nothing of it is secret. */
  get place(): string {
    return JSON.stringify({ tab: this.tab, part: this.activityPart, query: this.list.query, scroll: this.scroll });
  }

  private restore(place: string | null): void {
    if (place === null) return;
    try {
      const { tab, part, query, scroll } = JSON.parse(place) as Record<string, unknown>;
      if (tab === "main" || tab === "activity" || tab === "settings") this.tab = tab;
      if (part === "events" || part === "connections") this.activityPart = part;
      if (typeof query === "string") this.list.query = query;
      if (typeof scroll === "number") this.scroll = scroll;
    } catch {
      // A place of another version: begin at the beginning.
    }
  }

  show(view: View): void {
    if (view !== "add") this.tab = view;
    else if (this.#over?.kind !== "add") this.arrive({ kind: "add" });
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
      this.#complain(asAppError(error));
      return undefined;
    }
  }

  /** Where the person can do by hand what failed, what that takes is there to be copied. */
  #complain(error: AppError): void {
    const link = error.code === "noTelegram" ? error.args["link"] : undefined;
    const action = link ? { label: m.copy(), run: () => void this.copy(link) } : undefined;
    this.toasts.say(errorText(error), { tone: "stop", ...(action && { action }) });
  }

  async readText(text: string): Promise<void> {
    const read = await this.attempt(this.core.read({ kind: "paste", text }));
    if (read) this.over = { kind: "preview", read };
  }

  async readFile(path: string | undefined): Promise<void> {
    if (path === undefined) return;
    const read = await this.attempt(this.core.read({ kind: "file", path }));
    if (read) this.arrive({ kind: "preview", read });
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
    this.toasts.say(m.removed({ name: inSentence(row.name) }), {
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
