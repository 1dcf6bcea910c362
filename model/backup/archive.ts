import type { TarEntry } from "./tar";

/** What of a member is backed up, and may be restored: absolute paths of files and directories. */
export interface KeptPaths {
  files: readonly string[];
  /** With everything below them. */
  directories: readonly string[];
}

/** Why an entry of an archive is not used. */
export interface RefusedEntry {
  path: string;
  why: string;
}

/** What of an archive may be used, and what may not. */
export interface JudgedArchive {
  entries: TarEntry[];
  refused: RefusedEntry[];
}

/** Most entries and bytes of one member: its configuration is a hundred files of a few kilobytes. */
export const archiveLimits = { entries: 20_000, bytes: 48 * 1024 * 1024 };

/**
 * Sorts out what of an archive may be put on a host as root: files and directories that belong to
 * what is kept of the member, to root, and to nobody else to write. The same judgement is used when
 * a backup is made, so that nobody finds out at the restore.
 */
export function judgeArchive(entries: readonly TarEntry[], kept: KeptPaths): JudgedArchive {
  const judged: JudgedArchive = { entries: [], refused: [] };
  const seen = new Set<string>();
  const files = new Set<string>();
  let bytes = 0;
  for (const entry of entries) {
    bytes += entry.content.length;
    const tooMuch = seen.size >= archiveLimits.entries || bytes > archiveLimits.bytes;
    const why =
      (tooMuch ? "is beyond what a member's configuration can be" : undefined) ??
      pathMistake(entry.path) ??
      placeMistake(entry, kept) ??
      kindMistake(entry) ??
      (seen.has(entry.path) ? "is in it twice" : undefined) ??
      (parents(entry.path).some((path) => files.has(path)) ? "lies below a file" : undefined);
    if (why !== undefined) {
      judged.refused.push({ path: entry.path, why });
      continue;
    }
    seen.add(entry.path);
    if (entry.kind === "file") files.add(entry.path);
    judged.entries.push(entry);
  }
  return judged;
}

/** A path of an archive has no slash at its start, and only one way to be written. */
function pathMistake(path: string): string | undefined {
  if (path.startsWith("/")) return "is an absolute path";
  if (path.split("/").includes("..")) return "leads out of its directory";
  if (/\p{C}/u.test(path)) return "has control characters in its name";
  if (path.split("/").some((part) => part === "" || part === ".")) {
    return "is not written in the one way a path has";
  }
  return undefined;
}

function placeMistake({ path, kind }: TarEntry, kept: KeptPaths): string | undefined {
  const absolute = `/${path}`;
  const within = kept.directories.some((directory) => absolute.startsWith(`${directory}/`));
  if (within) return undefined;
  if (kind === "directory" && kept.directories.includes(absolute)) return undefined;
  if (kind !== "directory" && kept.files.includes(absolute)) return undefined;
  return "does not belong to what is kept of this member";
}

function kindMistake({ kind, mode, uid, gid }: TarEntry): string | undefined {
  if (kind !== "file" && kind !== "directory") return `is a ${kindNames[kind]}`;
  if (uid !== 0 || gid !== 0) return `belongs to ${uid}:${gid}, not to root`;
  if ((mode & 0o7000) !== 0) return "has a set-uid, set-gid or sticky bit";
  if ((mode & 0o002) !== 0) return "may be written by anybody";
  return undefined;
}

const kindNames = {
  "symbolic link": "symbolic link",
  "hard link": "hard link",
  device: "device or pipe",
  other: "thing that is neither file nor directory",
} as const;

function parents(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
