import type { Context, Live, ResourceModel } from "../model";
import { isRecord, type Props, text } from "../props";
import type { Guest, ProxmoxState } from "../world";
import { assertNode, cluster, guestOf, moveGuest } from "./api";

interface GuestKind {
  type: Guest["type"];
  label: "CT" | "VM";
  inputs: readonly string[];
  replaceOn: ResourceModel["replaceOn"];
}

/** Create, read, update and delete of a container or a virtual machine. */
function guestModel(kind: GuestKind): ResourceModel {
  return {
    inputs: kind.inputs,
    replaceOn: kind.replaceOn,
    compareWith: "state",
    create(inputs, context) {
      return cluster(context, (pve) => {
        const vmid = Number(inputs.vmId ?? freeVmid(pve));
        const node = text(inputs, "nodeName");
        assertNode(pve, node, context);
        assertFreeVmid(pve, vmid);
        const running = inputs.started !== false;
        const config = { ...inputs, vmId: vmid };
        const guest = {
          vmid,
          type: kind.type,
          node,
          name: guestName(inputs, vmid),
          running,
          config,
        };
        pve.guests[String(vmid)] = guest;
        return liveGuest(guest);
      });
    },
    read: (id, state, context) => read(id, state, context, kind),
    update(id, inputs, before, context) {
      return cluster(context, (pve) => {
        const node = text(before, "nodeName");
        assertNode(pve, node, context);
        const guest = onNode(pve, id, node, kind);
        if (guest === undefined) throw new Error(noConfig(kind, id, node));
        const target = text(inputs, "nodeName");
        if (target !== node) {
          assertNode(pve, target, context);
          moveGuest(pve, guest.vmid, target);
        }
        guest.config = { ...inputs, vmId: guest.vmid };
        return liveGuest(guest).outputs;
      });
    },
    delete(id, state, context) {
      cluster(context, (pve) => {
        const node = text(state, "nodeName");
        assertNode(pve, node, context);
        const guest = onNode(pve, id, node, kind);
        // It asks for the status first, and "does not exist" ends it there: only at the deletion
        // itself is that taken for done (bpg, container.go `containerDelete`, vm.go `vmDelete`).
        if (guest === undefined) throw new Error(noConfig(kind, id, node));
        assertUnused(pve, guest, kind, state);
        delete pve.guests[id];
      });
    },
  };
}

/**
 * A container is read on the node of the state only: one that HA moved away is not found there, and
 * the engine drops it (bpg/terraform-provider-proxmox, container.go `containerRead`; #658, #1665). A
 * virtual machine is looked for in the whole cluster (vm.go `vmRead`, cluster.go `GetVMNodeName`).
 */
function read(id: string, state: Props, context: Context, kind: GuestKind): Live | undefined {
  // An import names the place as <node>/<vmid>.
  const [importNode, importVmid] = id.includes("/") ? id.split("/") : [undefined, id];
  const pve = context.world.state.proxmox;
  const vmid = importVmid ?? id;
  const live = kind.type === "vm" ? guestOf(pve, vmid)?.node : undefined;
  const node = live ?? importNode ?? text(state, "nodeName");
  assertNode(pve, node, context);
  const guest = onNode(pve, vmid, node, kind);
  if (guest === undefined) return undefined;
  return importNode === undefined ? liveGuest(guest) : imported(liveGuest(guest));
}

/** An import does not bring everything back (bpg #658, #1787). */
function imported({ id, outputs }: Live): Live {
  const { operatingSystem: _, unprivileged: __, ...rest } = outputs;
  const initialization = isRecord(outputs.initialization) ? { ...outputs.initialization } : {};
  delete initialization.userAccount;
  return { id, outputs: { ...rest, initialization } };
}

function noConfig(kind: GuestKind, id: string, node: string): string {
  // pve-guest-common, AbstractConfig.pm `load_config`
  return `Configuration file 'nodes/${node}/${folder(kind)}/${id}.conf' does not exist`;
}

function onNode(pve: ProxmoxState, vmid: string, node: string, kind: GuestKind): Guest | undefined {
  const guest = guestOf(pve, vmid);
  return guest?.node === node && guest.type === kind.type ? guest : undefined;
}

function liveGuest(guest: Guest): Live {
  const outputs = { ...guest.config, nodeName: guest.node, vmId: guest.vmid };
  return { id: String(guest.vmid), outputs };
}

function guestName(inputs: Props, vmid: number): string {
  const initialization = inputs.initialization as { hostname?: string } | undefined;
  return text(inputs, "name") || initialization?.hostname || `guest-${vmid}`;
}

function folder(kind: GuestKind): string {
  return kind.type === "ct" ? "lxc" : "qemu-server";
}

function freeVmid(pve: ProxmoxState): number {
  let vmid = 100;
  while (guestOf(pve, vmid) !== undefined) vmid += 1;
  return vmid;
}

/** A VMID is unique in the cluster, whatever the type (pve-cluster, Cluster.pm `check_vmid_unused`). */
function assertFreeVmid(pve: ProxmoxState, vmid: number): void {
  const taken = guestOf(pve, vmid);
  if (taken === undefined) return;
  const label = taken.type === "ct" ? "CT" : "VM";
  throw new Error(`${label} ${vmid} already exists on node '${taken.node}'`);
}

/**
 * A guest that HA manages or that is replicated stays, unless the call says `purge`
 * (pve-container, API2/LXC.pm `destroy_vm`). The provider never says it for a container, and says
 * it for a virtual machine unless `purgeOnDestroy` is false (bpg, vm.go).
 */
function assertUnused(pve: ProxmoxState, guest: Guest, kind: GuestKind, state: Props): void {
  const sid = `${guest.type}:${guest.vmid}`;
  const purge = kind.type === "vm" && state.purgeOnDestroy !== false;
  const jobs = Object.keys(pve.replications).filter(
    (id) => pve.replications[id]?.guest === guest.vmid,
  );
  if (purge) {
    delete pve.haResources[sid];
    for (const id of jobs) delete pve.replications[id];
    return;
  }
  if (pve.haResources[sid] !== undefined) {
    throw new Error(
      `unable to remove ${kind.label} ${guest.vmid} - used in HA resources and purge parameter not set.`,
    );
  }
  // pve-guest-common, ReplicationConfig.pm `check_for_existing_jobs`
  if (jobs[0] !== undefined) {
    throw new Error(
      `There is a replication job '${jobs[0]}' for guest '${guest.vmid}' - Please remove that first.`,
    );
  }
}

const shared = ["clone", "description", "initialization", "memory", "cpu", "nodeName"];
const more = ["operatingSystem", "poolId", "protection", "started", "startup", "tags", "template"];

/** Containers and virtual machines; what replaces is `ForceNew` in bpg's container.go and vm.go. */
export const guestModels: Record<string, ResourceModel> = {
  "proxmoxve:index/containerLegacy:ContainerLegacy": guestModel({
    type: "ct",
    label: "CT",
    inputs: [
      ...shared,
      ...more,
      "console",
      "devicePassthroughs",
      "disk",
      "environmentVariables",
      "features",
      "hookScriptFileId",
      "idmaps",
      "mountPoints",
      "networkInterfaces",
      "startOnBoot",
      "unprivileged",
      "vmId",
    ],
    replaceOn: [
      "nodeName",
      "vmId",
      "clone",
      "disk.datastoreId",
      "initialization.userAccount",
      "mountPoints",
      "operatingSystem",
      "poolId",
      "template",
      "unprivileged",
    ],
  }),
  "proxmoxve:index/vmLegacy:VmLegacy": guestModel({
    type: "vm",
    label: "VM",
    inputs: [...shared, ...more, "agent", "bios", "disks", "hostpcis", "machine", "name"].concat(
      "migrate",
      "networkDevices",
      "onBoot",
      "purgeOnDestroy",
      "usbs",
      "vmId",
    ),
    // With `migrate` the provider moves the machine instead (bpg, vm.go `CustomizeDiff`).
    replaceOn: (news) => [
      "vmId",
      "clone",
      "template",
      ...(news.migrate === true ? [] : ["nodeName"]),
    ],
  }),
};
