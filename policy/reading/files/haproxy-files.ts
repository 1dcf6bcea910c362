import { isHaproxyConf, sectionsOfKind } from "../../../model/haproxy/conf";
import type { ObservedResource } from "../../rule";
import { type PlacedFile, placedFiles } from "../keepalived-files";
import { oncePerList } from "../memo";
import { remoteCommand } from "../types";

/** A file that HAProxy reads, with what it takes from others of its host. */
export interface HaproxyFile extends PlacedFile {
  /** Sections of other files that count for it: defaults and globals above it, and frontends. */
  before: string;
  /** Whether it arrives as it is, to the last byte; the end of a here-document is the shell's. */
  whole: boolean;
}

/** Debian's own file, which HAProxy is told first. */
const MAIN = "/etc/haproxy/haproxy.cfg";

/** The files of HAProxy that the resources bring to hosts. */
export const haproxyFiles = oncePerList((resources: ObservedResource[]): HaproxyFile[] => {
  const files = placedFiles(resources).filter(isRead);
  return files
    .filter(({ text }) => isHaproxyConf(text))
    .map((file) => ({ ...file, before: before(file, files), whole: isWhole(file) }));
});

/** A file that is copied; a script may write more behind what it reads. */
function isWhole({ resource, filled }: PlacedFile): boolean {
  return filled !== true && resource.type !== remoteCommand;
}

function isRead({ path, text }: PlacedFile): boolean {
  return isHaproxyConf(text) || /\/haproxy\/.*\.cfg$/.test(path ?? "");
}

/** Several `-f`, or a folder: HAProxy reads them one after the other, a folder by name. */
function before(file: PlacedFile, all: readonly PlacedFile[]): string {
  const { host, path } = file;
  if (host === undefined || path === undefined || !isConfigured(path)) return "";
  const others = new Map(
    all.flatMap((other): [string, string][] =>
      other.host === host && other.path !== undefined && isConfigured(other.path)
        ? [[other.path, other.text]]
        : [],
    ),
  );
  others.delete(path);
  const order = [...others.keys()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return [
    ...order
      .filter((other) => rank(other) < rank(path))
      .map((other) => sectionsOfKind(others.get(other) ?? "", ["global", "defaults"])),
    ...order.map((other) => sectionsOfKind(others.get(other) ?? "", ["frontend"])),
  ].join("\n");
}

function isConfigured(path: string): boolean {
  return path.startsWith("/etc/haproxy/");
}

function rank(path: string): string {
  return path === MAIN ? "" : path;
}
