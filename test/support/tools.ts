import { spawnSync } from "node:child_process";

/** Some of these live where only root's PATH looks. */
export const toolEnv = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/** Refuses to go on without a program, since a check that was not made is not a check passed. */
export function needTool(program: string): void {
  const found = spawnSync("sh", ["-c", 'command -v "$0"', program], { env: toolEnv });
  if (found.status === 0) return;
  throw new Error(
    `${program} is not installed, so rendered files cannot be checked; run: sudo sh test/support/tools.sh`,
  );
}

/** What a person reads where nothing can run as root. */
export const noRoot =
  "only root may shut rsync's daemon into a directory; run the tests as root, or allow sudo without a password";

/** Words in front of a command that has to run as root; undefined where that cannot be. */
export function asRoot(): string[] | undefined {
  if (process.getuid?.() === 0) return [];
  return spawnSync("sudo", ["-n", "true"]).status === 0 ? ["sudo", "-n"] : undefined;
}

/** Exit code and everything that a program said. */
export function runTool(
  program: string,
  args: readonly string[],
  given: { input?: string; cwd?: string } = {},
) {
  needTool(program);
  const { status, stdout, stderr, error } = spawnSync(program, args, { env: toolEnv, ...given });
  if (error) throw error;
  return { status, output: `${stdout}${stderr}` };
}
