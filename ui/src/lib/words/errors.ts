// What went wrong: in the person's language where the code is known, in English where it is new to the page.
import type { AppError } from "../bindings";
import { CoreError } from "../core";
import { m } from "../paraglide/messages";
import { isolate, leftToRight } from "./locale";

const BY_CODE: Record<string, (of: (name: string) => string) => string> = {
  stopped: m.error_stopped,
  gone: m.error_gone,
  badLink: (of) => m.error_bad_link({ part: of("part"), expected: of("expected") }),
  badDocument: (of) => m.error_bad_document({ from: of("from") }),
  webPage: (of) => m.error_web_page({ from: of("from") }),
  neither: () => m.error_neither({ example: leftToRight("socks5://host:port") }),
  fileUnreadable: (of) => m.error_file_unreadable({ path: of("path") }),
  tooLarge: (of) => m.error_too_large({ from: of("from") }),
  noQr: (of) => m.error_no_qr({ from: of("from") }),
  nothingFound: (of) => m.error_nothing_found({ from: of("from") }),
  noPicture: m.error_no_picture,
  listAddress: m.error_list_address,
  notUp: m.error_not_up,
  lostList: (of) => m.error_lost_list({ aside: of("aside") }),
  emptyList: m.error_empty_list,
  noneSupported: m.error_none_supported,
  badPage: () => m.error_bad_page({ example: leftToRight("http://example.com/") }),
  tooLongForQr: m.error_too_long_for_qr,
  practiceFailed: m.error_practice_failed,
  listNotEmpty: m.error_list_not_empty,
  portTaken: (of) =>
    of("holder")
      ? m.error_port_taken_by({ port: of("port"), holder: of("holder") })
      : m.error_port_taken({ port: of("port") }),
  portForbidden: (of) => m.error_port_forbidden({ port: of("port") }),
  cannotListen: (of) => m.error_cannot_listen({ port: of("port") }),
  alreadyRunning: (of) => m.error_already_running({ program: of("program") }),
  busy: m.error_busy,
  newerFile: (of) => m.error_newer_file({ path: of("path") }),
  damagedFile: (of) => m.error_damaged_file({ path: of("path") }),
  badSettings: m.error_bad_settings,
  nameTaken: (of) => m.error_name_taken({ name: of("name") }),
  badName: m.error_bad_name,
  badUrl: m.error_bad_url,
  knownSubscription: (of) => m.error_known_subscription({ name: of("name") }),
  emptySubscription: m.error_empty_subscription,
  diskFailed: (of) => m.error_disk_failed({ path: of("path") }),
  keyOff: m.error_key_off,
  keyringAbsent: m.error_keyring_absent,
  keyLocked: m.error_key_locked,
  passphrase: m.error_passphrase,
  keyLost: m.error_key_lost,
  fetchForbidden: (of) => m.error_fetch_forbidden({ host: of("host") }),
  fetchUnreachable: (of) => m.error_fetch_unreachable({ host: of("host") }),
  fetchUntrusted: (of) => m.error_fetch_untrusted({ host: of("host") }),
  fetchTimeout: (of) => m.error_fetch_timeout({ host: of("host") }),
  fetchStatus: (of) => m.error_fetch_status({ host: of("host"), status: of("status") }),
  fetchBroken: (of) => m.error_fetch_broken({ host: of("host") }),
  needsConsent: m.error_needs_consent,
  settledByHand: (of) => m.error_settled_by_hand({ file: of("file") }),
  badPort: m.error_bad_port,
  badHost: m.error_bad_host,
  missing: m.error_missing,
  off: m.error_off,
  systemProxyInUse: (of) =>
    of("by") ? m.error_system_proxy_in_use_by({ by: of("by") }) : m.error_system_proxy_in_use(),
  systemProxyFailed: (of) => m.error_system_proxy_failed({ why: of("why") }),
  unsupportedProtocol: (of) => m.error_unsupported_protocol({ protocol: of("protocol") }),
};

export function errorText({ code, text, args }: AppError): string {
  const told = BY_CODE[code]?.((name) => (args[name] ? isolate(args[name]) : ""));
  if (told !== undefined) return told;
  return text === "" ? m.error_failed() : isolate(sentence(text));
}

/** What the core says begins small and ends without a stop. */
export function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

export function asAppError(error: unknown): AppError {
  if (error instanceof CoreError) return error.error;
  return { code: "unknown", text: error instanceof Error ? error.message : String(error), args: {} };
}
