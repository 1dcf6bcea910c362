import type { z } from "zod";
import { Failure } from "./usage";

/**
 * Reads JSON that a program wrote down earlier; fields that the schema does not name are kept where
 * it is loose.
 *
 * @param where file or command that the text came from, for the message
 * @throws Failure that says what is wrong, in one line
 */
export function recorded<T>(schema: z.ZodType<T>, text: string, where: string): T {
  const found = schema.safeParse(jsonIn(text));
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  const place = issue?.path.length ? `${issue.path.join(".")}: ` : "";
  const what = issue?.message ?? "unknown content";
  throw new Failure(`${where}: ${place}${what}; it is damaged, or of another version`);
}

/** The same for what may be damaged without harm: undefined then. */
export function recordedOrNone<T>(schema: z.ZodType<T>, text: string): T | undefined {
  return schema.safeParse(jsonIn(text)).data;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
