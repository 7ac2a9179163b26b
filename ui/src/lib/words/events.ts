// What happened, as sentences.
import type { Event } from "../bindings";
import type { IconName } from "../../parts/Icon.svelte";
import { m } from "../paraglide/messages";
import { duration } from "./amounts";
import { errorText } from "./errors";
import { inSentence, leftToRight, number } from "./locale";
import { reasonText } from "./reasons";

export function eventText(event: Event): string {
  switch (event.kind) {
    case "listening":
      return m.event_listening({ address: leftToRight(event.address) });
    case "switched": {
      const [from, to, took] = [inSentence(event.from), inSentence(event.to), duration(event.tookMs)];
      if (event.why) return m.event_switched_why({ from, to, took, reason: reasonText(event.why) });
      return event.tookMs < 100 ? m.event_switched_at_once({ from, to }) : m.event_switched({ from, to, took });
    }
    case "blocked":
      return m.event_blocked({
        proxy: inSentence(event.proxy),
        reason: reasonText(event.why),
        time: duration(event.retryInMs),
      });
    case "rejected":
      return m.event_rejected({ proxy: inSentence(event.proxy), reason: reasonText(event.why) });
    case "recovered":
      return m.event_recovered({ proxy: inSentence(event.proxy) });
    case "noNetwork":
      return m.event_no_network();
    case "networkBack":
      return m.event_network_back();
    case "allBlocked":
      return m.event_all_blocked();
    case "signInNeeded":
      return m.event_sign_in();
    case "signInOver":
      return m.event_sign_in_over();
    case "reloaded":
      return m.event_reloaded({ count: event.proxies, n: number(event.proxies) });
    case "telegramBlocked":
      return m.event_telegram_blocked();
    case "refreshed": {
      const { list, added, removed } = event;
      return m.event_refreshed({ list: inSentence(list), added: number(added), removed: number(removed) });
    }
    case "connected":
      return m.event_connected();
    case "disconnected":
      return m.event_disconnected();
    case "systemProxyOn":
      return m.event_system_on();
    case "systemProxyOff":
      return m.event_system_off();
    case "systemProxyRestored":
      return m.event_system_restored();
    case "systemProxyChangedByOther":
      return m.system_changed_by_other();
    case "trouble":
      return errorText(event.what);
  }
}

/** How an event is marked: its picture and its tone. */
export function eventMark(event: Event): { icon: IconName; tone: "plain" | "good" | "doubt" | "stop" } {
  switch (event.kind) {
    case "switched":
      return { icon: "switch", tone: event.why ? "doubt" : "plain" };
    case "blocked":
    case "rejected":
    case "allBlocked":
    case "signInNeeded":
    case "telegramBlocked":
      return { icon: "blocked", tone: "stop" };
    case "recovered":
    case "connected":
    case "networkBack":
    case "signInOver":
      return { icon: "check", tone: "good" };
    case "noNetwork":
    case "trouble":
    case "systemProxyChangedByOther":
      return { icon: "warning", tone: "doubt" };
    default:
      return { icon: "dot", tone: "plain" };
  }
}
