// What the page asks of the program behind it. One implementation calls the shell, one plays scenarios.
import type {
  About,
  Added,
  AppError,
  Connection,
  Draft,
  NoticeCode,
  Origin,
  Page,
  Preview,
  Read,
  Settings,
  Shared,
  State,
  Subscription,
  Told,
  View,
  Row,
} from "./bindings";

/** A call that was answered with an error. */
export class CoreError extends Error {
  constructor(readonly error: AppError) {
    super(error.text);
    this.name = "CoreError";
  }
}

/** What happens outside of the page and concerns it. */
export type Outside = {
  /** Something to preview: a deep link, the tray's "Add from clipboard", a second start. */
  read: (read: Read) => void;
  /** The window is to close, and there is no tray to close it to. */
  askClose: () => void;
  showView: (view: View) => void;
  /** Files were dropped on the window, or are held over it. */
  dropFiles: (paths: string[]) => void;
  holdFiles: (over: boolean) => void;
};

/** Every call rejects with a `CoreError`. */
export interface Core {
  watch(onState: (state: State) => void): Promise<void>;
  listen(outside: Outside): Promise<void>;
  about(): Promise<About>;
  /** Where the person was when the page was last here; the page goes when the window is closed to the tray. */
  view(): Promise<string | null>;
  keepView(view: string): Promise<void>;

  connect(): Promise<void>;
  disconnect(): Promise<void>;
  tryAgain(): Promise<void>;
  usePortAndConnect(port: number): Promise<void>;

  list(): Promise<Row[]>;
  choose(id: string | null): Promise<void>;
  reorder(ids: string[], before: string | null): Promise<void>;
  remove(ids: string[]): Promise<{ token: string; count: number }>;
  undoRemove(token: string): Promise<void>;
  test(ids: string[] | null): Promise<void>;
  cancelTests(): Promise<void>;

  /** The path of a file that the person picked, null where they picked none. */
  chooseFile(): Promise<string | null>;
  read(origin: Origin): Promise<Read>;
  fetch(token: string): Promise<Preview>;
  add(token: string, indices: number[], how: { connect: boolean; subscribe: boolean }): Promise<Added>;
  cancelRead(token: string): Promise<void>;
  draft(id: string): Promise<Draft>;
  save(draft: Draft): Promise<string>;
  checkDraft(draft: Draft): Promise<{ part: string; message: AppError } | null>;

  share(id: string, reveal: boolean): Promise<Shared>;
  copy(text: string): Promise<void>;
  copySecret(id: string): Promise<void>;

  events(after: number | null): Promise<Told[]>;
  connections(): Promise<Connection[]>;

  subscriptions(): Promise<Subscription[]>;
  refreshSubscription(id: string): Promise<Added>;
  removeSubscription(id: string, keepProxies: boolean): Promise<void>;

  settings(): Promise<Settings>;
  saveSettings(settings: Settings): Promise<Settings>;
  setSystemProxy(on: boolean): Promise<void>;
  makeDefault(scheme: string, ours: boolean): Promise<void>;

  startPractice(): Promise<void>;
  blockPractice(id: string, blocked: boolean): Promise<void>;
  leavePractice(): Promise<void>;

  telegram(): Promise<void>;
  openPage(which: Page): Promise<void>;
  dismiss(code: NoticeCode): Promise<void>;
  /** Opens what a passphrase sealed. */
  unlock(passphrase: string): Promise<void>;
  answerClose(quit: boolean): Promise<void>;
}
