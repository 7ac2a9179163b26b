// Protocols by the names that people know them under.
const NAMES: Record<string, string> = {
  socks5: "SOCKS5",
  socks5h: "SOCKS5",
  socks4: "SOCKS4",
  socks4a: "SOCKS4a",
  http: "HTTP",
  https: "HTTPS",
  ss: "Shadowsocks",
  shadowsocks: "Shadowsocks",
  trojan: "Trojan",
  vless: "VLESS",
  vmess: "VMess",
  hysteria2: "Hysteria 2",
  tuic: "TUIC",
  anytls: "AnyTLS",
  ssh: "SSH",
  mtproto: "MTProto",
};

export function protocolName(protocol: string): string {
  return NAMES[protocol.toLowerCase()] ?? protocol;
}
