import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { runProgramNow } from "../../clients/programs";
import { filesIn, type SectionReader } from "../../config/file/section-files";
import { readNamed } from "./files";
import { UsageError } from "./usage";

/** A stack file to compare with. */
export interface EarlierStack {
  text: string;
  /** Where the files are that it names. */
  read: SectionReader;
}

/**
 * An earlier stack file: a file, else the state of the present one at a commit, with the files that
 * it named then.
 *
 * @param named path or git revision, as it was written: `old.yaml`, `HEAD~1`, `v1.2`
 * @param present the present stack file
 * @throws UsageError in one line when it is neither
 */
export function readEarlier(named: string, present: string): EarlierStack {
  if (existsSync(resolve(named))) {
    return { text: readNamed(named), read: filesIn(dirname(resolve(named))) };
  }
  if (named.startsWith("-") || named.trim() === "") {
    throw new UsageError(
      `found --diff ${JSON.stringify(named)}, expected a stack file or a git commit such as HEAD~1`,
    );
  }
  const path = resolve(present);
  const git = (...args: string[]) => runProgramNow("git", ["-C", dirname(path), ...args]);
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
  const show = (file: string) => git("show", `${commit.stdout.trim()}:./${file}`);
  const shown = show(basename(path));
  if (shown.status !== 0) {
    throw new UsageError(
      `commit ${named} has no ${basename(path)}; name a commit that has it, or an earlier stack file`,
    );
  }
  return {
    text: shown.stdout,
    read: (file) => {
      const { status, stdout } = show(file);
      if (status === 0) return { text: stdout };
      return { refused: `commit ${named} has no ${file}, which its stack file names` };
    },
  };
}
