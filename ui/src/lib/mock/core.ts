// Plays the program behind the page. For development and tests; no build that a person gets holds it.
import type { AppError, Code, Draft, Phase, Preview, Read, Row, Settings, State } from "../bindings";
import { type Core, CoreError, type Outside } from "../core";
import { moved } from "../list.svelte";
import { previewOf, readText } from "./previews";
import { pretendQr } from "./qr";
import { CONNECTIONS, EVENTS, health, PRACTICE_ROWS, REFUSED, SETTINGS, SUBSCRIPTIONS } from "./samples";
import { type Scenario, scenario } from "./scenario";

/** Opens the scenario `sealed`. */
const PASSPHRASE = "correct horse";

export function mock(search: string): Core {
  return new Played(scenario(search));
}

export class Played implements Core {
  #state: State;
  #rows: Row[];
  #settings: Settings;
  #subscriptions = [...SUBSCRIPTIONS];
  #previews = new Map<string, Preview>();
  #removed = new Map<string, Row[]>();
  #tokens = 0;
  #tell: (state: State) => void = () => undefined;
  outside: Outside | undefined;
  /** What was called, for tests. */
  readonly calls: string[] = [];
  #sealed: boolean;
  /** Where the person is, as the page last said. */
  kept = "";

  constructor(private readonly scene: Scenario) {
    this.#state = scene.state;
    this.#rows = scene.rows;
    this.#sealed = scene.name === "sealed";
    this.#settings = { ...SETTINGS, theme: scene.theme, language: "system" };
    if (!scene.still) setInterval(() => this.#beat(), 1000);
    (globalThis as { played?: Played }).played = this;
  }

  #beat(): void {
    if (this.#state.traffic.length === 0) return;
    const last = this.#state.traffic.at(-1) ?? { received: 0, sent: 0 };
    const next =
      this.#state.phase.kind === "connected"
        ? {
            received: Math.max(0, Math.round(last.received * (0.7 + Math.random() * 0.6) + 4000)),
            sent: Math.round(9000 * Math.random()),
          }
        : { received: 0, sent: 0 };
    this.#say({ traffic: [...this.#state.traffic.slice(1), next] });
  }

  #say(change: Partial<State>): void {
    this.#state = { ...this.#state, health: [], ...change };
    this.#tell(this.#state);
  }

  #phase(phase: Phase): void {
    this.#say({ phase });
  }

  #fail(error: Partial<AppError>): never {
    throw new CoreError({ code: "failed", text: "The disk is full.", args: {}, link: null, cause: null, ...error });
  }

  #called(name: string): Promise<void> {
    this.calls.push(name);
    if (this.scene.broken) this.#fail({});
    return Promise.resolve();
  }

  #changed(rows: Row[]): void {
    this.#rows = rows;
    this.#say({ listRevision: this.#state.listRevision + 1 });
  }

  async watch(onState: (state: State) => void): Promise<void> {
    this.#tell = onState;
    onState(this.#state);
  }

  async listen(outside: Outside): Promise<void> {
    this.outside = outside;
  }

  async about() {
    return {
      version: "0.1.0",
      system: "linux x86_64",
      tray: this.scene.tray,
      systemProxySupported: this.scene.name !== "unsupported",
      locale: this.scene.language,
      profileDir: "~/.config/paperwing",
    };
  }

  async view(): Promise<string | null> {
    return this.scene.place;
  }

  async keepView(view: string) {
    this.kept = view;
  }

  async connect() {
    await this.#called("connect");
    if (this.#sealed) this.#fail({ code: "passphrase", text: "this profile's secrets need a passphrase" });
    this.#say({ phase: { kind: "connecting", trying: 1, of: this.#rows.length }, listen: "127.0.0.1:1080" });
    setTimeout(() => this.#pick(this.#rows[0]), 900);
  }

  #pick(row: Row | undefined): void {
    if (!row || this.#state.phase.kind === "off") return;
    this.#say({
      phase: { kind: "connected" },
      pick: { id: row.id, name: row.name, protocol: row.protocol, timeMs: row.health.timeMs },
      traffic:
        this.#state.traffic.length > 0
          ? this.#state.traffic
          : Array.from({ length: 120 }, () => ({ received: 0, sent: 0 })),
    });
  }

  async disconnect() {
    await this.#called("disconnect");
    this.#say({ phase: { kind: "off" }, pick: null, listen: null, openConnections: 0, systemProxy: { kind: "off" } });
  }

  async tryAgain() {
    await this.#called("tryAgain");
    this.#phase({ kind: "connecting", trying: 1, of: this.#rows.length });
  }

  async usePortAndConnect(port: number) {
    await this.#called(`usePortAndConnect ${port}`);
    this.#settings = { ...this.#settings, port };
    this.#phase({ kind: "connecting", trying: 1, of: this.#rows.length });
  }

  async list() {
    return this.#rows;
  }

  async choose(id: string | null) {
    await this.#called(`choose ${id}`);
    this.#say({ chosen: id });
    if (id !== null && this.#state.phase.kind === "connected") this.#pick(this.#rows.find((row) => row.id === id));
  }

  async reorder(ids: string[], before: string | null) {
    await this.#called(`reorder ${ids.join()} ${before}`);
    for (const id of ids) this.#changed(moved(this.#rows, id, before));
  }

  async remove(ids: string[]) {
    await this.#called(`remove ${ids.join()}`);
    const token = `t${++this.#tokens}`;
    this.#removed.set(token, this.#rows);
    this.#changed(this.#rows.filter((row) => !ids.includes(row.id)));
    return { token, count: ids.length };
  }

  async undoRemove(token: string) {
    await this.#called("undoRemove");
    const rows = this.#removed.get(token);
    if (rows) this.#changed(rows);
  }

  async test(ids: string[] | null) {
    await this.#called(`test ${ids?.join() ?? "all"}`);
    const rows = this.#rows.filter((row) => (ids === null || ids.includes(row.id)) && row.support.kind === "carried");
    this.#say({ health: rows.map((row) => ({ id: row.id, health: { ...row.health, testing: true } })) });
    setTimeout(() => this.#say({ health: rows.map((row) => ({ id: row.id, health: row.health })) }), 1500);
  }

  async cancelTests() {
    await this.#called("cancelTests");
    this.#say({ health: this.#rows.map(({ id, health }) => ({ id, health })) });
  }

  async chooseFile() {
    await this.#called("chooseFile");
    return "/home/dana/Downloads/proxies.txt";
  }

  async read(origin: Parameters<Core["read"]>[0]): Promise<Read> {
    await this.#called(`read ${origin.kind}`);
    const read = readText(
      origin.kind === "paste"
        ? origin.text
        : origin.kind === "address"
          ? origin.url
          : origin.kind === "link"
            ? origin.link
            : "",
      origin,
    );
    if (read.kind === "preview") this.#previews.set(read.preview.token, read.preview);
    return read;
  }

  async fetch(token: string) {
    await this.#called("fetch");
    const preview = { ...previewOf({ kind: "address", url: "https://lists.example.net/" }), token, subscription: true };
    this.#previews.set(token, preview);
    return preview;
  }

  async add(token: string, indices: number[], how: { connect: boolean; subscribe: boolean }) {
    await this.#called(
      `add ${indices.join()} ${how.connect ? "connect" : "keep"} ${how.subscribe ? "subscribe" : "once"}`,
    );
    const preview = this.#previews.get(token);
    const added = (preview?.candidates ?? [])
      .filter(({ index }) => indices.includes(index))
      .map((one): Row => ({
        id: `new${++this.#tokens}`,
        name: one.name,
        protocol: one.protocol,
        address: one.address,
        subscription: null,
        support: one.support,
        hasSecret: one.hasSecret,
        health: health("untested", null, []),
      }));
    this.#changed([...this.#rows, ...added]);
    if (how.connect) await this.connect();
    return { added: added.length, known: 0, firstId: added[0]?.id ?? null };
  }

  async cancelRead() {
    await this.#called("cancelRead");
  }

  async draft(id: string): Promise<Draft> {
    const row = this.#rows.find((one) => one.id === id);
    if (!row) this.#fail({ code: "gone", text: "That proxy is gone." });
    const at = row.address.lastIndexOf(":");
    return {
      id,
      name: row.name,
      protocol: row.protocol,
      host: row.address.slice(0, at),
      port: row.address.slice(at + 1),
      username: row.hasSecret ? "dana" : "",
      password: row.hasSecret ? "not a real one" : "",
      link: ["vless", "mtproto"].includes(row.protocol) ? `${row.protocol}://…@${row.address}#${row.name}` : null,
    };
  }

  async save(draft: Draft) {
    await this.#called("save");
    const id = draft.id ?? `new${++this.#tokens}`;
    const old = this.#rows.find((row) => row.id === id);
    const row: Row = {
      id,
      name: draft.name || `${draft.host}:${draft.port}`,
      protocol: draft.protocol,
      address: `${draft.host}:${draft.port}`,
      subscription: null,
      support: old?.support ?? { kind: "carried" },
      hasSecret: draft.password !== "",
      health: old?.health ?? health("untested", null, []),
    };
    this.#changed(old ? this.#rows.map((one) => (one.id === id ? row : one)) : [...this.#rows, row]);
    return id;
  }

  async checkDraft(draft: Draft) {
    if (draft.link !== null) return null;
    const wrong = (part: string, code: Code, text: string) => ({
      part,
      message: { code, text, args: {}, link: null, cause: null },
    });
    if (draft.host.trim() === "") return wrong("host", "missing", "the host is missing");
    const port = Number(draft.port);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      return wrong("port", "badPort", "expected a number from 1 to 65535");
    return null;
  }

  async share(id: string, reveal: boolean) {
    const row = this.#rows.find((one) => one.id === id);
    if (!row) this.#fail({ code: "gone", text: "That proxy is gone." });
    if (row.hasSecret && !reveal) this.#fail({ code: "needsConsent", text: "The link holds a password." });
    const link = `${row.protocol}://${row.hasSecret ? "dana:not-a-real-one@" : ""}${row.address}#${encodeURIComponent(row.name)}`;
    return { name: row.name, link, secret: row.hasSecret, qr: pretendQr() };
  }

  async copy(text: string) {
    await this.#called(`copy ${text}`);
  }

  async copySecret(id: string) {
    await this.#called(`copySecret ${id}`);
  }

  async events(after: number | null) {
    return EVENTS.filter((told) => after === null || told.number > after);
  }

  async connections() {
    return this.#state.phase.kind === "connected" ? CONNECTIONS : [];
  }

  async subscriptions() {
    return this.#subscriptions;
  }

  async refreshSubscription(id: string) {
    await this.#called(`refreshSubscription ${id}`);
    return { added: 1, known: 2, firstId: null };
  }

  async removeSubscription(id: string, keepProxies: boolean) {
    await this.#called(`removeSubscription ${id} ${keepProxies}`);
    this.#subscriptions = this.#subscriptions.filter((one) => one.id !== id);
  }

  async unlock(passphrase: string) {
    // What was typed is told to nobody, not even to a test.
    await this.#called("unlock");
    if (passphrase !== PASSPHRASE) this.#fail({ code: "passphraseWrong", text: "the passphrase is wrong" });
    this.#sealed = false;
  }

  async settings() {
    return this.#settings;
  }

  async saveSettings(settings: Settings) {
    await this.#called("saveSettings");
    this.#settings = settings;
    return settings;
  }

  async setSystemProxy(on: boolean) {
    await this.#called(`setSystemProxy ${on}`);
    this.#say({ systemProxy: { kind: "changing" } });
    setTimeout(() => this.#say({ systemProxy: { kind: on ? "on" : "off" } }), 300);
  }

  async makeDefault(scheme: string, ours: boolean) {
    await this.#called(`makeDefault ${scheme} ${ours}`);
    this.#settings = {
      ...this.#settings,
      openLinks: this.#settings.openLinks.map((link) => (link.scheme === scheme ? { scheme, isDefault: ours } : link)),
    };
  }

  async startPractice() {
    await this.#called("startPractice");
    this.#say({
      phase: { kind: "connected" },
      practice: PRACTICE_ROWS,
      practicePage: "http://127.0.0.1:45159/",
      listen: "127.0.0.1:1080",
      pick: { id: "practice1", name: "Practice 1", protocol: "socks5", timeMs: 2 },
      traffic: Array.from({ length: 120 }, () => ({ received: 0, sent: 0 })),
    });
  }

  async blockPractice(id: string, blocked: boolean) {
    await this.#called(`blockPractice ${id} ${blocked}`);
    const practice = (this.#state.practice ?? []).map((one) => (one.id === id ? { ...one, blocked } : one));
    const from = this.#state.pick;
    const next = practice.find((one) => !one.blocked);
    this.#say({ practice });
    if (!next) return this.#say({ phase: { kind: "blocked", retryInMs: 40_000 }, pick: null });
    if (from && !blocked) return;
    this.#phase({ kind: "switching", from: from?.name ?? REFUSED.text });
    setTimeout(
      () =>
        this.#say({
          phase: { kind: "connected" },
          pick: { id: next.id, name: next.name, protocol: "socks5", timeMs: 2 },
        }),
      700,
    );
  }

  async leavePractice() {
    await this.#called("leavePractice");
    this.#say({ phase: { kind: "off" }, practice: null, practicePage: null, pick: null, listen: null });
  }

  async telegram() {
    await this.#called("telegram");
    if (this.scene.telegram) return;
    const link = "tg://socks?server=127.0.0.1&port=1080";
    this.#fail({ code: "noTelegram", text: "no other program opens Telegram's links", args: { link } });
  }

  async openPage(which: string) {
    await this.#called(`openPage ${which}`);
  }

  async dismiss(code: string) {
    await this.#called(`dismiss ${code}`);
    this.#say({ notices: this.#state.notices.filter((notice) => notice.code !== code) });
  }

  async answerClose(quit: boolean) {
    await this.#called(`answerClose ${quit}`);
  }
}
