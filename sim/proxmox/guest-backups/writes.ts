import type { Guest, GuestArchive, ProxmoxState } from "../../world";
import { guestOf } from "../api";

type Params = Readonly<Record<string, string>>;

const extension = { ct: "tar.zst", vm: "vma.zst" } as const;
const kind = { ct: "lxc", vm: "qemu" } as const;

/** The backups of a cluster, by volume id. */
export const archivesOf = (pve: ProxmoxState): Record<string, GuestArchive> => pve.archives ?? {};

/** pve-manager, VZDump.pm: a name with the time of its second. */
export function backUpGuest(pve: ProxmoxState, _: string[], { vmid = "", storage }: Params): void {
  const guest = guestOf(pve, vmid);
  if (!guest) throw new Error(`unable to find VM '${vmid}'`);
  const now = new Date().toISOString();
  const time = `${now.slice(0, 10).replaceAll("-", "_")}-${now.slice(11, 19).replaceAll(":", "_")}`;
  const name = `vzdump-${kind[guest.type]}-${vmid}-${time}.${extension[guest.type]}`;
  pve.archives = {
    ...archivesOf(pve),
    [`${storage ?? "local"}:backup/${name}`]: structuredClone(guest),
  };
}

/** pve-container, API2/LXC.pm `create_vm` with `restore`; qemu-server, API2/Qemu.pm `create_vm` with `archive`. */
export function restoreGuest(
  pve: ProxmoxState,
  [node = "", wanted = ""]: string[],
  { vmid = "", ostemplate, archive: named, start }: Params,
): void {
  const volume = ostemplate ?? named ?? "";
  const archive = archivesOf(pve)[volume];
  if (!archive || kind[archive.type] !== wanted) {
    throw new Error(`unable to restore: volume '${volume}' does not exist`);
  }
  assertFree(pve, vmid);
  const copy: Guest = {
    ...structuredClone(archive),
    vmid: Number(vmid),
    node: node === "localhost" ? archive.node : node,
    running: start === "1",
  };
  pve.guests[vmid] = copy;
}

/** pve-container, API2/LXC.pm `destroy_vm`; qemu-server, API2/Qemu.pm `destroy_vm`. */
export function destroyGuest(
  pve: ProxmoxState,
  [, wanted = "", vmid = ""]: string[],
  { purge }: Params,
): void {
  const guest = guestOf(pve, vmid);
  if (!guest || kind[guest.type] !== wanted) {
    throw new Error(`Configuration file 'nodes/localhost/${wanted}/${vmid}.conf' does not exist`);
  }
  const label = guest.type === "ct" ? "CT" : "VM";
  if (guest.running) throw new Error(`${label} ${vmid} is running - destroy failed!`);
  const sid = `${guest.type}:${vmid}`;
  if (pve.haResources[sid] !== undefined && purge !== "1") {
    throw new Error(
      `unable to remove ${label} ${vmid} - used in HA resources and purge parameter not set.`,
    );
  }
  delete pve.haResources[sid];
  delete pve.guests[vmid];
}

/** A VMID is unique in the cluster, whatever the type (pve-cluster, Cluster.pm `check_vmid_unused`). */
export function assertFree(pve: ProxmoxState, vmid: string): void {
  const taken = guestOf(pve, vmid);
  if (!taken) return;
  throw new Error(
    `${taken.type === "ct" ? "CT" : "VM"} ${vmid} already exists on node '${taken.node}'`,
  );
}
