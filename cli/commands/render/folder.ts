import {
  lstatSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { makeWritableFolder, readNamed } from "../../lib/files";
import { UsageError } from "../../lib/usage";

/** File that lists the others: by it a folder is known as one of ours. */
export const LIST = "FILES.txt";

/** A file to write. */
export interface FolderFile {
  /** From the folder: `traefik/etc/traefik/traefik.yml`. */
  name: string;
  text: string;
  /** Its line in the list, beginning with the name. */
  line: string;
}

/**
 * Writes files into a folder, in place of those that an earlier call wrote there.
 *
 * @throws UsageError for a folder that holds anything else in their way, before anything is changed
 */
export function replaceFolder(out: string, files: readonly FolderFile[]): void {
  const root = resolve(out);
  const earlier = listed(root, out);
  const names = new Set(earlier);
  for (const { name } of files) refuseForeign(root, inside(root, name), names.has(name));
  // Before anything of an earlier call is taken away.
  makeWritableFolder(root, (code) => `${out} cannot be written (${code}); name another folder`);
  clear(root, earlier);
  for (const { name, text } of files) {
    const path = inside(root, name);
    mkdirSync(dirname(path), { recursive: true });
    // Never through a link that came in the meantime.
    writeFileSync(path, text, { flag: "wx" });
  }
  const list = files.map(({ line }) => `${line}\n`).join("");
  writeFileSync(join(root, LIST), list, { flag: "wx" });
}

/** Names that an earlier call wrote down; none for a folder that is new or empty. */
function listed(root: string, out: string): string[] {
  const kind = kindOf(root, true);
  if (kind === undefined) return [];
  if (kind !== "folder") throw new UsageError(`${out} is a file, expected a folder`);
  const list = join(root, LIST);
  if (kindOf(list) === undefined) {
    if (readdirSync(root).length === 0) return [];
    throw new UsageError(`${out} is not empty and not of an earlier render; name a new folder`);
  }
  if (kindOf(list) !== "file") {
    throw new UsageError(`${join(out, LIST)} is no regular file; remove the folder`);
  }
  const names = readNamed(list)
    .split("\n")
    .map((line) => line.split(" ", 1).join(""))
    .filter((name) => name !== "");
  for (const name of names) refuseForeign(root, inside(root, name), true);
  return names;
}

function clear(root: string, names: readonly string[]): void {
  for (const name of names) {
    const path = inside(root, name);
    rmSync(path, { force: true });
    for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
      // Whatever somebody else put there stays.
      if (kindOf(folder) === undefined || readdirSync(folder).length > 0) break;
      rmdirSync(folder);
    }
  }
  rmSync(join(root, LIST), { force: true });
}

/** Refuses links on the way to a file, and at its place what no earlier call wrote. */
function refuseForeign(root: string, path: string, ours: boolean): void {
  const shown = relative(".", path);
  for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
    const kind = kindOf(folder);
    if (kind === undefined || kind === "folder") continue;
    throw new UsageError(
      `${relative(".", folder)} is no folder of its own, and ${shown} is to be written below it; remove it`,
    );
  }
  const kind = kindOf(path);
  if (kind === undefined || (ours && kind === "file")) return;
  throw new UsageError(`${shown} is there and not of an earlier render; name a new folder`);
}

/**
 * What stands at a path.
 *
 * @param through whether a link counts as what it leads to
 */
function kindOf(path: string, through = false): "folder" | "file" | "other" | undefined {
  const found = (through ? statSync : lstatSync)(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (found.isDirectory()) return "folder";
  return found.isFile() ? "file" : "other";
}

/** A list that somebody edited must not lead out of the folder. */
function inside(root: string, name: string): string {
  const path = resolve(root, name);
  if (path.startsWith(root + sep)) return path;
  throw new UsageError(
    `${join(relative(".", root), LIST)} names ${name}, which is outside; remove the folder`,
  );
}
