// What went wrong, in the person's language where we know the code, in English where we do not.
import type { AppError } from "../bindings";
import { CoreError } from "../core";

export function errorText(error: AppError): string {
  return error.text;
}

export function asAppError(error: unknown): AppError {
  if (error instanceof CoreError) return error.error;
  return { code: "unknown", text: error instanceof Error ? error.message : String(error), args: {} };
}
