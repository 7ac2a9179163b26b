// What a paste turns out to be, well enough to look at every kind of preview.
import type { Candidate, Origin, Preview, Read } from "../bindings";
import { CoreError } from "../core";

function candidate(
  index: number,
  name: string,
  protocol: string,
  address: string,
  more: Partial<Candidate> = {},
): Candidate {
  return {
    index,
    name,
    protocol,
    address,
    support: { kind: "carried" },
    hasSecret: false,
    known: { kind: "no" },
    ...more,
  };
}

export function previewOf(origin: Origin): Preview {
  const from: Record<Origin["kind"], string> = {
    paste: "the clipboard",
    file: origin.kind === "file" ? (origin.path.split("/").at(-1) ?? "") : "",
    clipboardImage: "the clipboard's picture",
    address: "lists.example.net",
    link: "the link",
  };
  return {
    token: `preview-${origin.kind}`,
    from: from[origin.kind],
    whence: origin.kind === "paste" || origin.kind === "clipboardImage" ? "clipboard" : null,
    title: null,
    candidates: [
      candidate(0, "Bergen", "socks5", "203.0.113.9:1080", { hasSecret: true }),
      candidate(1, "Turku", "http", "turku.example.net:3128"),
      candidate(2, "Oslo", "socks5", "203.0.113.7:1080", { known: { kind: "yes", name: "Oslo" } }),
      candidate(3, "Riga, another login", "socks5", "198.51.100.23:1080", {
        hasSecret: true,
        known: { kind: "sameAddress", name: "Riga" },
      }),
      candidate(4, "Vienna", "vless", "vienna.example.org:443", {
        support: { kind: "notYet", what: { kind: "transport", protocol: "VLESS", transport: "xhttp" } },
        hasSecret: true,
      }),
      candidate(5, "Old", "ss", "192.0.2.4:8388", { support: { kind: "never", why: "brokenCipher" } }),
    ],
    skipped: [
      { line: 7, text: "socks5://203.0.113.9", reason: { part: { kind: "port" }, expected: { kind: "missing" } } },
      {
        line: 12,
        text: "ssr://192.0.2.9",
        reason: {
          part: { kind: "scheme" },
          expected: { kind: "other", name: "ShadowsocksR", ask: ["Shadowsocks (ss://)"] },
        },
      },
    ],
    skippedCount: 2,
    duplicateCount: 1,
    subscriptions: [],
    subscription: false,
    warnings: [],
  };
}

export function readText(text: string, origin: Origin): Read {
  if (origin.kind === "file" || origin.kind === "clipboardImage")
    return { kind: "preview", preview: previewOf(origin) };
  if (text.includes("long"))
    return {
      kind: "preview",
      preview: {
        ...previewOf(origin),
        candidates: [
          candidate(
            0,
            "NordicRelayWithAVeryLongName-".repeat(5).slice(0, 128),
            "socks5",
            `${"a-long-subdomain-".repeat(9)}.example.net:65535`,
          ),
        ],
      },
    };
  if (/^https?:/.test(text)) {
    const { host, protocol } = new URL(text);
    return { kind: "needsFetch", token: "to-fetch", host, insecure: protocol === "http:" };
  }
  if (/^(tg|socks5?|paperwing):/.test(text))
    return {
      kind: "preview",
      preview: {
        ...previewOf(origin),
        from: "the link",
        whence: "link",
        candidates: [candidate(0, "Bergen", "socks5", "203.0.113.9:1080", { hasSecret: true })],
        skipped: [],
        skippedCount: 0,
        duplicateCount: 0,
      },
    };
  if (/[:/\n]/.test(text)) return { kind: "preview", preview: previewOf(origin) };
  throw new CoreError({
    code: "nothingFound",
    text: "the clipboard: no proxy in it",
    args: { whence: "clipboard" },
    link: null,
    cause: null,
  });
}
