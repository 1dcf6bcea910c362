import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { recorded } from "../recorded";
import { replaceFile } from "../replace-file";

const archiveSchema = z.strictObject({
  /** Name of the file. */
  file: z.string().regex(/^[0-9TZ-]+\.tar\.age$/),
  /** ISO date and time. */
  at: z.iso.datetime(),
  /** SHA-256 of the file. */
  sha256: z.string(),
  /** Checksum of what was on the member. */
  sum: z.string(),
  /** Which key opens it. */
  key: z.string(),
  bytes: z.int(),
  entries: z.int(),
  /** Paths that could not be restored and are not in it. */
  leftOut: z.array(z.string()),
});

const indexSchema = z.strictObject({
  version: z.literal(1),
  /** When the member was last found to be what the newest archive has. */
  checkedAt: z.iso.datetime(),
  /** The newest last. */
  archives: z.array(archiveSchema),
});

/** One archive of a member. */
export type StoredArchive = z.output<typeof archiveSchema>;

/** The member whose archives they are. */
interface StoreOf {
  pair: { place: string };
  member: { name: string };
}

/** The archives of one member; a folder that only its owner may enter. */
export interface MemberStore {
  folder: string;
  /** When it was last backed up, or found unchanged. @default never */
  checkedAt(): Date | undefined;
  /** The newest last. */
  archives(): StoredArchive[];
  /** The bytes of an archive; undefined where they are not what was written. */
  read(archive: StoredArchive): Buffer | undefined;
  /** Notes that the member is still what the newest archive has. */
  unchanged(at: Date): void;
  /** Adds an archive, then removes the oldest beyond `keep`. */
  add(encrypted: Buffer, about: Pick<StoredArchive, "sum" | "key" | "entries" | "leftOut">): void;
}

/** A folder of the stack file: `~` is the home of whoever runs this. */
export const localFolder = (named: string) =>
  named.startsWith("~/") ? join(homedir(), named.slice(2)) : named;

/** Where the archives of a stack lie. */
export const stackFolder = (directory: string, stack: string) =>
  join(localFolder(directory), stack);

/**
 * Opens the archives of a member; nothing is made before the first one is added.
 *
 * @param folder that of the stack
 * @param keep archives that stay
 */
export function memberStore(folder: string, { pair, member }: StoreOf, keep: number): MemberStore {
  const own = join(folder, pair.place, member.name);
  const indexFile = join(own, "index.json");
  const read = () => {
    const text = bytesIn(indexFile)?.toString("utf8");
    return text === undefined ? undefined : recorded(indexSchema, text, indexFile);
  };
  const write = (index: z.output<typeof indexSchema>) =>
    replaceFile(indexFile, `${JSON.stringify(index, undefined, 2)}\n`);
  const bytesOf = ({ file, sha256 }: StoredArchive) => {
    const bytes = bytesIn(join(own, file));
    return bytes !== undefined && sumOf(bytes) === sha256 ? bytes : undefined;
  };
  return {
    folder: own,
    checkedAt: () => {
      const index = read();
      return index && new Date(index.checkedAt);
    },
    archives: () => read()?.archives ?? [],
    read: bytesOf,
    unchanged: (at) => {
      const index = read();
      if (index) write({ ...index, checkedAt: at.toISOString() });
    },
    add: (encrypted, about) => {
      const at = new Date();
      mkdirSync(own, { recursive: true, mode: 0o700 });
      const file = `${at.toISOString().replaceAll(/[:.]/g, "-")}.tar.age`;
      replaceFile(join(own, file), encrypted);
      const archive = { ...about, file, at: at.toISOString(), sha256: sumOf(encrypted) };
      const all = [...(read()?.archives ?? []), { ...archive, bytes: encrypted.length }];
      const kept = all.slice(-keep);
      // The list first: an archive that it does not name is only litter, the other way round it would be a lie.
      write({ version: 1, checkedAt: at.toISOString(), archives: kept });
      for (const old of all.slice(0, -keep)) rmSync(join(own, old.file), { force: true });
      // Halves of files that a run left which was killed; the folder is locked, so nobody writes one now.
      for (const name of readdirSync(own)) {
        if (/\.\d+\.partial$/.test(name)) rmSync(join(own, name), { force: true });
      }
    },
  };
}

/** Content of a file; undefined where there is none, and an error where it may not be read: that is another thing. */
function bytesIn(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return undefined;
    throw error;
  }
}

const sumOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
