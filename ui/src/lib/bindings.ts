// The calls and types of the desktop shell.
import { type Channel, invoke } from "@tauri-apps/api/core";

// Times are ms since 1970 (`at`) or ms (`...Ms`); sizes are bytes; ids are opaque strings.

// ---------- state: pushed over one tauri::ipc::Channel<State>, at most twice a second, only while the window shows ----------
export type State = {
  phase: Phase;
  /** Practice proxies are in use (the list is empty and the person tried them). */
  practice: PracticeProxy[] | null;
  /** A page behind the practice proxies to open in a browser; null without practice. */
  practicePage: string | null;
  /** Where programs connect, "127.0.0.1:1080"; null while off. */
  listen: string | null;
  /** The proxy that new connections use. */
  pick: Pick | null;
  /** The proxy the person asked for; null = automatic. */
  chosen: string | null;
  /** Bytes since the session began; rates are the differences. */
  received: number;
  sent: number;
  /** Two minutes of traffic, one sample a second, oldest first, bytes per second; kept by the core so that a new window has it. */
  traffic: Sample[];
  openConnections: number;
  systemProxy: SystemProxy;
  /** Grows whenever the list (not its health) changed: call list() again. */
  listRevision: number;
  /** Rows whose health changed since the last State on this channel (all known ones in the first). */
  health: RowHealth[];
  /** Grows with every event: call events(after). */
  lastEvent: number;
  /** Things to say that no event says, most urgent first; each can be dismissed by its code. */
  notices: Notice[];
};
export type Phase =
  | { kind: "off" }
  | { kind: "connecting"; trying: number; of: number }
  | { kind: "connected" }
  | { kind: "switching"; from: string }          // name of the proxy that is being left
  | { kind: "blocked"; retryInMs: number | null }  // all proxies blocked, traffic is stopped
  | { kind: "noInternet" }
  | { kind: "failed"; error: AppError };          // the port is taken, the list cannot be read ...
export type Pick = { id: string; name: string; protocol: string; timeMs: number | null };
export type Sample = { received: number; sent: number };
export type PracticeProxy = { id: string; name: string; blocked: boolean };
export type SystemProxy =
  | { kind: "off" }
  | { kind: "changing" }
  | { kind: "on" }
  | { kind: "changedByOther" }                    // another program changed it while we were on
  | { kind: "unsupported"; shell: string[] }      // this desktop has none: the lines for a shell
  | { kind: "failed"; error: AppError };
export type Notice = { code: "settingRestored" | "changedByOther" | "noTray" | "keyLocked" | "portMoved" | "damagedList" | "trouble"; text: string };

// ---------- the list ----------
export type Row = {
  id: string;
  name: string;
  protocol: string;                 // "socks5", "http", ... as Protocol::name
  address: string;                  // host:port
  subscription: string | null;      // name of the subscription that brought it
  support: Support;
  hasSecret: boolean;
  health: Health;
};
export type Support = { kind: "carried" } | { kind: "notYet"; what: string } | { kind: "telegramOnly" } | { kind: "never"; why: string };
export type Health = {
  verdict: "untested" | "healthy" | "suspect" | "blocked" | "probation" | "rejected";
  why: Reason | null;
  timeMs: number | null;            // last time to success
  /** Times of the last tests and connections, oldest first, at most 20; null = failed. */
  spark: (number | null)[];
  testing: boolean;
};
export type RowHealth = { id: string; health: Health };
export type Reason = { stage: string; cause: string; text: string };  // text: English end of a sentence that begins with the proxy's name

// ---------- adding ----------
export type Origin =
  | { kind: "paste"; text: string }
  | { kind: "file"; path: string }                     // dropped or chosen; text or picture
  | { kind: "clipboardImage" }
  | { kind: "address"; url: string }                   // typed by the person: a subscription or a document; fetched on preview after an explicit press
  | { kind: "link"; link: string };                    // deep link handed over by the system
export type Preview = {
  token: string;                    // names what was read and is kept by the core until added or cancelled
  from: string;                     // for a person; never a secret
  title: string | null;
  candidates: Candidate[];
  skipped: Skipped[];
  skippedCount: number;
  duplicateCount: number;
  subscriptions: { token: string; host: string }[];  // further lists it points to, not fetched
  subscription: boolean;            // it was fetched from an address: can be kept as a subscription
  warnings: string[];
};
export type Candidate = {
  index: number; name: string; protocol: string; address: string; support: Support; hasSecret: boolean;
  known: { kind: "no" } | { kind: "sameAddress"; name: string } | { kind: "yes"; name: string };
};
export type Skipped = { line: number; text: string; reason: string };
/** What a paste or a link turned out to be before anything is contacted. */
export type Read = { kind: "preview"; preview: Preview } | { kind: "needsFetch"; token: string; host: string; insecure: boolean };
export type Added = { added: number; known: number; firstId: string | null };

export type Draft = {               // by hand, and edit
  id: string | null; name: string; protocol: string; host: string; port: string; username: string; password: string;
  /** Whole link for protocols that have more than these fields; the form shows it instead. */
  link: string | null;
};
export type Shared = { name: string; link: string; secret: boolean; qr: Qr };
export type Qr = { size: number; dark: string };     // size*size characters "0"/"1", row by row

// ---------- activity ----------
export type Told = { number: number; at: number; event: Event };
export type Event =
  | { kind: "listening"; address: string }
  | { kind: "switched"; from: string; to: string; why: Reason | null; tookMs: number }
  | { kind: "blocked"; proxy: string; why: Reason; retryInMs: number }
  | { kind: "rejected"; proxy: string; why: Reason }
  | { kind: "recovered"; proxy: string }
  | { kind: "noNetwork" } | { kind: "networkBack" } | { kind: "allBlocked" }
  | { kind: "reloaded"; proxies: number; chosen: string | null }
  | { kind: "connected" } | { kind: "disconnected" }
  | { kind: "systemProxyOn" } | { kind: "systemProxyOff" } | { kind: "systemProxyRestored" } | { kind: "systemProxyChangedByOther" }
  | { kind: "trouble"; text: string };
export type Connection = { id: string; target: string; proxy: string; ageMs: number; received: number; sent: number };

// ---------- subscriptions ----------
export type Subscription = { id: string; name: string; host: string; fetchedAt: number | null; usedBytes: number | null; totalBytes: number | null; expiresAt: number | null; proxies: number };

// ---------- settings ----------
export type Settings = {
  port: number;
  startAtLogin: boolean; startHidden: boolean; closeToTray: boolean;
  language: "system" | "en" | "ru" | "fa" | "zh";
  theme: "system" | "light" | "dark";
  automatic: boolean;               // automatic switching
  bypass: string[];
  login: { username: string; password: string } | null;   // who may use the port; null = any program of this computer
  testPage: string;
  /** Where the key to the passwords is kept: what is, and what could be. */
  keyring: "os" | "file" | "passphrase" | "none";
  openLinks: { scheme: string; isDefault: boolean }[];      // tg, ss, socks ...: ours only when the person makes us the default
};
export type About = { version: string; tray: boolean; systemProxySupported: boolean; locale: string; profileDir: string };

/** Every command that fails gives one of these. `code` names a message of the ui; `text` is the English sentence; `args` fill the message. */
export type AppError = { code: string; text: string; args: Record<string, string> };


export type Result<T, E> = { status: "ok"; data: T } | { status: "error"; error: E };

async function call<T>(command: string, args?: Record<string, unknown>): Promise<Result<T, AppError>> {
  try {
    return { status: "ok", data: await invoke<T>(command, args) };
  } catch (error) {
    if (error instanceof Error) throw error;
    return { status: "error", error: error as AppError };
  }
}

export const commands = {
  watch: (channel: Channel<State>) => call<null>("watch", { channel }),
  about: () => call<About>("about"),
  connect: () => call<null>("connect"),
  disconnect: () => call<null>("disconnect"),
  tryAgain: () => call<null>("try_again"),
  usePortAndConnect: (port: number) => call<null>("use_port_and_connect", { port }),
  list: () => call<Row[]>("list"),
  choose: (id: string | null) => call<null>("choose", { id }),
  reorder: (ids: string[], before: string | null) => call<null>("reorder", { ids, before }),
  remove: (ids: string[]) => call<Removed>("remove", { ids }),
  undoRemove: (token: string) => call<null>("undo_remove", { token }),
  test: (ids: string[] | null) => call<null>("test", { ids }),
  cancelTests: () => call<null>("cancel_tests"),
  chooseFile: () => call<string | null>("choose_file"),
  read: (origin: Origin) => call<Read>("read", { origin }),
  fetch: (token: string) => call<Preview>("fetch", { token }),
  add: (token: string, indices: number[], how: How) => call<Added>("add", { token, indices, how }),
  cancelRead: (token: string) => call<null>("cancel_read", { token }),
  draft: (id: string) => call<Draft>("draft", { id }),
  save: (draft: Draft) => call<string>("save", { draft }),
  checkDraft: (draft: Draft) => call<Fault | null>("check_draft", { draft }),
  share: (id: string, reveal: boolean) => call<Shared>("share", { id, reveal }),
  copy: (text: string) => call<null>("copy", { text }),
  copySecret: (id: string) => call<null>("copy_secret", { id }),
  events: (after: number | null) => call<Told[]>("events", { after }),
  connections: () => call<Connection[]>("connections"),
  report: () => call<string>("report"),
  subscriptions: () => call<Subscription[]>("subscriptions"),
  refreshSubscription: (id: string) => call<Added>("refresh_subscription", { id }),
  removeSubscription: (id: string, keepProxies: boolean) => call<null>("remove_subscription", { id, keepProxies }),
  settings: () => call<Settings>("settings"),
  saveSettings: (settings: Settings) => call<Settings>("save_settings", { settings }),
  setSystemProxy: (on: boolean) => call<null>("set_system_proxy", { on }),
  startPractice: () => call<null>("start_practice"),
  blockPractice: (id: string, blocked: boolean) => call<null>("block_practice", { id, blocked }),
  leavePractice: () => call<null>("leave_practice"),
  telegram: () => call<null>("telegram"),
  openPage: (which: Page) => call<null>("open_page", { which }),
  makeDefault: (scheme: string, ours: boolean) => call<null>("make_default", { scheme, ours }),
  dismiss: (code: string) => call<null>("dismiss", { code }),
  answerClose: (quit: boolean) => call<null>("answer_close", { quit }),
};

export type Removed = { token: string; count: number };
export type How = { connect: boolean; subscribe: boolean };
export type Fault = { part: string; message: AppError };
export type Page = "practice" | "help";
