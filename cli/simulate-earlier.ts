import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { readNamed } from "./files";
import { UsageError } from "./usage";

/**
 * The text of an earlier stack file: a file, else the state of the present one at a commit.
 *
 * @param named path or git revision, as it was written: `old.yaml`, `HEAD~1`, `v1.2`
 * @param present the present stack file
 * @throws UsageError in one line when it is neither
 */
export function readEarlier(named: string, present: string): string {
  if (existsSync(resolve(named))) return readNamed(named);
  if (named.startsWith("-") || named.trim() === "") {
    throw new UsageError(
      `found --diff ${JSON.stringify(named)}, expected a stack file or a git commit such as HEAD~1`,
    );
  }
  const path = resolve(present);
  const git = (...args: string[]) =>
    spawnSync("git", ["-C", dirname(path), ...args], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
  const commit = git("rev-parse", "--verify", "--quiet", `${named}^{commit}`);
  if (commit.error) {
    throw new UsageError(
      `there is no file ${named}, and git could not be run to look for a commit`,
    );
  }
  if (commit.status !== 0) {
    throw new UsageError(
      `there is no file ${named}, and no commit of that name in the repository of ${basename(path)}; name a stack file, or a commit such as HEAD~1`,
    );
  }
  const shown = git("show", `${commit.stdout.trim()}:./${basename(path)}`);
  if (shown.status !== 0) {
    throw new UsageError(
      `commit ${named} has no ${basename(path)}; name a commit that has it, or an earlier stack file`,
    );
  }
  return shown.stdout;
}
