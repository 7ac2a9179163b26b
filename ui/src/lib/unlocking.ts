// A list whose passwords are sealed with a passphrase: the person is asked for it when something first needs it.
import type { Core } from "./core";
import { asAppError } from "./words/errors";

const NEEDS_PASSPHRASE = ["passphrase", "passphraseWrong"];

/** The same core, but where a call needs the passphrase, the person is asked and the call made again. */
export function unlocking(core: Core, ask: () => Promise<boolean>): Core {
  return new Proxy(core, {
    get(target, name) {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== "function" || name === "unlock") return typeof call === "function" ? call.bind(target) : call;
      return async (...given: unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(call, target, given);
        } catch (error) {
          if (!NEEDS_PASSPHRASE.includes(asAppError(error).code) || !(await ask())) throw error;
          return Reflect.apply(call, target, given);
        }
      };
    },
  });
}
