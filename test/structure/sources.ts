import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Root of the project. */
export const root = join(__dirname, "../..");

const skipped = new Set(["node_modules", "__files__", "__snapshots__", "dist", "dist-policy"]);

/** Every TypeScript file below a folder of the project, as a path from the root. */
export function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || skipped.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesIn(path);
    return /\.m?ts$/.test(entry.name) ? [path] : [];
  });
}

/** Every file of the program; tests are not among them. */
export const sources = sourcesIn("").filter(
  (file) => !file.startsWith("test/") && file !== "vitest.config.mts",
);

const known = new Set(sources);

/** One import of another file of the project. */
export interface Import {
  from: string;
  to: string;
  /** Only types are taken: the file is not loaded when the program runs. */
  typeOnly: boolean;
  /** Loaded when it is asked for: `await import()`. */
  late: boolean;
}

/** Files of the project that a file imports, in any way. */
export function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const all = text.matchAll(
    /^(?:import|export)( type)?\b(?:[^;"'()]*? from)? "(\.[^"]*)"|\b(import)\("(\.[^"]*)"\)/gm,
  );
  return [...all].flatMap(([, type, named, call, asked]) => {
    const base = join(dirname(file), (named ?? asked ?? "").replace(/\.js$/, ""));
    const to = [`${base}.ts`, join(base, "index.ts")].find((path) => known.has(path));
    if (to === undefined) return [];
    return [{ from: file, to, typeOnly: type !== undefined, late: call !== undefined }];
  });
}

/** Packages that a file imports when it is loaded, e.g. `@pulumi/pulumi`. */
export function packagesOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const all = text.matchAll(/^import (?!type\b)[^;"']*?(?:from )?"([^."][^"]*)"/gm);
  return [...all].map(([, name = ""]) => name);
}

export const allImports = sources.flatMap(importsOf);

/** The first part of a path: the room that a file is in. */
export const roomOf = (file: string) => relative("", file).split("/")[0] ?? file;

/** Items by a key of each. */
export function groupedBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
