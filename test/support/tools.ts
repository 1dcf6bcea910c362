import { spawnSync } from "node:child_process";

/** Debian package of each program that a test feeds with rendered files. */
const PACKAGES: Record<string, string> = {
  haproxy: "haproxy",
  ip: "iproute2",
  keepalived: "keepalived",
  lsyncd: "lsyncd",
  "luac5.3": "lua5.3",
  openssl: "openssl",
  shellcheck: "shellcheck",
  "systemd-analyze": "systemd",
  unshare: "util-linux",
};

/** Some of these live where only root's PATH looks. */
export const toolEnv = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/** Refuses to go on without a program, since a check that was not made is not a check passed. */
export function needTool(program: string): void {
  const found = spawnSync("sh", ["-c", 'command -v "$0"', program], { env: toolEnv });
  if (found.status === 0) return;
  const all = [...new Set(Object.values(PACKAGES))].sort().join(" ");
  throw new Error(
    `${program} is not installed, so rendered files cannot be checked; run: sudo apt-get install -y --no-install-recommends ${all}`,
  );
}

/** Exit code and everything that a program said. */
export function runTool(program: string, args: readonly string[], input?: string) {
  needTool(program);
  const { status, stdout, stderr, error } = spawnSync(program, args, { env: toolEnv, input });
  if (error) throw error;
  return { status, words: `${stdout}${stderr}` };
}
