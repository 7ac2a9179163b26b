// What is wrong with a link: the part at fault, and what was expected of it.
import type { Expected, LinkError, Part } from "../bindings";
import { m } from "../paraglide/messages";
import { isolate, leftToRight, locale } from "./locale";

const PARTS: Record<Exclude<Part["kind"], "parameter">, () => string> = {
  link: m.part_link,
  scheme: m.part_scheme,
  userinfo: m.part_userinfo,
  user: m.part_user,
  password: m.part_password,
  host: m.part_host,
  port: m.part_port,
  path: m.part_path,
  secret: m.part_secret,
  cipher: m.part_cipher,
  payload: m.part_payload,
  query: m.part_query,
};

const EXPECTED: Record<Exclude<Expected["kind"], "other" | "noVpn">, () => string> = {
  missing: m.expected_missing,
  host: m.expected_host,
  port: m.expected_port,
  number: m.expected_number,
  utf8: m.expected_utf8,
  once: m.expected_once,
  keyFile: m.expected_key_file,
  noKey: m.expected_no_key,
  noTlsAround: m.expected_no_tls_around,
  oneTo255Bytes: m.expected_one_to_255_bytes,
  upTo255Bytes: m.expected_up_to_255_bytes,
  noZeroByte: m.expected_no_zero_byte,
  noPassword: m.expected_no_password,
  noColonOrControl: m.expected_no_colon_or_control,
  noControl: m.expected_no_control,
  noColon: m.expected_no_colon,
  hostKey: m.expected_host_key,
  nothingAfterPort: m.expected_nothing_after_port,
  closedBracket: m.expected_closed_bracket,
  portAfterBracket: m.expected_port_after_bracket,
  brackets: m.expected_brackets,
  oneColon: m.expected_one_colon,
  webAddress: m.expected_web_address,
  jsonInBase64: m.expected_json_in_base64,
  oneObject: m.expected_one_object,
  flatObject: m.expected_flat_object,
  cipherAndPassword: m.expected_cipher_and_password,
  wholeInBase64: m.expected_whole_in_base64,
  colonBetween: m.expected_colon_between,
  keyOf2022: m.expected_key_of2022,
  noTransport: m.expected_no_transport,
  noTls: m.expected_no_tls,
  cipherName: m.expected_cipher_name,
  pluginName: m.expected_plugin_name,
  addressInBase64: m.expected_address_in_base64,
  ownLink: m.expected_own_link,
  listAddress: m.expected_list_address,
  unambiguous: m.expected_unambiguous,
  linkOrAddress: m.expected_link_or_address,
  shorter: m.expected_shorter,
  flatter: m.expected_flatter,
  oneLine: m.expected_one_line,
  noList: m.expected_no_list,
  alwaysTls: m.expected_always_tls,
  portRanges: m.expected_port_ranges,
  certificateDigest: m.expected_certificate_digest,
  checked: m.expected_checked,
  noneTlsOrReality: m.expected_none_tls_or_reality,
  telegramPort: m.expected_telegram_port,
  telegramPath: m.expected_telegram_path,
  telegramSecret: m.expected_telegram_secret,
  knownScheme: m.expected_known_scheme,
  knownKind: m.expected_known_kind,
  noFile: m.expected_no_file,
  sendableName: m.expected_sendable_name,
  noSagerNet: m.expected_no_sager_net,
  noNaive: m.expected_no_naive,
  noTor: m.expected_no_tor,
};

export function partText(part: Part): string {
  return part.kind === "parameter" ? m.part_parameter({ name: leftToRight(part.name) }) : PARTS[part.kind]();
}

export function expectedText(expected: Expected): string {
  if (expected.kind === "noVpn") return m.expected_no_vpn({ name: isolate(expected.name) });
  if (expected.kind !== "other") return EXPECTED[expected.kind]();
  const ask = new Intl.ListFormat(locale(), { type: "disjunction" }).format(expected.ask.map(isolate));
  return m.expected_other({ name: isolate(expected.name), ask });
}

/** Why an entry was skipped, for after its line. */
export function skipText({ part, expected }: LinkError): string {
  return m.preview_skipped_why({ part: partText(part), expected: expectedText(expected) });
}
