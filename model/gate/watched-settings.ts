/** A setting of a stack file that decides whether a change passes. */
export interface WatchedSetting {
  /** Section and keys; `*` stands for any key. */
  path: readonly string[];
  /** What the setting is, for a sentence: `what must survive`. */
  what: string;
}

/** Every setting whose lowering needs a code owner: a line for each. */
export const watchedSettings: readonly WatchedSetting[] = [
  { path: ["resilience", "mustSurvive"], what: "what must survive the loss of a node" },
  { path: ["resilience", "mustSurviveStorage"], what: "what must survive the loss of a storage" },
];

/** A watched setting that a change lowers. */
export interface LoweredSetting {
  /** As messages name it: `homelab:cluster.mustSurvive`. */
  place: string;
  what: string;
  /** What it demanded before and does not any more: `dns`, `3`. */
  lost: string[];
}

/**
 * What a change takes away from the settings that judge it. More entries, and larger numbers, are
 * never lower; everything else that is not there any more is.
 *
 * @param before sections of the stack file at the target branch, without the prefix
 * @param after the same of the change; undefined where it has no such file any more
 */
export function loweredSettings(
  before: unknown,
  after: unknown,
  watched: readonly WatchedSetting[] = watchedSettings,
): LoweredSetting[] {
  return watched.flatMap(({ path, what }) =>
    found(before, path).flatMap(({ place, value }) => {
      const lost = missing(value, valueAt(after, place));
      return lost.length > 0 ? [{ place: `homelab:${place.join(".")}`, what, lost }] : [];
    }),
  );
}

/** Word of a list that stands for every entry. */
const EVERYTHING = "all";

interface Found {
  place: string[];
  value: unknown;
}

function found(root: unknown, path: readonly string[], place: string[] = []): Found[] {
  const [key, ...rest] = path;
  if (key === undefined) return root === undefined ? [] : [{ place, value: root }];
  const keys = key === "*" ? keysOf(root) : [key];
  return keys.flatMap((one) => found(child(root, one), rest, [...place, one]));
}

/** The demands of one value that another one does not make. */
function missing(before: unknown, after: unknown): string[] {
  if (Array.isArray(before)) {
    const still = new Set(Array.isArray(after) ? after.map(shown) : []);
    if (still.has(EVERYTHING)) return [];
    return before.map(shown).filter((one) => !still.has(one));
  }
  if (isObject(before)) {
    return keysOf(before).flatMap((key) => {
      const lost = missing(child(before, key), child(after, key));
      return lost.map((one) => `${key}: ${one}`);
    });
  }
  if (typeof before === "number" && typeof after === "number" && after >= before) return [];
  // Nothing was demanded.
  if (before === false || before === null || before === undefined) return [];
  return shown(before) === shown(after) ? [] : [shown(before)];
}

const shown = (value: unknown) =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "");

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const keysOf = (value: unknown) => (isObject(value) ? Object.keys(value) : []);

const child = (value: unknown, key: string) =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

const valueAt = (root: unknown, place: readonly string[]) =>
  place.reduce<unknown>((value, key) => child(value, key), root);
