// What a proxy did, and why one cannot be used, by their codes.
import type { Cause, Health, Missing, Reason, Refusal, Support } from "../bindings";
import { m } from "../paraglide/messages";
import { isolate, leftToRight } from "./locale";

/** A cause without a sentence here does not pass the type checker. */
const BY_CAUSE: Record<Exclude<Cause["kind"], "programMissing" | "other">, () => string> = {
  noRoute: m.reason_no_route,
  outOfResources: m.reason_out_of_resources,
  forbidden: m.reason_forbidden,
  nameNotFound: m.reason_name_not_found,
  refused: m.reason_refused,
  unreachable: m.reason_unreachable,
  reset: m.reason_reset,
  closed: m.reason_closed,
  silent: m.reason_silent,
  stalled: m.reason_stalled,
  garbageHttp: m.reason_garbage_http,
  garbageTls: m.reason_garbage_tls,
  garbageLong: m.reason_garbage_long,
  garbage: m.reason_garbage,
  certificateExpired: m.reason_certificate_expired,
  certificateName: m.reason_certificate_name,
  certificateIssuer: m.reason_certificate_issuer,
  certificatePin: m.reason_certificate_pin,
  certificate: m.reason_certificate,
  tlsRefused: m.reason_tls_refused,
  unproven: m.reason_unproven,
  credentialsRejected: m.reason_credentials_rejected,
  credentialsNeeded: m.reason_credentials_needed,
  hostKeyChanged: m.reason_host_key_changed,
  keyUnusable: m.reason_key_unusable,
  target: m.reason_target,
  targetNotAllowed: m.reason_target_not_allowed,
  targetNoRoute: m.reason_target_no_route,
  targetUnreachable: m.reason_target_unreachable,
  targetRefused: m.reason_target_refused,
  targetTimeout: m.reason_target_timeout,
  targetKind: m.reason_target_kind,
  targetAddress: m.reason_target_address,
  unexplained: m.reason_unexplained,
  unsupported: m.reason_unsupported,
  loop: m.reason_loop,
  programFailed: m.reason_program_failed,
};

/** The end of a sentence that begins with the proxy's name. What another version wrote down is told in English. */
export function reasonText({ cause, text }: Reason): string {
  switch (cause.kind) {
    case "programMissing":
      return m.reason_program_missing({ program: isolate(cause.program), install: leftToRight(cause.install) });
    case "other":
      return isolate(text);
    default:
      return BY_CAUSE[cause.kind]();
  }
}

export function verdictWord(verdict: Health["verdict"]): string {
  switch (verdict) {
    case "untested":
      return m.health_untested();
    case "healthy":
      return m.health_healthy();
    case "suspect":
      return m.health_suspect();
    case "blocked":
      return m.health_blocked();
    case "probation":
      return m.health_probation();
    case "rejected":
      return m.health_rejected();
  }
}

/** Why a proxy is kept and not used; null where it is used. */
export function supportText(support: Support): string | null {
  switch (support.kind) {
    case "carried":
      return null;
    case "notYet":
      return m.row_not_yet({ what: missingText(support.what) });
    case "needsProgram":
      return m.row_needs_program({ program: isolate(support.program), install: leftToRight(support.install) });
    case "telegramOnly":
      return m.row_telegram_only();
    case "never":
      return m.row_never({ why: REFUSALS[support.why]() });
  }
}

const REFUSALS: Record<Refusal, () => string> = {
  noCipher: m.refusal_no_cipher,
  brokenCipher: m.refusal_broken_cipher,
};

function missingText(missing: Missing): string {
  switch (missing.kind) {
    case "oldVmess":
      return m.missing_old_vmess();
    case "overQuic":
      return m.missing_over_quic({ protocol: isolate(missing.protocol) });
    case "cipher":
      return m.missing_cipher({ cipher: isolate(missing.cipher) });
    case "plugin":
      return m.missing_plugin({ plugin: isolate(missing.plugin) });
    case "realityKey":
      return m.missing_reality_key();
    case "vlessEncryption":
      return m.missing_vless_encryption();
    case "flow":
      return m.missing_flow({ flow: isolate(missing.flow) });
    case "transport":
      return m.missing_transport({ protocol: isolate(missing.protocol), transport: isolate(missing.transport) });
  }
}
