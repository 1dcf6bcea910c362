import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { until } from "./shell";
import { note, readState } from "./state";

/**
 * Makes a control group for one host in every hierarchy that systemd uses. Two systemds in one
 * group would take each other's units for their own.
 *
 * @returns its `cgroup.procs` files
 */
export function makeCgroups(host: string): string[] {
  const roots = ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"].filter(
    (root) => existsSync(join(root, "cgroup.procs")),
  );
  return roots.map((root) => {
    const lab = join(root, own(root), "homelab-lab");
    note((state) => {
      if (!state.cgroups.includes(lab)) state.cgroups.push(lab);
    });
    const folder = join(lab, host);
    mkdirSync(folder, { recursive: true });
    return join(folder, "cgroup.procs");
  });
}

/** Below this process's own group where it may be, e.g. in a delegated scope; at the root otherwise. */
function own(root: string): string {
  const controller = root.endsWith("/systemd") ? "name=systemd" : "";
  const line = readFileSync("/proc/self/cgroup", "utf8")
    .split("\n")
    .find((entry) => entry.split(":")[1] === controller);
  const path = line?.split(":")[2] ?? "/";
  return root.endsWith("/systemd") && existsSync(join(root, path)) ? path : "/";
}

/** Numbers, on this machine, of the processes of a unit on a host; the main process comes first. */
export function pidsOfUnit(host: string, unit: string): number[] {
  for (const lab of readState().cgroups) {
    // systemd-nspawn puts itself and its host into groups of their own.
    const file = join(lab, host, "payload", "system.slice", unit, "cgroup.procs");
    if (existsSync(file)) return pidsIn(file).sort((a, b) => a - b);
  }
  return [];
}

function pidsIn(file: string): number[] {
  return readFileSync(file, "utf8").split("\n").filter(Boolean).map(Number);
}

/** Ends every process in a control group and below; whoever is in one of the lab's is the lab's. */
export async function emptyCgroup(folder: string): Promise<number> {
  const killed = new Set<number>();
  await until(`control group ${folder} is empty`, 20, async () => {
    const pids = groupsBelow(folder).flatMap((group) => pidsIn(join(group, "cgroup.procs")));
    for (const pid of pids) {
      killed.add(pid);
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
    return pids.length === 0;
  });
  return killed.size;
}

/** Removes a control group and those below it. */
export function removeCgroup(folder: string): void {
  for (const group of groupsBelow(folder)) rmdirSync(group);
}

/** The deepest first; nothing when there is no such group. */
function groupsBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const below = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => groupsBelow(join(folder, entry.name)));
  return [...below, folder];
}
