import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A change whose file has a hostile name, in a repository of its own. */
export function changeOfJudges(dir: string): string[] {
  const git = (...args: string[]) => {
    const { status, stderr } = spawnSync(
      "git",
      ["-C", dir, "-c", "user.name=test", "-c", "user.email=test@example.org", ...args],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(stderr);
  };
  git("init", "--quiet");
  git("commit", "--quiet", "--allow-empty", "--message", "before");
  mkdirSync(join(dir, "policy"));
  for (const by of ["\n", "\r", "\u2028", "\u001b[2J", "`", "|"]) {
    writeFileSync(join(dir, "policy", `zz${by}zz critical [zz](zz) <zz> @zz #1.ts`), "");
  }
  git("add", "--all");
  git("commit", "--quiet", "--message", "after");
  git("branch", "before", "HEAD~1");
  return changeIn(dir);
}

/** Flags with which `gate` looks at it. */
export const changeIn = (dir: string) => ["--base", "before", "--head", "HEAD", "--change", dir];
