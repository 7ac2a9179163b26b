// What went wrong, and what is worth knowing though nothing did: in the person's language, by its code.
import type { AppError, Code, Whence } from "../bindings";
import { CoreError } from "../core";
import { m } from "../paraglide/messages";
import { expectedText, partText } from "./links";
import { inSentence, isolate, leftToRight, number } from "./locale";

/** What fills a message: texts that keep their own direction. */
type Of = (name: string) => string;

const PLACES: Record<Whence, () => string> = {
  clipboard: m.from_clipboard,
  link: m.from_link,
  typed: m.from_typed,
};

/** Where something came from: a place that has no name of its own, else the name of a file or a host. */
export function placeText(whence: Whence | null, name: string): string {
  return whence ? PLACES[whence]() : isolate(name);
}

/** A code without a sentence here does not pass the type checker. */
const BY_CODE: Record<Exclude<Code, "failed" | "badLink">, (of: Of, args: AppError["args"]) => string> = {
  stopped: m.error_stopped,
  gone: m.error_gone,
  off: m.error_off,
  emptyDocument: (of) => m.error_empty_document({ from: of("from") }),
  malformed: (of) => m.error_malformed({ from: of("from"), line: of("line") }),
  unknownFormat: (of) => m.error_unknown_format({ from: of("from") }),
  webPage: (of) => m.error_web_page({ from: of("from") }),
  neither: () => m.error_neither({ example: leftToRight("socks5://host:port") }),
  fileUnreadable: (of) => m.error_file_unreadable({ path: of("path") }),
  tooLarge: (of) => m.error_too_large({ from: of("from") }),
  badPicture: (of) => m.error_bad_picture({ from: of("from") }),
  noQr: (of) => m.error_no_qr({ from: of("from") }),
  nothingFound: (of) => m.error_nothing_found({ from: of("from") }),
  noPicture: m.error_no_picture,
  clipboard: m.error_clipboard,
  cannotOpen: m.error_cannot_open,
  noTelegram: m.error_no_telegram,
  listAddress: m.error_list_address,
  badPort: m.error_bad_port,
  badHost: m.error_bad_host,
  missing: m.error_missing,
  badPage: () => m.error_bad_page({ example: leftToRight("http://example.com/") }),
  unsupportedProtocol: (of) => m.error_unsupported_protocol({ protocol: of("protocol") }),
  badName: m.error_bad_name,
  nameTaken: (of) => m.error_name_taken({ name: of("name") }),
  badUrl: m.error_bad_url,
  knownSubscription: (of) => m.error_known_subscription({ name: of("name") }),
  tooLongForQr: m.error_too_long_for_qr,
  needsConsent: m.error_needs_consent,
  settledByHand: (of) => m.error_settled_by_hand({ file: of("file") }),
  lostList: (of) => m.error_lost_list({ aside: of("aside") }),
  emptyList: m.error_empty_list,
  noneSupported: m.error_none_supported,
  listNotEmpty: m.error_list_not_empty,
  alreadyRunning: (of) => m.error_already_running({ program: of("program") }),
  busy: m.error_busy,
  newerFile: (of) => m.error_newer_file({ path: of("path") }),
  damagedFile: (of) => m.error_damaged_file({ path: of("path") }),
  badSettings: m.error_bad_settings,
  emptySubscription: m.error_empty_subscription,
  diskFailed: (of) => m.error_disk_failed({ path: of("path") }),
  keyOff: m.error_key_off,
  keyringAbsent: m.error_keyring_absent,
  keyLocked: m.error_key_locked,
  keyringMissing: m.error_keyring_missing,
  passphrase: m.error_passphrase,
  passphraseWrong: m.error_passphrase_wrong,
  keyLost: m.error_key_lost,
  portTaken: (of) =>
    of("holder")
      ? m.error_port_taken_by({ port: of("port"), holder: of("holder") })
      : m.error_port_taken({ port: of("port") }),
  portForbidden: (of) => m.error_port_forbidden({ port: of("port") }),
  cannotListen: (of) => m.error_cannot_listen({ port: of("port") }),
  practiceFailed: m.error_practice_failed,
  notUp: m.error_not_up,
  fetchForbidden: (of) => m.error_fetch_forbidden({ host: of("host") }),
  fetchUnreachable: (of) => m.error_fetch_unreachable({ host: of("host") }),
  fetchUntrusted: (of) => m.error_fetch_untrusted({ host: of("host") }),
  fetchTimeout: (of) => m.error_fetch_timeout({ host: of("host") }),
  fetchStatus: (of) => m.error_fetch_status({ host: of("host"), status: of("status") }),
  fetchBroken: (of) => m.error_fetch_broken({ host: of("host") }),
  systemProxyInUse: (of) =>
    of("by") ? m.error_system_proxy_in_use_by({ by: of("by") }) : m.error_system_proxy_in_use(),
  systemProxyFailed: m.error_system_proxy_failed,
  systemProxyNotPutBack: m.error_system_proxy_not_put_back,
  systemProxyNotTaken: m.error_system_proxy_not_taken,
  settingElsewhere: (of) => m.error_setting_elsewhere({ what: of("what") }),
  settingPassword: (of) => m.error_setting_password({ of: of("of") }),
  settingLocked: m.error_setting_locked,
  systemProgram: (of) => m.error_system_program({ program: of("program") }),
  sessionBus: m.error_session_bus,
  guardFailed: m.error_guard_failed,
  fileSetAside: (of) => m.trouble_file_set_aside({ path: of("path"), aside: of("aside") }),
  fileRewritten: (of) => m.trouble_file_rewritten({ path: of("path"), aside: of("aside") }),
  newerHistory: m.trouble_newer_history,
  newerPreferences: m.trouble_newer_preferences,
  unknownSetting: (of) => m.trouble_unknown_setting({ path: of("path"), line: of("line"), key: of("key") }),
  openToOthers: (of) => m.trouble_open_to_others({ path: of("path") }),
  keyOpenToOthers: (of) => m.trouble_key_open_to_others({ path: of("path") }),
  unreadable: (of, args) =>
    others(args, (more) => m.trouble_unreadable_more({ name: of("name"), more })) ??
    m.trouble_unreadable({ name: of("name") }),
  choiceUnusable: (of) => m.trouble_choice_unusable({ name: of("name") }),
  leftOut: (of, args) =>
    others(args, (more) => m.trouble_left_out_more({ name: of("name"), more })) ??
    m.trouble_left_out({ name: of("name") }),
  telegramOnly: m.trouble_telegram_only,
  telegramThisTime: m.trouble_telegram_this_time,
  telegramNoPort: m.trouble_telegram_no_port,
  telegramPortTaken: (of) => m.trouble_telegram_port_taken({ port: of("port") }),
  cannotBeAsked: m.trouble_cannot_be_asked,
  newHostKey: (of) => m.trouble_new_host_key({ server: of("server"), fingerprint: of("fingerprint") }),
  subscriptionStays: (of) => m.trouble_subscription_stays({ name: of("name") }),
  listStays: m.trouble_list_stays,
  listEmptied: m.trouble_list_emptied,
};

/** The sentence, and after it what it came from. */
export function errorText(error: AppError): string {
  const told = own(error);
  return error.cause ? `${told} ${errorText(error.cause)}` : told;
}

function own({ code, text, args, link }: AppError): string {
  // What has no code of its own is told in English.
  if (code === "failed") return text === "" ? m.error_failed() : isolate(sentence(text));
  if (code === "badLink")
    return link
      ? m.error_bad_link({ part: partText(link.part), expected: expectedText(link.expected) })
      : isolate(sentence(text));
  const of: Of = (name) => {
    if (name === "from") return placeText((args["whence"] ?? null) as Whence | null, args["from"] ?? "");
    if (name === "name") return inSentence(args["name"] ?? "");
    return args[name] ? isolate(args[name]) : "";
  };
  return BY_CODE[code](of, args);
}

/** What is said where there are more than the one that is named. */
function others(args: AppError["args"], say: (more: string) => string): string | null {
  const more = Number(args["more"] ?? 0);
  return more > 0 ? say(number(more)) : null;
}

/** What the core says begins small and ends without a stop. */
export function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

export function asAppError(error: unknown): AppError {
  if (error instanceof CoreError) return error.error;
  const text = error instanceof Error ? error.message : String(error);
  return { code: "failed", text, args: {}, link: null, cause: null };
}
