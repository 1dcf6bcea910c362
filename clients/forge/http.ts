import { OverrunError } from "../deadline";

/** Why a forge could not be asked. */
export function unreachableText(error: unknown): string {
  if (error instanceof OverrunError) return error.message;
  const { cause, message } = error as Error & { cause?: unknown };
  if (!(cause instanceof Error)) return message;
  // Several addresses were tried: the error itself is then without a message.
  const { code } = cause as NodeJS.ErrnoException;
  return cause.message || (code ?? String(cause));
}
