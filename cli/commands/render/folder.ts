import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
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
 * @throws UsageError for a folder that holds anything else
 */
export function replaceFolder(out: string, files: readonly FolderFile[]): void {
  const root = resolve(out);
  clear(root, out);
  for (const { name, text } of files) {
    const path = inside(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, LIST), files.map(({ line }) => `${line}\n`).join(""));
}

function clear(root: string, out: string): void {
  if (!existsSync(root)) return;
  const list = join(root, LIST);
  if (!existsSync(list)) {
    if (readdirSync(root).length === 0) return;
    throw new UsageError(`${out} is not empty and not of an earlier render; name a new folder`);
  }
  for (const line of readFileSync(list, "utf8").split("\n")) {
    const [name = ""] = line.split(" ");
    if (name === "") continue;
    const path = inside(root, name);
    rmSync(path, { force: true });
    for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
      // Whatever somebody else put there stays.
      if (!existsSync(folder) || readdirSync(folder).length > 0) break;
      rmdirSync(folder);
    }
  }
  rmSync(list);
}

/** A list that somebody edited must not lead out of the folder. */
function inside(root: string, name: string): string {
  const path = resolve(root, name);
  if (path.startsWith(root + sep)) return path;
  throw new UsageError(
    `${join(relative(".", root), LIST)} names ${name}, which is outside; remove the folder`,
  );
}
