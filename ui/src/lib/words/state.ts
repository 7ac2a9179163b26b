// The one sentence at the top of the window, what follows it, and what the big control does.
import type { State } from "../bindings";
import { m } from "../paraglide/messages";
import { duration } from "./amounts";
import { errorText } from "./errors";
import { inSentence, leftToRight, number } from "./locale";

export type Tone = "off" | "search" | "good" | "doubt" | "stop" | "trial";

export type Deed = "connect" | "disconnect" | "tryAgain" | "add" | "usePort";

export type Telling = {
  sentence: string;
  line: string;
  short: string;
  tone: Tone;
  /** What the big control does, and how it says so. */
  deed: Deed;
  label: string;
};

export function tell(state: State): Telling {
  const { phase } = state;
  switch (phase.kind) {
    case "off":
      return {
        sentence: m.state_off(),
        line: m.state_off_line(),
        short: m.short_off(),
        tone: "off",
        deed: "connect",
        label: m.do_connect(),
      };
    case "connecting":
      return {
        sentence: m.state_connecting(),
        line: m.state_connecting_line({ trying: number(phase.trying), of: number(phase.of) }),
        short: m.short_connecting(),
        tone: "search",
        deed: "disconnect",
        label: m.do_stop(),
      };
    case "connected":
      return {
        sentence: state.pick ? m.state_connected({ name: inSentence(state.pick.name) }) : m.state_connected_plain(),
        line: state.practice ? m.state_practice_line() : covered(state),
        short: m.short_connected(),
        tone: state.practice ? "trial" : "good",
        deed: "disconnect",
        label: m.do_disconnect(),
      };
    case "switching":
      return {
        sentence: m.state_switching(),
        line: m.state_switching_line({ name: inSentence(phase.from) }),
        short: m.short_switching(),
        tone: "doubt",
        deed: "disconnect",
        label: m.do_disconnect(),
      };
    case "blocked":
      return {
        sentence: m.state_blocked(),
        line:
          phase.retryInMs === null
            ? m.state_blocked_line()
            : phase.retryInMs === 0
              ? m.state_blocked_due()
              : m.state_blocked_retry({ time: duration(Math.max(1000, Math.round(phase.retryInMs / 1000) * 1000)) }),
        short: m.short_blocked(),
        tone: "stop",
        deed: "tryAgain",
        label: m.do_try_again(),
      };
    case "signIn": {
      // A browser that follows the system's setting goes through us, and cannot reach the page.
      const through = state.systemProxy.kind === "on";
      return {
        sentence: m.state_sign_in(),
        line: through ? m.state_sign_in_system() : m.state_sign_in_line(),
        short: m.short_sign_in(),
        tone: "doubt",
        ...(through ? { deed: "disconnect", label: m.do_go_direct() } : { deed: "tryAgain", label: m.do_try_again() }),
      };
    }
    case "noInternet":
      return {
        sentence: m.state_no_internet(),
        line: m.state_no_internet_line(),
        short: m.short_no_internet(),
        tone: "off",
        deed: "disconnect",
        label: m.do_turn_off(),
      };
    case "failed": {
      const free = phase.error.args["free"];
      return {
        sentence: m.state_failed(),
        line: errorText(phase.error),
        short: m.short_failed(),
        tone: "stop",
        ...(phase.error.code === "portTaken" && free !== undefined
          ? { deed: "usePort", label: m.do_use_port({ port: free }) }
          : phase.error.code === "emptyList"
            ? { deed: "add", label: m.do_add_proxy() }
            : { deed: "connect", label: m.do_try_again() }),
      };
    }
  }
}

/** Which programs go through the proxy now. */
function covered(state: State): string {
  if (state.systemProxy.kind === "on") return m.state_connected_system();
  return state.listen ? m.state_connected_port({ address: leftToRight(state.listen) }) : "";
}
