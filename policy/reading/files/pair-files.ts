import { parseDocument } from "yaml";
import { type LsyncdFile, lsyncdFile } from "../../../model/lsyncd/conf";
import { type TraefikStaticFile, traefikStaticOf } from "../../../model/traefik/static-file";
import type { ObservedResource } from "../../rule";
import type { PlacedFile } from "../keepalived-files";
import { allGroups, filesByHost, type HostFiles } from "../vrrp-groups";

/** A file with what it says. */
export interface ReadFile<Content> {
  file: PlacedFile;
  content: Content;
}

/** A host that runs Traefik or lsyncd, as far as the files that a stack brings tell. */
export interface PairHost {
  name: string;
  /** Number of its group of virtual addresses. @default member of none */
  group?: number;
  files: PlacedFile[];
  traefik: ReadFile<TraefikStaticFile>[];
  lsyncd: ReadFile<LsyncdFile>[];
}

const longest = 256 * 1024;

/** The hosts with files of Traefik or lsyncd. */
export function pairHosts(resources: ObservedResource[]): PairHost[] {
  const groups = allGroups(resources).map(
    ({ files }) => new Set(files.map(({ resource }) => resource.urn)),
  );
  return [...filesByHost(resources).values()].flatMap((host) => {
    const traefik = host.files.flatMap((file) => read(file, traefikIn(file.text)));
    const lsyncd = host.files.flatMap((file) => read(file, lsyncdIn(file.text)));
    if (traefik.length === 0 && lsyncd.length === 0) return [];
    const group = groups.findIndex((urns) =>
      host.files.some(({ resource }) => urns.has(resource.urn)),
    );
    return [
      { name: nameOf(host), files: host.files, traefik, lsyncd, ...(group >= 0 && { group }) },
    ];
  });
}

function read<Content>(file: PlacedFile, content: Content | undefined): ReadFile<Content>[] {
  return content === undefined ? [] : [{ file, content }];
}

function nameOf({ host, files: [first] }: HostFiles): string {
  return host?.name ?? first?.host ?? first?.resource.name ?? "host";
}

function lsyncdIn(text: string): LsyncdFile | undefined {
  return text.length <= longest && /\bsync\s*\(?\s*\{/.test(text) ? lsyncdFile(text) : undefined;
}

/** TOML is not read: its section says what is looked for as well, but not how. */
function traefikIn(text: string): TraefikStaticFile | undefined {
  if (text.length > longest || !/entrypoints/i.test(text)) return undefined;
  try {
    const document = parseDocument(text, { strict: false });
    if (document.errors.length > 0) return undefined;
    return traefikStaticOf(document.toJS({ maxAliasCount: 100 }));
  } catch {
    return undefined;
  }
}
