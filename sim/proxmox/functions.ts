import type { Faults } from "../faults";
import type { Props } from "../props";
import type { Guest, World } from "../world";

type Answer = (args: Props, world: World, faults: Faults) => Props;

/** Functions of the Proxmox provider that are simulated. */
export const proxmoxFunctions: Record<string, Answer> = {
  "proxmoxve:index/getContainersLegacy:getContainersLegacy": (args, world, faults) => ({
    ...args,
    id: "containers",
    containers: listed("ct", args, world, faults),
  }),
  "proxmoxve:index/getVmsLegacy:getVmsLegacy": (args, world, faults) => ({
    ...args,
    id: "vms",
    vms: listed("vm", args, world, faults),
  }),
  // pve-manager, API2/Nodes.pm lists the nodes that are off as well (bpg, datasource/nodes.go).
  "proxmoxve:index/getNodesLegacy:getNodesLegacy": (_args, { state }, faults) => {
    const names = [...state.proxmox.nodes].sort();
    return { id: "nodes", names, onlines: names.map((node) => !faults.nodeDown(node)) };
  },
  "proxmoxve:index/getVersion:getVersion": (_args, { state }) => {
    const { pveVersion } = state.proxmox;
    const version = pveVersion === 9 ? "9.0.3" : "8.4.1";
    return { id: "version", release: version.slice(0, 3), repositoryId: "0", version };
  },
  "proxmoxve:index/getReplications:getReplications": (_args, { state }) => ({
    id: "replications",
    replications: Object.entries(state.proxmox.replications).map(([id, job]) => ({ ...job, id })),
  }),
  "proxmoxve:backup/getJobs:getJobs": (_args, { state }) => ({
    id: "jobs",
    jobs: Object.entries(state.proxmox.backupJobs).map(([id, job]) => ({ ...job, id })),
  }),
  // Kept by the whole cluster: also of guests whose node is off (bpg, datasource_haresources.go). A
  // kind that is not given is sent as `vm`: a nil of its type (ha/resources/resources.go `List`).
  "proxmoxve:index/getHaresources:getHaresources": ({ type = "vm", ...args }, { state }) => ({
    ...args,
    id: "haresources",
    resourceIds: Object.keys(state.proxmox.haResources)
      .filter((sid) => sid.startsWith(`${String(type)}:`))
      .sort(),
  }),
};

/**
 * Guests of one node or of all. The provider asks node by node and leaves out, with no more than a
 * warning, a node that answers 595 (bpg, datasource/containers.go and vms.go).
 */
function listed(type: Guest["type"], args: Props, { state }: World, faults: Faults): Props[] {
  return Object.values(state.proxmox.guests)
    .filter((guest) => guest.type === type && !faults.nodeDown(guest.node))
    .filter((guest) => args.nodeName === undefined || guest.node === args.nodeName)
    .map(({ vmid, node, name, running }) => ({
      vmId: vmid,
      nodeName: node,
      name,
      status: running ? "running" : "stopped",
      template: false,
      tags: [],
    }));
}
