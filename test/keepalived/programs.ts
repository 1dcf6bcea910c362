import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { Release } from "../../model/keepalived/host";
import { toolEnv } from "../support/tools";

/** A keepalived that files are held against. */
export interface Program {
  path: string;
  /** As it says itself, e.g. `2.2.7`. */
  version: string;
  /** What the reader is told. */
  release: Release;
}

/** Release of Debian 12, without which nothing is held against anything. */
const REQUIRED = "2.2";
const releases: readonly Release[] = [REQUIRED, "2.3"];

/**
 * Every keepalived of this machine: those on the path, where a newer one that was built by hand is in
 * `/usr/local/sbin`, and those in `KEEPALIVED_ALSO`, a list of paths with colons.
 */
export function keepalivedPrograms(): Program[] {
  const onPath = toolEnv.PATH.split(":").map((folder) => join(folder, "keepalived"));
  const named = (process.env.KEEPALIVED_ALSO ?? "").split(":").filter((path) => path !== "");
  const missing = named.filter((path) => !existsSync(path));
  if (missing.length > 0)
    throw new Error(`KEEPALIVED_ALSO: no such program: ${missing.join(", ")}`);
  const paths = ["/usr/local/sbin/keepalived", ...onPath, ...named].filter((path) =>
    existsSync(path),
  );
  const programs = [...new Set(paths.map((path) => realpathSync(path)))].map(program);
  if (!programs.some(({ release }) => release === REQUIRED)) {
    throw new Error(
      `keepalived ${REQUIRED} is not installed, so files cannot be held against it; run: sudo sh test/support/tools.sh`,
    );
  }
  return programs;
}

function program(path: string): Program {
  const { stdout, stderr } = spawnSync(path, ["--version"], { encoding: "utf8", env: toolEnv });
  const version = /v(\d+\.\d+\.\d+)/.exec(`${stdout}${stderr}`)?.[1];
  if (version === undefined) throw new Error(`${path} does not say which keepalived it is`);
  const release = releases.find((line) => version.startsWith(`${line}.`)) ?? "2.4";
  return { path, version, release };
}
