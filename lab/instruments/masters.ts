import { nowMs } from "../../clients/steady/clock";
import { inHost, type LabHost, leaderOf } from "../machine/host";
import { follow } from "../machine/lines";
import { alive } from "../machine/state";

/** A host took or gave up the virtual address; the time is of the monotonic clock. */
export interface MasterChange {
  atMs: number;
  host: string;
  owns: boolean;
}

/** What a line of `ip -o monitor address` says about an address. */
export function changeIn(line: string, address: string): boolean | undefined {
  if (!line.includes(` inet ${address}/`)) return undefined;
  return !line.startsWith("Deleted");
}

/** Reports when a host becomes or stops being master, as its kernel says, until the host dies. */
export function watchMaster(host: LabHost, address: string, seen: (change: MasterChange) => void) {
  // In all of the host's namespaces: a watcher that outlived the host would keep its network alive.
  const command = ["nsenter", "-t", String(leaderOf(host)), "-a", "ip", "-o", "monitor", "address"];
  return follow(`ip monitor on ${host.name}`, command, (line) => {
    const owns = changeIn(line, address);
    if (owns !== undefined) seen({ atMs: nowMs(), host: host.name, owns });
  });
}

/** Names of the hosts that have the address now. */
export async function mastersOf(address: string, hosts: readonly LabHost[]): Promise<string[]> {
  const masters: string[] = [];
  for (const host of hosts) {
    if (!host.leader || !alive(host.leader)) continue;
    const { stdout } = await inHost(host, "ip -o -4 address show dev host0");
    if (stdout.includes(` inet ${address}/`)) masters.push(host.name);
  }
  return masters;
}
