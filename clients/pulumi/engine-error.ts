import { errorText } from "../../model/text";
/**
 * The sentence that tells why a command of the engine failed, of the many in which the Automation
 * API reports it: the last `error: ...`, else the first line.
 */
export function engineReason(failure: unknown): string {
  const text = errorText(failure);
  const errors = text.split("\n").filter((line) => /^\s*error:/.test(line));
  return (errors.at(-1) ?? text.split("\n").find((line) => line.trim() !== "") ?? text)
    .replace(/^\s*error:\s*/, "")
    .trim();
}

/** Whether the Automation API threw it because a command of the engine ended badly. */
export function isEngineFailure(error: unknown): error is Error {
  // By name, for the class itself would load the SDK.
  return error instanceof Error && commandErrors.has(error.name);
}

const commandErrors = new Set([
  "CommandError",
  "ConcurrentUpdateError",
  "StackNotFoundError",
  "StackAlreadyExistsError",
]);
