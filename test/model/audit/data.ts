import type { ClusterSnapshot, GuestSnapshot } from "../../../clients/proxmox";
import {
  type AuditFinding,
  type AuditInput,
  audit,
  type WantedCluster,
} from "../../../model/audit/audit";

/** When the sound cluster was read. */
export const takenAt = 1_800_000_000;

/** A container on replicated ZFS. */
export function container(vmid: number, name: string, node: string): GuestSnapshot {
  return {
    vmid,
    type: "ct",
    sid: `ct:${vmid}`,
    name,
    node,
    running: true,
    template: false,
    tags: [],
    config: {
      raw: { rootfs: `tank:subvol-${vmid}-disk-0,size=8G` },
      onboot: true,
      disks: [
        {
          key: "rootfs",
          storage: "tank",
          volume: `subvol-${vmid}-disk-0`,
          replicate: true,
          backup: true,
        },
      ],
      networks: [],
      passthrough: [],
    },
  };
}

const nodes = ["a", "b", "c"];

/** Three nodes, two pairs and a database, of which there is nothing to say. */
export function sound(): ClusterSnapshot {
  const guests = [
    container(110, "traefik", "a"),
    container(121, "traefik-2", "b"),
    container(116, "dns-1", "b"),
    container(117, "dns-2", "c"),
    container(113, "postgresql", "c"),
  ];
  const apart = (rule: string, resources: string[]) => ({
    rule,
    type: "resource-affinity" as const,
    affinity: "negative" as const,
    resources,
    nodes: {},
    strict: false,
    disable: false,
    errors: [],
  });
  return {
    origin: "https://a:8006",
    takenAt,
    version: { version: "9.0.3", release: "9.0", major: 9 },
    name: "test",
    quorate: true,
    nodes: nodes.map((name) => ({
      name,
      online: true,
      uptimeSec: 100 * 86_400,
      pveVersion: "pve-manager/9.0.3/025864202ebb6109",
      tasks: [],
      journal: [],
    })),
    guests,
    storages: [
      { name: "tank", type: "zfspool", shared: false, disabled: false, content: ["rootdir"] },
      { name: "local", type: "dir", shared: false, disabled: false, content: ["iso"] },
    ],
    ha: {
      resources: guests.map(({ sid }) => ({
        sid,
        state: "started",
        maxRestart: 3,
        maxRelocate: 2,
      })),
      groups: [],
      rules: [apart("traefik", ["ct:110", "ct:121"]), apart("dns", ["ct:116", "ct:117"])],
      status: {
        master: { node: "a", status: "a (active, Thu Jan 14 08:00:00 2027)" },
        lrm: nodes.map((node) => ({ node, status: `${node} (active, Thu Jan 14 08:00:00 2027)` })),
        services: guests.map(({ sid, node }) => ({
          sid,
          node,
          state: "started",
          crmState: "started",
        })),
        armed: "armed",
      },
    },
    replication: guests.flatMap(({ vmid, node }) =>
      nodes
        .filter((target) => target !== node)
        .map((target, index) => ({
          id: `${vmid}-${index}`,
          vmid,
          target,
          schedule: "*/15",
          disabled: false,
          removing: false,
          last: { failCount: 0, syncSec: takenAt - 600 },
        })),
    ),
    backup: {
      jobs: [{ id: "all", enabled: true, all: true, vmids: [], exclude: [], raw: {} }],
      notCovered: [],
    },
    corosync: {
      nodes: nodes.map((name, index) => ({
        name,
        nodeId: index + 1,
        votes: 1,
        links: [`10.0.0.${index + 1}`, `10.0.1.${index + 1}`],
      })),
    },
    options: {},
    gaps: [],
  };
}

/** A stack file that wants exactly the sound cluster. */
export function wanted(): WantedCluster {
  const group = (name: string, resources: string[]) => ({
    name,
    resources,
    nodes: {},
    strict: false,
    failback: true,
    keepApart: [resources],
    keepTogether: [],
    maxRestart: 3,
    maxRelocate: 2,
  });
  return {
    file: "Pulumi.test.yaml",
    nodes,
    guests: sound().guests.map(({ name, vmid, sid, node }) => ({
      name,
      vmid,
      sid,
      node,
      backup: true,
    })),
    groups: [
      group("traefik", ["ct:110", "ct:121"]),
      group("dns", ["ct:116", "ct:117"]),
      { ...group("databases", ["ct:113"]), keepApart: [] },
    ],
    pairs: [
      { name: "traefik", members: ["ct:110", "ct:121"] },
      { name: "dns", members: ["ct:116", "ct:117"] },
    ],
  };
}

/** The sound cluster with something changed. */
export function broken(change: (cluster: ClusterSnapshot) => void): ClusterSnapshot {
  const cluster = sound();
  change(cluster);
  return cluster;
}

/** What the audit says, one line each. */
export function reported(cluster: ClusterSnapshot, more: Partial<AuditInput> = {}): string[] {
  return audit({ cluster, ...more }).map(line);
}

export const line = ({ severity, rule, subject, message, fix }: AuditFinding) =>
  `${severity} ${rule} [${subject}] ${message}; ${fix}`;

/** The guest of a name. */
export function guestIn(cluster: ClusterSnapshot, name: string): GuestSnapshot {
  const guest = cluster.guests.find((each) => each.name === name);
  if (!guest) throw new Error(`no guest ${name}`);
  return guest;
}
