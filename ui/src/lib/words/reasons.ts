// What a proxy did, by the code of the cause; the text tells apart what one code covers.
import type { Health, Reason, Support } from "../bindings";
import { m } from "../paraglide/messages";
import { isolate, leftToRight } from "./locale";

/** One code covers several of these, so the English text tells them apart. */
const BY_TEXT: Record<string, () => string> = {
  "answered with a web page": m.reason_garbage_http,
  "answered with TLS": m.reason_garbage_tls,
  "answered without end": m.reason_garbage_long,
  "showed an expired certificate": m.reason_certificate_expired,
  "showed a certificate for another name": m.reason_certificate_name,
  "showed a certificate that nobody vouches for": m.reason_certificate_issuer,
  "showed another certificate than the pinned one": m.reason_certificate_pin,
  "does not allow this target": m.reason_target_not_allowed,
  "was refused by the target": m.reason_target_refused,
  "waited for the target in vain": m.reason_target_timeout,
  "does not offer this kind of connection": m.reason_target_kind,
  "does not take this kind of address": m.reason_target_address,
};

const BY_CAUSE: Record<string, () => string> = {
  no_route: m.reason_no_route,
  out_of_resources: m.reason_out_of_resources,
  forbidden: m.reason_forbidden,
  name_not_found: m.reason_name_not_found,
  refused: m.reason_refused,
  unreachable: m.reason_unreachable,
  reset: m.reason_reset,
  closed: m.reason_closed,
  silent: m.reason_silent,
  garbage: m.reason_garbage,
  certificate: m.reason_certificate,
  tls_refused: m.reason_tls_refused,
  credentials_rejected: m.reason_credentials_rejected,
  credentials_needed: m.reason_credentials_needed,
  target: m.reason_target,
  unsupported: m.reason_unsupported,
  loop: m.reason_loop,
};

/** The end of a sentence that begins with the proxy's name. A cause that is new to the page is told in English. */
export function reasonText({ cause, stage, text }: Reason): string {
  // Silence after data has flowed is the sign of a frozen connection.
  if (cause === "silent" && stage === "carrying") return m.reason_stalled();
  return (BY_TEXT[text] ?? BY_CAUSE[cause])?.() ?? text;
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

/** Why a proxy is kept and not used; null where it is used. A protocol that is named beside it is not named again. */
export function supportText(support: Support, protocol: string): string | null {
  switch (support.kind) {
    case "carried":
      return null;
    case "notYet":
      return plain(support.what) === plain(protocol)
        ? m.row_not_yet_at_all()
        : m.row_not_yet({ what: isolate(support.what) });
    case "needsProgram":
      return m.row_needs_program({ program: isolate(support.program), install: leftToRight(support.install) });
    case "telegramOnly":
      return m.row_telegram_only();
    case "never":
      return m.row_never({ why: isolate(support.why) });
  }
}

/** How names are compared that are written now with spaces and now without. */
function plain(name: string): string {
  return name.toLowerCase().replace(/\W/g, "");
}
