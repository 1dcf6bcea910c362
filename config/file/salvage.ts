import type { z } from "zod";
import type { Path } from "./raw";
import { at, isObject } from "./raw";

/** Deletes what stands at a path; inside a list the list goes, so that no index shifts. */
function remove(root: unknown, path: Path): boolean {
  for (let length = path.length; length > 0; length--) {
    const key = path[length - 1];
    const holder = at(root, path.slice(0, length - 1));
    if (isObject(holder) && typeof key === "string" && key in holder) {
      delete holder[key];
      return true;
    }
  }
  return false;
}

/**
 * What is left of a file after everything that the schema refuses is taken out, so that the
 * judgements across sections can still speak about the sound part and all mistakes come in one
 * report. Undefined when too little is left.
 */
export function salvage<S extends z.ZodType>(schema: S, data: unknown): z.output<S> | undefined {
  const copy: unknown = structuredClone(data);
  for (;;) {
    const result = schema.safeParse(copy);
    if (result.success) return result.data;
    const removed = result.error.issues.flatMap((issue) => {
      const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
      return issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => remove(copy, [...path, key]))
        : [remove(copy, path)];
    });
    if (!removed.some(Boolean)) return undefined;
  }
}
