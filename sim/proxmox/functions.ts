import type { Props } from "../props";
import type { World } from "../world";

/** Functions of the Proxmox provider that are simulated. */
export const proxmoxFunctions: Record<string, (args: Props, world: World) => Props> = {
  // Without a node it asks every node of the cluster (bpg, datasource/containers.go).
  "proxmoxve:index/getContainersLegacy:getContainersLegacy": (args, world) => ({
    ...args,
    id: "containers",
    containers: Object.values(world.state.proxmox.guests)
      .filter((guest) => guest.type === "ct")
      .filter((guest) => args.nodeName === undefined || guest.node === args.nodeName)
      .map(({ vmid, node, name, running }) => ({
        vmId: vmid,
        nodeName: node,
        name,
        status: running ? "running" : "stopped",
        template: false,
        tags: [],
      })),
  }),
};
