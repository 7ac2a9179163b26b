// What a proxy did, by the code of the cause; the text tells apart what one code covers.
import type { Health, Reason, Support } from "../bindings";
import { m } from "../paraglide/messages";
import { isolate } from "./locale";

export function reasonText(reason: Reason): string {
  return reason.text;
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
      return m.row_not_yet({ what: isolate(support.what) });
    case "telegramOnly":
      return m.row_telegram_only();
    case "never":
      return m.row_never({ why: isolate(support.why) });
  }
}
