// What the scenarios are made of. All addresses are from the ranges kept for documentation.
import type { AppError, Connection, Health, Reason, Row, Sample, Settings, Subscription, Told } from "../bindings";

export const NOW = Date.UTC(2026, 2, 14, 18, 4, 30);

export function health(
  verdict: Health["verdict"],
  timeMs: number | null,
  spark: (number | null)[],
  why: Reason | null = null,
): Health {
  return { verdict, why, timeMs, spark, testing: false };
}

export const SILENT: Reason = { cause: { kind: "silent" }, text: "did not answer" };
export const REFUSED: Reason = { cause: { kind: "refused" }, text: "refused the connection" };
const PASSWORD: Reason = {
  cause: { kind: "credentialsRejected" },
  text: "does not accept the user name and password",
};

const trouble = (code: AppError["code"], args: AppError["args"], cause: AppError | null = null): AppError => ({
  code,
  text: "",
  args,
  link: null,
  cause,
});

/** A list that could not be fetched again. */
export const STAYS = trouble(
  "subscriptionStays",
  { name: "Friends" },
  trouble("fetchTimeout", { host: "lists.example.net" }),
);

function row(id: string, name: string, protocol: string, address: string, how: Health, more: Partial<Row> = {}): Row {
  return {
    id,
    name,
    protocol,
    address,
    subscription: null,
    support: { kind: "carried" },
    hasSecret: false,
    health: how,
    ...more,
  };
}

export const ROWS: Row[] = [
  row("oslo", "Oslo", "socks5", "203.0.113.7:1080", health("healthy", 84, [96, 88, 120, 91, 84, 86, 90, 84]), {
    hasSecret: true,
  }),
  row("riga", "Riga", "socks5", "198.51.100.23:1080", health("healthy", 112, [140, 118, 115, 180, 112, 112])),
  row(
    "helsinki",
    "Helsinki",
    "http",
    "proxy.example.net:3128",
    health("suspect", 640, [130, 160, 420, null, 640], SILENT),
  ),
  row(
    "vilnius",
    "Vilnius from Dana",
    "https",
    "[2001:db8::5]:8443",
    health("blocked", 95, [95, 99, null, null, null], REFUSED),
  ),
  row("tallinn", "Tallinn", "socks5", "192.0.2.81:9050", health("probation", 210, [200, null, 210], SILENT)),
  row("warsaw", "Warsaw", "socks5", "192.0.2.19:1080", health("rejected", null, [null], PASSWORD), { hasSecret: true }),
  row("vienna", "Vienna", "vless", "vienna.example.org:443", health("untested", null, []), {
    support: { kind: "notYet", what: { kind: "transport", protocol: "VLESS", transport: "xhttp" } },
    hasSecret: true,
    subscription: "Friends",
  }),
  row("prague", "Prague", "socks4a", "192.0.2.140:1080", health("untested", null, []), { subscription: "Friends" }),
  row("telegram", "Telegram only", "mtproto", "192.0.2.200:443", health("untested", null, []), {
    support: { kind: "telegramOnly" },
    hasSecret: true,
  }),
];

/** Names as long as they may be, without a space to break at, and with every script in them. */
export const LONG_ROWS: Row[] = ROWS.map((one, index) => ({
  ...one,
  name: (index % 2 === 0
    ? "NordicRelayWithAVeryLongName-"
    : "Очень длинное имя прокси из Осло پروکسی بسیار بلند 很长的名字 "
  )
    .repeat(6)
    .slice(0, 128),
  address: `${"a-long-subdomain-".repeat(9)}.example.net:65535`,
}));

const CITIES = [
  "Oslo",
  "Riga",
  "Helsinki",
  "Vilnius",
  "Tallinn",
  "Vienna",
  "Prague",
  "Bern",
  "Lyon",
  "Porto",
  "Turin",
  "Ghent",
];
const VERDICTS: Health["verdict"][] = ["healthy", "healthy", "healthy", "untested", "suspect", "blocked"];

export function manyRows(count: number): Row[] {
  return Array.from({ length: count }, (_, index) => {
    const verdict = VERDICTS[index % VERDICTS.length] ?? "untested";
    const ms = 60 + ((index * 37) % 400);
    const spark = verdict === "untested" ? [] : [ms + 20, ms, verdict === "blocked" ? null : ms + 10];
    return row(
      `p${index}`,
      `${CITIES[index % CITIES.length]} ${index + 1}`,
      index % 3 === 0 ? "http" : "socks5",
      `198.51.${(index >> 8) & 255}.${index & 255}:1080`,
      health(verdict, verdict === "untested" ? null : ms, spark, verdict === "blocked" ? REFUSED : null),
    );
  });
}

export const PRACTICE_ROWS = ["1", "2", "3"].map((n) => ({
  id: `practice${n}`,
  name: `Practice ${n}`,
  blocked: false,
}));

/** Two minutes: a page being read, then a download, at last nothing for some seconds. */
export function traffic(quiet: number): Sample[] {
  return Array.from({ length: 120 }, (_, at) => {
    if (at >= 120 - quiet) return { received: 0, sent: 0 };
    const burst = Math.max(0, Math.sin(at / 9) * Math.sin(at / 23)) ** 2;
    const load = at > 84 ? 620_000 + 90_000 * Math.sin(at * 1.7) : 0;
    const received = Math.round(burst * 480_000 + load + (at % 7 === 0 ? 14_000 : 1500));
    return { received, sent: Math.round(received / 14 + (at % 11 === 0 ? 22_000 : 900)) };
  });
}

export const EVENTS: Told[] = [
  { at: NOW - 86_400_000 - 7_200_000, event: { kind: "connected" } },
  { at: NOW - 3_600_000, event: { kind: "listening", address: "127.0.0.1:1080" } },
  { at: NOW - 3_599_000, event: { kind: "connected" } },
  { at: NOW - 3_590_000, event: { kind: "systemProxyOn" } },
  { at: NOW - 2_400_000, event: { kind: "rejected", proxy: "Warsaw", why: PASSWORD } },
  { at: NOW - 1_300_000, event: { kind: "noNetwork" } },
  { at: NOW - 1_280_000, event: { kind: "networkBack" } },
  { at: NOW - 900_000, event: { kind: "blocked", proxy: "Vilnius from Dana", why: REFUSED, retryInMs: 91_000 } },
  { at: NOW - 899_600, event: { kind: "switched", from: "Vilnius from Dana", to: "Oslo", why: REFUSED, tookMs: 412 } },
  { at: NOW - 600_000, event: { kind: "reloaded", proxies: 9, chosen: null } },
  { at: NOW - 420_000, event: { kind: "switched", from: "Oslo", to: "Riga", why: null, tookMs: 20 } },
  { at: NOW - 360_000, event: { kind: "recovered", proxy: "Tallinn" } },
  { at: NOW - 300_000, event: { kind: "allBlocked" } },
  { at: NOW - 200_000, event: { kind: "systemProxyChangedByOther" } },
  { at: NOW - 120_000, event: { kind: "trouble", what: STAYS } },
  { at: NOW - 20_000, event: { kind: "switched", from: "Riga", to: "Oslo", why: SILENT, tookMs: 350 } },
].map((told, index) => ({ number: index + 1, ...told }) as Told);

export const CONNECTIONS: Connection[] = [
  { id: "1", target: "en.wikipedia.org:443", proxy: "Oslo", ageMs: 4200, received: 184_000, sent: 3100 },
  { id: "2", target: "upload.wikimedia.org:443", proxy: "Oslo", ageMs: 3900, received: 2_480_000, sent: 9200 },
  { id: "3", target: "[2001:db8::77]:5222", proxy: "Riga", ageMs: 840_000, received: 48_000, sent: 22_000 },
  {
    id: "4",
    target: "a-very-long-host-name.with-many-labels.downloads.example.org:8443",
    proxy: "Oslo",
    ageMs: 61_000,
    received: 734_000_000,
    sent: 812_000,
  },
];

export const SUBSCRIPTIONS: Subscription[] = [
  {
    id: "s1",
    name: "Friends",
    host: "lists.example.net",
    fetchedAt: NOW - 7_200_000,
    usedBytes: 12_400_000_000,
    totalBytes: 50_000_000_000,
    expiresAt: NOW + 19 * 86_400_000,
    proxies: 2,
  },
  {
    id: "s2",
    name: "Library",
    host: "proxies.example.org",
    fetchedAt: null,
    usedBytes: null,
    totalBytes: null,
    expiresAt: null,
    proxies: 0,
  },
];

export const SETTINGS: Settings = {
  port: 1080,
  startAtLogin: false,
  startHidden: false,
  closeToTray: true,
  language: "system",
  theme: "system",
  trayIcon: "colour",
  automatic: true,
  secondOpinion: false,
  bypass: ["localhost", "127.0.0.0/8", "*.lan"],
  login: null,
  loginIsLocked: false,
  testPage: "http://example.com/",
  keyring: "os",
  openLinks: [
    { scheme: "tg", isDefault: false },
    { scheme: "ss", isDefault: false },
    { scheme: "socks", isDefault: false },
  ],
};
