import { existsSync, rmSync } from "node:fs";
import { emptyCgroup, removeCgroup } from "./cgroup";
import { RUN_FOLDER } from "./places";
import { run, until } from "./shell";
import { alive, readState } from "./state";

/**
 * Removes everything that the last run noted, whether that run ended or was killed: its own
 * processes by number and start time, its mounts, namespaces, interfaces and control groups.
 *
 * @returns what there was to remove
 */
export async function clean(): Promise<string[]> {
  const state = readState();
  const removed: string[] = [];
  const { owner } = state;
  // One that goes on would make again what is removed here.
  const processes =
    owner && owner.pid !== process.pid ? [...state.processes, owner] : state.processes;
  for (const known of [...processes].reverse()) {
    if (!alive(known)) continue;
    try {
      process.kill(known.pid, "SIGKILL");
    } catch {
      continue;
    }
    removed.push(`process ${known.pid} (${known.what})`);
    await until(`${known.what}: process ${known.pid} ends`, 20, async () => !alive(known), 0.05);
  }
  // A host outlives its systemd-nspawn, and a run may have been killed before it noted the host.
  for (const cgroup of state.cgroups) {
    const count = await emptyCgroup(cgroup);
    if (count > 0) removed.push(`${count} processes of hosts`);
  }
  for (const namespace of state.namespaces) {
    if (!existsSync(`/run/netns/${namespace}`)) continue;
    await run("ip", ["netns", "delete", namespace]);
    removed.push(`namespace ${namespace}`);
  }
  for (const link of state.links) {
    const { status } = await run("ip", ["link", "delete", link]);
    if (status === 0) removed.push(`interface ${link}`);
  }
  for (const mount of [...state.mounts].reverse()) {
    // Lazy: a dying host may hold its root for another moment.
    const { status } = await run("umount", ["--lazy", mount]);
    if (status === 0) removed.push(`mount ${mount}`);
  }
  for (const cgroup of state.cgroups) removeCgroup(cgroup);
  rmSync(RUN_FOLDER, { recursive: true, force: true });
  return removed;
}
