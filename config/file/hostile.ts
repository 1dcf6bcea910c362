import { foreign } from "../../model/foreign-text";
import type { Problem } from "./problem";
import type { Path } from "./raw";

/** Entries of maps and lists together: some 10,000 guests, far beyond what a cluster can hold. */
export const MOST_ENTRIES = 100_000;

/** What is said of more. */
export const tooMany = `found more than ${MOST_ENTRIES} entries, expected a homelab; take out what a generator wrote too much`;

/** Levels of maps and lists: a stack file needs eight. */
export const DEEPEST = 64;

/** Names that every JavaScript object answers to: a guest of that name would vanish or be one that nobody declared. */
const reserved = new Set(Object.getOwnPropertyNames(Object.prototype));

const error = (path: Path, message: string): Problem => ({ path, message, severity: "error" });

/**
 * What makes data dangerous to look at, at most one problem: it is asked before everything else, and
 * nothing else is said then.
 *
 * @param data the sections of a stack file, from YAML or from Pulumi
 */
export function hostileProblem(data: unknown): Problem | undefined {
  const waiting: { value: unknown; path: Path }[] = [{ value: data, path: [] }];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path } = next;
    if (typeof value !== "object" || value === null) continue;
    if (path.length > DEEPEST) {
      return error(
        path.slice(0, 3),
        `nested more than ${DEEPEST} levels deep (or within itself), expected at most 8; write it out flat`,
      );
    }
    const list = Array.isArray(value);
    for (const [key, child] of Object.entries(value)) {
      count += 1;
      if (count > MOST_ENTRIES) {
        return error(path.slice(0, 1), tooMany);
      }
      if (!list && reserved.has(key)) {
        return error(
          [...path, key],
          `found the name ${JSON.stringify(key)}, which every object of a program has, expected a name of its own; choose another`,
        );
      }
      waiting.push({ value: child, path: [...path, list ? Number(key) : foreign(key, 100)] });
    }
  }
  return undefined;
}
