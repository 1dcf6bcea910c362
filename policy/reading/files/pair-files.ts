import { type LsyncdFile, lsyncdFile } from "../../../model/lsyncd/conf";
import type { TraefikStaticFile } from "../../../model/traefik/static-file";
import type { ObservedResource } from "../../rule";
import type { PlacedFile } from "../keepalived-files";
import { allGroups, filesByHost, type HostFiles } from "../vrrp-groups";
import { traefikIn } from "./traefik-files";

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
  /** What its Traefik follows: a file, else flags, else variables. */
  traefik: ReadFile<TraefikStaticFile>[];
  /** Units whose flags for Traefik do not count, because of a file. */
  lostFlags: PlacedFile[];
  lsyncd: ReadFile<LsyncdFile>[];
}

const longest = 256 * 1024;

/** The hosts with files of Traefik or lsyncd. */
export function pairHosts(resources: ObservedResource[]): PairHost[] {
  const groups = allGroups(resources).map(
    ({ files }) => new Set(files.map(({ resource }) => resource.urn)),
  );
  return [...filesByHost(resources).values()].flatMap((host) => {
    const { traefik, lostFlags } = traefikOf(host.files);
    const lsyncd = host.files.flatMap((file) => read(file, lsyncdIn(file.text)));
    if (traefik.length === 0 && lsyncd.length === 0) return [];
    const group = groups.findIndex((urns) =>
      host.files.some(({ resource }) => urns.has(resource.urn)),
    );
    return [
      {
        name: nameOf(host),
        files: host.files,
        traefik,
        lostFlags,
        lsyncd,
        ...(group >= 0 && { group }),
      },
    ];
  });
}

function read<Content>(file: PlacedFile, content: Content | undefined): ReadFile<Content>[] {
  return content === undefined ? [] : [{ file, content }];
}

function traefikOf(files: PlacedFile[]): Pick<PairHost, "traefik" | "lostFlags"> {
  const told = files.flatMap((file) => read(file, traefikIn(file.text)));
  // In a container the host's file counts only where it is mounted.
  const standard = told.some(
    ({ file, content }) =>
      content.told === "file" && /^\/etc\/traefik\/traefik\.(ya?ml|toml)$/.test(file.path ?? ""),
  );
  const isLost = ({ content }: (typeof told)[number]) =>
    standard && content.unit && content.told !== "file";
  return {
    traefik: told
      .filter((one) => !isLost(one))
      .map(({ file, content: { content } }) => ({ file, content })),
    lostFlags: told.filter(isLost).map(({ file }) => file),
  };
}

function nameOf({ host, files: [first] }: HostFiles): string {
  return host?.name ?? first?.host ?? first?.resource.name ?? "host";
}

function lsyncdIn(text: string): LsyncdFile | undefined {
  return text.length <= longest && /\bsync\s*\(?\s*\{/.test(text) ? lsyncdFile(text) : undefined;
}
