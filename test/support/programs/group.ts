import type { HaGroupArgs, HaGuest } from "../../../components/ha-group";

/** HA groups with everything that hangs on them, in a form that a test can change between two runs. */
export interface WantedGroups {
  pveVersion: 8 | 9;
  /** Name of the ZFS storage of all guests. @default `tank` */
  storage?: string;
  groups: Record<
    string,
    {
      /** VMID and home of each guest; guest 140 is called `guest-140`. */
      guests: Record<number, string>;
      nodes: Record<string, number>;
      strict?: boolean;
      failback?: boolean;
      /** Whether all guests of the group are kept apart. */
      apart?: boolean;
      /** VMIDs of the containers that the stack makes itself. */
      created?: number[];
    }
  >;
}

/** Nodes of the cluster on which these groups are. */
export const groupNodes = ["a", "b", "c"];

/** A program of nothing but these groups; `wanted` is read at each run. */
export function groupProgram(wanted: WantedGroups) {
  return async () => {
    const { storage = "tank" } = wanted;
    // Loaded late: they bring the SDKs with them.
    const { guestContainer } = await import("../../../components/guests/container.js");
    const { HaGroup } = await import("../../../components/ha-group/index.js");
    for (const [name, group] of Object.entries(wanted.groups)) {
      const guests = Object.entries(group.guests).map(([vmid, node]): HaGuest => {
        const disks = { name: storage, kind: "zfs" as const, nodes: groupNodes };
        return { name: `guest-${vmid}`, vmid: Number(vmid), type: "ct", node, storage: disks };
      });
      const made = guests.filter(({ vmid }) => group.created?.includes(vmid));
      const containers = made.map((guest) => {
        const address = `10.0.0.${guest.vmid % 250}/24`;
        const container = {
          ...guest,
          purpose: guest.name,
          address,
          storage,
          create,
          startup: undefined,
        };
        return [guest.name, guestContainer(guest.name, container)] as const;
      });
      const args: HaGroupArgs = {
        pveVersion: wanted.pveVersion,
        clusterNodes: groupNodes,
        guests,
        nodes: group.nodes,
        strict: group.strict ?? false,
        failback: group.failback ?? true,
        keepApart: group.apart ? [guests.map((guest) => guest.name)] : [],
        replication: { everyMinutes: 15 },
        backup: { storage: "backup", schedule: "02:00" },
      };
      new HaGroup(name, args, { containers: Object.fromEntries(containers) });
    }
    return {};
  };
}

const create = {
  template: "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst",
  diskGb: 8,
  memoryMb: 512,
  cores: 1,
  bridge: "vmbr0",
  gateway: "10.0.0.1",
};
