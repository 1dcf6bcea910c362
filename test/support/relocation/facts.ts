import type { NaiveFacts, NaiveGuest } from "../../naive-program/program";

/** The stack file of the scenarios; a scenario edits its copy. */
export type StackFile = ReturnType<typeof stackFile>;

function create(memoryMb: number) {
  return {
    template: "local:vztmpl/debian-12.tar.zst",
    diskGb: 8,
    memoryMb,
    cores: 1,
    gateway: "192.168.1.1",
  };
}

/** The stack file of the scenarios as data. */
export function stackFile(pveVersion: 8 | 9) {
  const nodes = ["pve1", "pve2", "pve3"];
  const guest = (vmid: number, type: "ct" | "vm", purpose: string, node: string) => ({
    vmid,
    type,
    purpose,
    node,
    storage: "tank",
  });
  return {
    "homelab:cluster": {
      name: "house",
      pveVersion,
      nodes: Object.fromEntries(
        nodes.map((node, index): [string, { address: string }] => [
          node,
          { address: `192.168.1.${index + 11}` },
        ]),
      ),
      segments: { lan: { cidr: "192.168.1.0/24" } },
      storages: { tank: { kind: "zfs", nodes } },
      backup: { storage: "backup", on: "outside", schedule: "02:00", everyHours: 24 },
    },
    "homelab:guests": {
      traefik: {
        ...guest(110, "ct", "reverse proxy", "pve1"),
        address: "192.168.1.110",
        create: create(512),
      },
      links: {
        ...guest(140, "ct", "link page", "pve2"),
        address: "192.168.1.140",
        create: create(512),
      },
      db: guest(130, "vm", "database", "pve1"),
      dns: guest(120, "ct", "name server", "pve2"),
    },
    "homelab:haGroups": {
      services: {
        guests: ["traefik", "links", "db", "dns"],
        nodes: Object.fromEntries(nodes.map((node): [string, number] => [node, 1])),
        failback: false,
        replication: { everyMinutes: 15 },
      },
    },
  };
}

/**
 * The same guests for the naive program.
 *
 * @param adopt whether this run imports those that were there before
 */
export function naiveFacts(pveVersion: 8 | 9, adopt = false): NaiveFacts {
  const guest = (name: string, vmid: number, node: string, more: Partial<NaiveGuest> = {}) => ({
    name,
    vmid,
    type: "ct" as const,
    node,
    memoryMb: 512,
    replica: "pve3",
    existing: false,
    adopt: false,
    ...more,
  });
  const existing = { existing: true, adopt };
  return {
    pveVersion,
    nodes: { pve1: 1, pve2: 1, pve3: 1 },
    guests: [
      guest("traefik", 110, "pve1"),
      guest("links", 140, "pve2"),
      guest("db", 130, "pve1", { ...existing, type: "vm" }),
      guest("dns", 120, "pve2", existing),
    ],
  };
}
