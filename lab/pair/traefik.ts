import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { recorded } from "../../cli/lib/recorded";
import { cacheFolder, recipeKey } from "../machine/places";
import { must, onPath } from "../machine/shell";

/** The release that the lab's members run. */
export interface TraefikRelease {
  version: string;
  /** SHA-256 of the archive for linux/amd64. @default nothing is downloaded, it is built */
  sha256?: string;
}

/** What `go mod download -json` says of a module. */
const downloaded = z.looseObject({ Dir: z.string(), Sum: z.string() });

/** A real Traefik binary. */
export interface TraefikBinary {
  /** Folder whose `usr/local/bin/traefik` it is; lies over the image of every host. */
  layer: string;
  /** Where it came from, for the reader of a report. */
  origin: string;
}

/**
 * Hands back Traefik: cached, else downloaded and held against the checksum, else built from its
 * Go module, whose sources the Go checksum database vouches for.
 */
export async function ensureTraefik(
  release: TraefikRelease,
  say: (line: string) => void,
): Promise<TraefikBinary> {
  const layer = join(cacheFolder(), `traefik-${release.version}-${recipeKey(release)}`);
  const note = join(layer, "origin");
  if (existsSync(note)) return announced({ layer, origin: readFileSync(note, "utf8") }, say);
  const half = `${layer}.building`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(join(half, "usr", "local", "bin"), { recursive: true });
  const target = join(half, "usr", "local", "bin", "traefik");
  const origin = (await download(release, target, say)) ?? (await build(release, target, say));
  const found = await must(target, ["version"]);
  if (!new RegExp(`^Version: *v?${release.version.replaceAll(".", "\\.")}$`, "m").test(found)) {
    throw new Error(`traefik: found ${found.split("\n")[0]}, expected ${release.version}`);
  }
  writeFileSync(join(half, "origin"), origin);
  rmSync(layer, { recursive: true, force: true });
  renameSync(half, layer);
  return announced({ layer, origin }, say);
}

function announced(binary: TraefikBinary, say: (line: string) => void): TraefikBinary {
  say(`traefik: ${binary.origin}`);
  return binary;
}

async function download(
  { version, sha256 }: TraefikRelease,
  target: string,
  say: (line: string) => void,
): Promise<string | undefined> {
  if (sha256 === undefined) {
    say("traefik: no checksum in the configuration, so nothing is downloaded");
    return undefined;
  }
  const url = `https://github.com/traefik/traefik/releases/download/v${version}/traefik_v${version}_linux_amd64.tar.gz`;
  const archive = `${target}.tar.gz`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(300_000) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    writeFileSync(archive, Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    say(`traefik: cannot be downloaded (${String(error)})`);
    return undefined;
  }
  const found = createHash("sha256").update(readFileSync(archive)).digest("hex");
  if (found !== sha256) {
    throw new Error(`${url}: found the checksum ${found}, expected ${sha256}; nothing is used`);
  }
  await must("tar", ["-xzf", archive, "-C", join(target, ".."), "traefik"]);
  rmSync(archive);
  return `${version}, release archive ${sha256.slice(0, 12)}… downloaded from github.com`;
}

async function build(
  { version }: TraefikRelease,
  target: string,
  say: (line: string) => void,
): Promise<string> {
  if (!(await onPath("go"))) {
    throw new Error(
      "traefik cannot be downloaded and there is no Go to build it with; set traefik.sha256 where github.com can be reached, or install Go 1.24 or newer",
    );
  }
  const module = `github.com/traefik/traefik/v3@v${version}`;
  say(`traefik: building ${module}; the first time this takes a quarter of an hour or more`);
  const answer = await must("go", ["mod", "download", "-json", module], { timeoutSec: 900 });
  const { Dir: sources, Sum: sum } = recorded(downloaded, answer, `go mod download ${module}`);
  const copy = `${target}-sources`;
  cpSync(sources, copy, { recursive: true });
  await must("chmod", ["-R", "u+w", copy]);
  // The dashboard is built with Node.js for releases and is not in the module, which embeds it.
  mkdirSync(join(copy, "webui", "static"), { recursive: true });
  writeFileSync(join(copy, "webui", "static", "index.html"), "<html></html>\n");
  const flags = `-s -w -X github.com/traefik/traefik/v3/pkg/version.Version=${version}`;
  // One compiler at a time and the lowest priority: what runs on the machine goes on.
  await must(
    "nice",
    ["-n", "19", "go", "build", "-p", "1", "-ldflags", flags, "-o", target, "./cmd/traefik"],
    { cwd: copy, env: { CGO_ENABLED: "0" }, timeoutSec: 7200 },
  );
  rmSync(copy, { recursive: true });
  return `${version}, built from its Go module (${sum}), without the dashboard's pages`;
}
