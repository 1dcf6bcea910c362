import type { z } from "zod";
import { foreign } from "../../model/foreign-text";
import { hint, nearest } from "./nearest";
import type { Problem } from "./problem";
import { at, isObject, type Path } from "./raw";
import { refusedKey } from "./refused-keys";

/** Words of other tools for keys that may be left out; one that has to be there is found by its value. */
const otherKeys: Record<string, string> = {
  agents: "workers",
  labels: "selector",
  name: "guest",
};

/** The schema below wrappers such as `.default()`; for a union, the option that the data chooses. */
function unwrap(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  const def = (schema as z.ZodType).def as unknown as {
    type: string;
    innerType?: z.core.$ZodType;
    /** What a schema with a transform reads. */
    in?: z.core.$ZodType;
    options?: z.core.$ZodType[];
    discriminator?: string;
  };
  if (def.innerType) return unwrap(def.innerType, value);
  if (def.type === "pipe" && def.in) return unwrap(def.in, value);
  if (def.type === "union" && def.options) {
    const chosen = def.options.find((option) => {
      const key = def.discriminator ?? "";
      const literal = (option as z.ZodObject).shape?.[key];
      return literal?.safeParse(at(value, [key])).success;
    });
    return chosen ?? schema;
  }
  return schema;
}

/** Keys that the schema has at a path, each with the schema of its value. */
function shapeAt(root: z.core.$ZodType, data: unknown, path: Path): Record<string, z.ZodType> {
  let schema = unwrap(root, data);
  for (const [depth, key] of path.entries()) {
    const value = at(data, path.slice(0, depth + 1));
    const def = (schema as z.ZodType).def as unknown as {
      shape?: Record<string, z.core.$ZodType>;
      valueType?: z.core.$ZodType;
      element?: z.core.$ZodType;
    };
    const next = def.shape?.[String(key)] ?? def.valueType ?? def.element;
    if (!next) return {};
    schema = unwrap(next, value);
  }
  const { shape } = (schema as z.ZodType).def as unknown as { shape?: Record<string, z.ZodType> };
  return shape ?? {};
}

/**
 * Keys that are indented one level too far, and so pass for names: `quorumDevice` below `nodes`. One
 * is known by its value, which fits the key of the map above, where that is not there.
 *
 * @param paths those of everything that the schema refused
 */
export function tooDeep(schema: z.core.$ZodType, data: unknown, paths: readonly Path[]) {
  const problems = new Map<string, Problem>();
  const explained: string[] = [];
  for (const path of paths) {
    for (let depth = 2; depth <= path.length; depth++) {
      const [map, above, key] = [path.slice(0, depth - 2), path[depth - 2], path[depth - 1]];
      const place = path.slice(0, depth);
      const id = JSON.stringify(place);
      if (typeof key !== "string" || typeof above !== "string" || problems.has(id)) continue;
      const belongs = shapeAt(schema, data, map)[key];
      const holder = at(data, map);
      if (belongs === undefined || shapeAt(schema, data, place.slice(0, -1))[key]) continue;
      if (!isObject(holder) || Object.hasOwn(holder, key)) continue;
      if (!belongs.safeParse(at(data, place)).success) continue;
      const message = `"${key}" stands below "${above}", expected it beside that; indent it as far as "${above}"`;
      problems.set(id, { path: place, message, severity: "error" });
      explained.push(JSON.stringify([...map, key]), id);
    }
  }
  const within = (path: Path) =>
    path.some((_, index) => explained.includes(JSON.stringify(path.slice(0, index + 1))));
  return { problems: [...problems.values()], explains: within };
}

/** Whether a value is at least of the kind that a key takes, whatever else is wrong with it. */
function fits(schema: z.ZodType | undefined, value: unknown): boolean {
  const result = schema?.safeParse(value);
  if (!result) return false;
  const issues = result.error?.issues ?? [];
  return !issues.some(({ code, path }) => code === "invalid_type" && path.length === 0);
}

/** The missing key that a value was written for: the only one that takes it. */
function missingFor(
  value: unknown,
  missing: readonly string[],
  shape: Record<string, z.ZodType>,
): string | undefined {
  const [exact, ...others] = missing.filter((key) => shape[key]?.safeParse(value).success);
  if (exact !== undefined && others.length === 0) return exact;
  const [only, ...more] = missing;
  return only !== undefined && more.length === 0 && fits(shape[only], value) ? only : undefined;
}

/** How many of the smallest one a unit is, by the last word of a key. */
const units: readonly Record<string, number>[] = [
  { Ms: 1, Sec: 1000, Minutes: 60_000, Min: 60_000, Hours: 3_600_000 },
  { Kb: 1, Mb: 1024, Gb: 1024 * 1024, Tb: 1024 * 1024 * 1024 },
];

/** The number in the unit of the key that was meant, where it is another one: `8` Gb are `8192` Mb. */
function converted(key: string, meant: string, value: unknown): number | undefined {
  if (typeof value !== "number") return undefined;
  const unitOf = (word: string) => /[A-Z][a-z]+$/.exec(word)?.[0] ?? "";
  const family = units.find((one) => one[unitOf(key)] && one[unitOf(meant)]);
  const [from = 1, to = 1] = [family?.[unitOf(key)], family?.[unitOf(meant)]];
  return from === to ? undefined : (value * from) / to;
}

/**
 * One problem for each key that the schema does not have: which one was most likely meant. By its
 * spelling it can only be one that is not there yet.
 *
 * @param path that of the map
 */
export function unknownKeys(
  schema: z.core.$ZodType,
  data: unknown,
  path: Path,
  keys: readonly string[],
): Problem[] {
  const shape = shapeAt(schema, data, path);
  const holder = at(data, path);
  const stated = isObject(holder) ? holder : {};
  const known = Object.keys(shape);
  // A misspelt section was read as the one that was meant, so that no name in it dangles.
  const absent = known.filter((key) => path.length === 0 || !Object.hasOwn(stated, key));
  const free = new Set(
    known.filter((key) => !Object.hasOwn(stated, key) && !shape[key]?.safeParse(undefined).success),
  );
  const spelt = keys.map((key) => {
    const bare = key.slice(key.indexOf(":") + 1);
    const other = otherKeys[key];
    const [unspaced = ""] = key.split(":");
    const near = absent.includes(unspaced) ? unspaced : nearest(bare, absent);
    const meant = near ?? (other !== undefined && absent.includes(other) ? other : undefined);
    if (meant !== undefined) free.delete(meant);
    return { key, meant };
  });
  return spelt.map(({ key, meant: near }) => {
    const value = stated[key];
    const meant = near ?? missingFor(value, [...free], shape);
    if (meant !== undefined) free.delete(meant);
    const reason = refusedKey(key, path) ?? (meant && meantHint(key, meant, value));
    return {
      path: [...path, key],
      message: `unknown key "${foreign(key, 100)}"; ${reason ?? presentHint(key, known, absent)}`,
      severity: "error",
    };
  });
}

function meantHint(key: string, meant: string, value: unknown): string {
  // In a map of one line, YAML takes what has no space behind its colon for a key.
  if (value === null && key.startsWith(`${meant}:`)) {
    const text = foreign(key.slice(meant.length + 1), 100);
    return `did you mean "${meant}"? write a space behind the colon: ${meant}: ${text}`;
  }
  const number = converted(key, meant, value);
  return `did you mean "${meant}"${number === undefined ? "" : ` (${number})`}?`;
}

function presentHint(key: string, known: readonly string[], absent: readonly string[]): string {
  const near = nearest(key, known);
  return near !== undefined && !absent.includes(near)
    ? `"${near}" is there already; remove one of them`
    : hint(key, known);
}

/** The key that a problem says was meant, and the map in which it is. */
function meantIn({ path, message }: Problem): { map: Path; meant?: string } | undefined {
  if (!message.startsWith('unknown key "')) return undefined;
  const [, meant] = /; did you mean "([^"]+)"/.exec(message) ?? [];
  return { map: path.slice(0, -1), ...(meant !== undefined && { meant }) };
}

/** Without what is missing only because its key is misspelt: that is one mistake. */
export function withoutMisspelt(problems: Problem[]): Problem[] {
  const places = problems.flatMap((problem) => meantIn(problem) ?? []);
  const meant = new Set(
    places.flatMap(({ map, meant: key }) =>
      key === undefined ? [] : [JSON.stringify([...map, key])],
    ),
  );
  const maps = new Set(places.map(({ map }) => JSON.stringify(map)));
  return problems.filter(({ path, message }) => {
    const place = JSON.stringify(path);
    if (/^(missing|found nothing)\b/.test(message) && meant.has(place)) return false;
    // One of several keys is needed, and the one that was meant is not known by its name.
    return !(/^found (no|neither) /.test(message) && maps.has(place));
  });
}
