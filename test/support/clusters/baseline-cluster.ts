import { onTestFinished } from "vitest";
import { parseStack } from "../../../config/parse";
import { Faults } from "../../../sim/faults";
import { Platform } from "../../../sim/platform";
import {
  type ProxmoxApi,
  type ProxmoxApiOptions,
  serveProxmoxApi,
} from "../../../sim/proxmox/api-server/server";
import { type Site, siteFromStack } from "../../../sim/proxmox/api-server/site";
import { seedWorld } from "../../../sim/seed";
import { World } from "../../../sim/world";
import { stackData } from "./stacks";

/** A simulated cluster and the hardware that it stands on. */
export interface Cluster {
  world: World;
  site: Site;
}

/** The sound stack file of the cluster `homelab`. */
export function homelabStack() {
  const parsed = parseStack(stackData("homelab"));
  if (!parsed.stack) throw new Error("Pulumi.homelab.yaml has mistakes");
  return parsed.stack;
}

/** Where each guest was at the audit, and which were under HA. */
const guests = [
  { vmid: 100, name: "influxdb", node: "proxmox2", ha: true },
  { vmid: 110, name: "traefik", node: "proxmox", ha: false },
  { vmid: 113, name: "postgresql", node: "proxmox3", ha: true },
  { vmid: 116, name: "adguard-2", node: "proxmox2", ha: true },
  { vmid: 121, name: "traefik-2", node: "proxmox", ha: false },
  { vmid: 122, name: "zigbee2mqtt", node: "proxmox3", ha: true },
  { vmid: 130, name: "mqtt-prod", node: "proxmox3", ha: true },
  { vmid: 131, name: "netbox", node: "proxmox2", ha: true },
  { vmid: 132, name: "uptime-kuma", node: "proxmox", ha: false },
  { vmid: 134, name: "kea-dhcp-2", node: "proxmox", ha: false },
  { vmid: 135, name: "stork-server", node: "proxmox", ha: false },
  { vmid: 1250, name: "adguard", node: "proxmox3", ha: true },
] as const;

const nodes = ["proxmox", "proxmox2", "proxmox3"];

/**
 * The cluster on the morning of the audit: both Traefiks on `proxmox`, no groups, HA
 * resources 0/3/4, a reboot without a shutdown, an IBECC memory error, broken ext4 journals. Storage
 * and backup, of which the audit says nothing, are in order.
 */
export function clusterAsItWas(pveVersion: 8 | 9 = 9): Cluster {
  const world = World.inMemory(
    seedWorld({
      pveVersion,
      nodes,
      guests: guests.map(({ vmid, name, node }) => ({ vmid, name, node, type: "ct" })),
    }),
  );
  const { proxmox: pve } = world.state;
  pve.backupJobs.nightly = { all: true, enabled: true, storage: "backup", schedule: "02:00" };
  for (const { vmid, node, ha } of guests) {
    if (!ha) continue;
    pve.haResources[`ct:${vmid}`] = { state: "started", maxRestart: 3, maxRelocate: 2 };
    for (const [index, target] of nodes.entries()) {
      if (target === node) continue;
      const job = { guest: vmid, target, source: node, schedule: "*/15" };
      pve.replications[`${vmid}-${index}`] = job;
    }
  }
  const site = siteFromStack(homelabStack());
  const { proxmox } = site.nodes;
  if (proxmox) rebootedUncleanly(proxmox);
  return { world, site };
}

function rebootedUncleanly(node: Site["nodes"][string]): void {
  const now = Math.floor(Date.now() / 1000);
  node.uptimeSec = 3 * 3600;
  const boot = now - node.uptimeSec;
  const task = (type: string, starttime: number) => ({
    upid: `UPID:proxmox:00000400:00000800:${starttime.toString(16).toUpperCase()}:${type}::root@pam:`,
    node: "proxmox",
    type,
    id: "",
    user: "root@pam",
    starttime,
    endtime: starttime + 40,
    status: "OK",
  });
  // The start at 01:48 was followed by no stop: at 08:36 it was simply there again.
  node.tasks = [task("startall", boot + 30), task("startall", boot - 24_480)];
  node.journal = [
    "Nov 10 08:36:35 proxmox kernel: EDAC MC: Ver: 3.0.0",
    "Nov 10 08:36:35 proxmox kernel: EDAC MC0: Giving out device to module igen6_edac controller Intel_client_SoC MC#0: DEV 0000:00:00.0 (INTERRUPT)",
    "Nov 10 08:36:35 proxmox kernel: EDAC igen6 MC0: HANDLING IBECC MEMORY ERROR",
    "Nov 10 08:37:20 proxmox kernel: EXT4-fs error (device dm-16): ext4_journal_check_start:84: comm systemd-journal: Detected aborted journal",
    "Nov 10 08:37:21 proxmox kernel: EXT4-fs error (device dm-17): ext4_journal_check_start:84: comm traefik: Detected aborted journal",
    "Nov 10 08:42:02 proxmox kernel: EXT4-fs (dm-14): error count since last fsck: 3",
    "Nov 10 08:42:02 proxmox kernel: EXT4-fs (dm-19): error count since last fsck: 2",
  ];
}

/** Carries out the Proxmox part of a program's resources on a simulated cluster, in their order. */
export async function carryOut(
  world: World,
  resources: readonly { type: string; name: string; inputs: Record<string, unknown> }[],
): Promise<void> {
  const platform = new Platform(world, new Faults());
  for (const { type, name, inputs } of resources) {
    if (!type.startsWith("proxmoxve:")) continue;
    const checked = await platform.check(type, name, inputs);
    await platform.create(type, name, checked.inputs);
  }
}

/** Serves a simulated cluster until the test ends. */
export async function served(
  { world, site }: Cluster,
  more: Partial<Omit<ProxmoxApiOptions, "state" | "site">> = {},
): Promise<ProxmoxApi> {
  const api = await serveProxmoxApi({ state: () => world.state.proxmox, site, ...more });
  onTestFinished(() => api.stop());
  return api;
}
