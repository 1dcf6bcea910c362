import {
  type ClusterModel,
  cephCopies,
  type GuestModel,
} from "../../../model/resilience/resilience";

const DAY = 86_400;

/** Guests of tier 1: critical, on local disks, replicated once there is ZFS. */
export const oracleGuests = ["vyos-router", "home-gateway-stack", "keycloak", "step-ca", "openbao"];

/** Guests of tier 2 by the Ceph node that they run on; the source gives no homes, so every node has some. */
export const cephGuests: Record<string, string[]> = {
  trinity: ["dokploy", "dev-workstation", "messaging-stack", "ups-management"],
  neo: ["gitlab", "cockpit", "ai-tool-stack", "media-stack"],
  smith: ["dokku", "smallweb"],
};

/**
 * The five-node cluster `matrix`, whose failure table the model must reproduce.
 *
 * OSDs on smith are counted, although they are pending: "any one Ceph node" and "two Ceph nodes"
 * say what three OSD nodes do.
 *
 * @param zfs whether the local disks of tier 1 are ZFS, replicated every minute, and under HA
 */
export function matrix(zfs: boolean): ClusterModel {
  const local = (name: string, node: string, group: Record<string, number>): GuestModel => ({
    name,
    node,
    storage: zfs ? "local-zfs" : "local-lvm",
    backup: true,
    ...(zfs && {
      ha: { nodes: group, strict: true },
      replica: { nodes: ["trinity"], everySec: 60 },
    }),
  });
  const immovable = (name: string, node: string, why: string): GuestModel => ({
    name,
    node,
    storage: "local-lvm",
    immovable: why,
    backup: true,
  });
  const nodes = ["oracle", "trinity", "neo", "niobe", "smith"];
  return {
    nodes,
    storages: {
      "ceph-vm-disks": {
        kind: "ceph",
        nodes,
        monitors: ["smith", "trinity", "neo"],
        osdNodes: ["trinity", "neo", "smith"],
        ...cephCopies(3),
      },
      "local-zfs": { kind: "zfs", nodes: ["oracle", "trinity", "niobe"] },
      "local-lvm": { kind: "local", nodes },
    },
    guests: [
      ...oracleGuests.map((name) => local(name, "oracle", { oracle: 2, trinity: 1 })),
      local("monitoring-stack", "niobe", { niobe: 2, trinity: 1 }),
      ...Object.entries(cephGuests).flatMap(([node, names]) =>
        names.map(
          (name): GuestModel => ({
            name,
            node,
            storage: "ceph-vm-disks",
            ha: { nodes: { trinity: 5, neo: 4, smith: 3, niobe: 2 }, strict: true },
            backup: true,
          }),
        ),
      ),
      immovable("gpu-workstation", "neo", "GPU of neo"),
      immovable("iot-management", "niobe", "Z-Wave stick of niobe"),
      immovable("game-server", "neo", "pinned"),
      immovable("backup-stack", "smith", "must work when Ceph fails"),
    ],
    keepApart: [],
    keepTogether: [],
    backup: { everySec: DAY, nodes: [] },
    services: [],
  };
}
