/** A place in a stack file, from the section downwards: `["guests", "traefik", "vmid"]`. */
export type Path = (string | number)[];

/** A value found in a stack file that may have mistakes elsewhere, with its place. */
export interface Located<T = unknown> {
  value: T;
  path: Path;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path, or undefined where the file has none. */
export function at(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value) && typeof key === "number") return value[key];
    if (isObject(value) && Object.hasOwn(value, String(key))) return value[String(key)];
    return undefined;
  }, root);
}

/** Entries of a section or of any other map; none where the file has something else there. */
export function entries(root: unknown, path: Path): (Located & { key: string })[] {
  const value = at(root, path);
  if (!isObject(value)) return [];
  return Object.entries(value).map(([key, entry]) => ({ key, value: entry, path: [...path, key] }));
}

/** Elements of a list; none where the file has something else there. */
export function elements(root: unknown, path: Path): Located[] {
  const value = at(root, path);
  return Array.isArray(value)
    ? value.map((element, index) => ({ value: element, path: [...path, index] }))
    : [];
}

/** The text at a path, or undefined where there is none. */
export function textAt(root: unknown, path: Path): string | undefined {
  const value = at(root, path);
  return typeof value === "string" ? value : undefined;
}

/** A place in a text, both counted from 1. */
export interface Position {
  line: number;
  column: number;
}
