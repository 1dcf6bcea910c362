import { expect, test } from "vitest";
import { acceptedDraft } from "../../../cli/commands/adopt/accepted-draft";
import type { ClusterSnapshot, GuestSnapshot } from "../../../clients/proxmox";
import { draftOf, refusalToAdopt } from "../../../model/adopt/adopt";
import { stackName } from "../../../model/adopt/names";

const GIB = 2 ** 30;

function guest(
  vmid: number,
  fields: Partial<GuestSnapshot> & { storage?: string; ip?: string } = {},
) {
  const { storage = "tank", ip, ...more } = fields;
  return {
    vmid,
    type: "ct" as const,
    sid: `ct:${vmid}`,
    name: `guest-${vmid}`,
    node: "a",
    running: true,
    template: false,
    tags: [],
    config: {
      raw: {},
      onboot: true,
      disks: [
        { key: "rootfs", storage, volume: "v", sizeBytes: 8 * GIB, replicate: true, backup: true },
      ],
      networks: ip === undefined ? [] : [{ key: "net0", ip }],
      passthrough: [],
    },
    ...more,
  };
}

function cluster(fields: Partial<ClusterSnapshot> = {}): ClusterSnapshot {
  const storage = (name: string, type: string, shared = false) => ({
    name,
    type,
    shared,
    disabled: false,
    content: ["images"],
  });
  return {
    origin: "https://a:8006",
    takenAt: 0,
    version: { version: "9.0.3", release: "9.0", major: 9 },
    name: "house",
    quorate: true,
    nodes: ["a", "b", "c"].map((name, index) => ({
      name,
      address: `10.0.0.${index + 1}`,
      online: true,
    })),
    guests: [],
    storages: [
      storage("tank", "zfspool"),
      storage("Ceph_Pool", "rbd", true),
      storage("local-lvm", "lvmthin"),
      storage("nas", "nfs", true),
    ],
    ha: { resources: [], groups: [], rules: [], status: { lrm: [], services: [] } },
    replication: [],
    backup: { jobs: [], notCovered: [] },
    options: {},
    gaps: [],
    ...fields,
  };
}

const draft = (fields: Partial<ClusterSnapshot>) => draftOf(cluster(fields), new Map());

test("names become names of the stack file, and no two are alike", () => {
  const taken = new Set<string>();
  const names = ["Web.Server_1", "web-server-1", "web-server-1", "--", "9to5", "ä"].map((name) =>
    stackName(name, taken, 7),
  );
  expect(names).toEqual([
    "web-server-1",
    "web-server-1-7",
    "web-server-1-7-2",
    "guest-7",
    "to5",
    "guest-7-7",
  ]);
});

test("a guest's storage is the one that binds it most; Ceph has the monitors that the API tells", () => {
  const mixed = guest(100, { storage: "nas" });
  const disk = mixed.config.disks[0];
  if (disk) mixed.config.disks.push({ ...disk, key: "mp0", storage: "local-lvm" });
  const guests = [mixed, guest(101, { storage: "Ceph_Pool" }), guest(102, { storage: "gone" })];
  const ceph = { health: "HEALTH_OK", monitors: ["a", "b", "x"], quorum: ["a", "b"] };
  const own = draft({ guests, ceph });
  expect(Object.values(own.guests).map(({ storage }) => storage)).toEqual([
    "local-lvm",
    "Ceph_Pool",
    "gone",
  ]);
  const nodes = ["a", "b", "c"];
  const seen = { kind: "ceph", nodes, monitors: ["a", "b"], osdNodes: ["a", "b"] };
  expect(own.cluster.storages).toEqual({
    Ceph_Pool: seen,
    gone: { kind: "local", nodes },
    "local-lvm": { kind: "local", nodes },
    nas: { kind: "shared", nodes },
  });
  const foreign = draft({ guests }).cluster.storages as Record<string, { kind: string }>;
  expect(foreign.Ceph_Pool?.kind).toBe("shared");
});

test("networks are those of the guests' addresses, or none when a node is outside of all", () => {
  const guests = [
    guest(100, { ip: "10.0.0.50/24" }),
    guest(101, { ip: "10.7.1.9/16" }),
    guest(102, { ip: "10.7.1.8/24" }),
    guest(103, { ip: "dhcp" }),
  ];
  expect(draft({ guests }).cluster.segments).toEqual({
    lan: { cidr: "10.0.0.0/24" },
    "net-10-7-0-0": { cidr: "10.7.0.0/16" },
  });
  expect(draft({ guests: guests.slice(1) }).cluster.segments).toEqual({});
});

test("templates and guests without a disk stay out, and so does their HA", () => {
  const bare = guest(101);
  bare.config.disks = [];
  const { guests, left } = draft({
    guests: [guest(100, { template: true }), bare, guest(102)],
    ha: {
      ...cluster().ha,
      resources: [{ sid: "ct:101", state: "started", maxRestart: 1, maxRelocate: 1 }],
    },
  });
  expect(Object.keys(guests)).toEqual(["guest-102"]);
  expect(left.map(({ what }) => what)).toEqual([
    "guest ct:100 (guest-100)",
    "guest ct:101 (guest-101)",
    "HA resource ct:101",
  ]);
});

test("rejects clusters that a stack file cannot state", () => {
  const nodes = (fields: object) => cluster().nodes.map((node) => ({ ...node, ...fields }));
  expect([
    refusalToAdopt(cluster({ version: { version: "7.4-1", release: "7.4", major: 7 } })),
    refusalToAdopt(cluster({ nodes: nodes({ address: "fd00::1" }) })),
    refusalToAdopt(cluster({ nodes: [{ name: "PVE_1", address: "10.0.0.1", online: true }] })),
    refusalToAdopt(cluster()),
  ]).toMatchInlineSnapshot(`
    [
      "https://a:8006: found Proxmox VE 7.4-1, expected version 8 or 9; upgrade the cluster first",
      "https://a:8006: node a has the address fd00::1, expected an IPv4 address, which the stack file must state; adopt this cluster by hand",
      "https://a:8006: the node name "PVE_1" cannot be written in a stack file, which takes letters, digits and hyphens; adopt this cluster by hand",
      undefined,
    ]
  `);
});

test("a thousand guests with equal rules are one group", () => {
  const guests = Array.from({ length: 1000 }, (_, index) => guest(100 + index, { storage: "nas" }));
  const resources = guests.map(({ sid }) => ({
    sid,
    state: "started",
    maxRestart: 1,
    maxRelocate: 1,
  }));
  const { config } = acceptedDraft(cluster({ guests, ha: { ...cluster().ha, resources } }));
  expect(config.haGroups.anywhere?.guests).toHaveLength(1000);
});

test("a group of version 8 that does not fail back says so once, and no guest says otherwise", () => {
  const resource = (sid: string, state = "started") => ({
    sid,
    state,
    group: "web",
    maxRestart: 3,
    maxRelocate: 2,
    // A default of the API, which would outlive the group at the upgrade.
    failback: true,
  });
  const group = { group: "web", nodes: { a: 1, b: 1 }, restricted: false, nofailback: true };
  const eight = cluster({
    version: { version: "8.4.1", release: "8.4", major: 8 },
    guests: [guest(110, { storage: "nas" }), guest(111, { storage: "nas" })],
    ha: {
      resources: [resource("ct:110"), resource("ct:111", "enabled")],
      groups: [group],
      rules: [],
      status: { lrm: [], services: [] },
    },
  });
  expect(draftOf(eight, new Map()).haGroups.web).toMatchObject({
    failback: false,
    guests: ["guest-110", "guest-111"],
  });
  expect(draftOf(eight, new Map()).haGroups.web).not.toHaveProperty("perGuest");
});

const haOf = (sids: string[]) => ({
  ...cluster().ha,
  resources: sids.map((sid) => ({ sid, state: "started", maxRestart: 3, maxRelocate: 2 })),
});
const withConfig = (vmid: number, config: Partial<NonNullable<GuestSnapshot["config"]>>) => {
  const made = guest(vmid, { storage: "nas" });
  return { ...made, config: { ...made.config, ...config } };
};
const mappedTo = (nodes: string[]) => [
  { key: "hostpci0", kind: "pci" as const, device: "gpu", nodes },
];

test("what stays behind when HA moves a guest is not taken over silently", () => {
  const zfs = { key: "mp1", storage: "tank", volume: "v", replicate: false, backup: true };
  const guests = [
    withConfig(110, { raw: { ide2: "local-lvm:iso/x.iso,media=cdrom" } }),
    withConfig(111, { raw: { ide2: "nas:iso/x.iso,media=cdrom" } }),
    withConfig(112, { disks: [zfs] }),
    withConfig(113, { passthrough: mappedTo(["a", "b"]) }),
    withConfig(114, { passthrough: mappedTo(["a", "b", "c"]) }),
  ];
  const found = acceptedDraft(cluster({ guests, ha: haOf(guests.map(({ sid }) => sid)) })).draft;
  expect(found.left.map(({ what, why }) => `${what}: ${why}`)).toEqual([
    "HA resource ct:110: guest-110 (ct:110) is under HA and needs the CD image iso/x.iso of local-lvm (ide2): it does not start on a node that lacks the file",
    "HA resource ct:112: guest-112 (ct:112) is under HA and its disk mp1 on tank has replicate=0: on b and c it is missing",
    "HA resource ct:113: guest-113 (ct:113) is under HA and uses the mapping gpu (hostpci0), which names a and b only: on c it cannot start",
  ]);
  expect(found.haGroups.anywhere?.guests).toEqual(["guest-111", "guest-114"]);
  expect(found.guests["guest-114"]).not.toHaveProperty("passthrough");
});

test("one guest that stays out does not make strangers of backup jobs that are whole", () => {
  const job = (id: string, vmids: number[]) => ({
    id,
    enabled: true,
    all: false,
    vmids,
    exclude: [],
    storage: "nas",
    schedule: "02:00",
    raw: { type: "vzdump", mode: "snapshot", compress: "zstd", "repeat-missed": 1 },
  });
  const told = (jobs: ReturnType<typeof job>[]) => {
    const guests = [110, 111, 112].map((vmid) => guest(vmid, { storage: "nas" }));
    const backup = { jobs, notCovered: [] };
    const { left } = draftOf(
      cluster({ guests, ha: haOf(["ct:110", "ct:111"]), backup }),
      new Map([["ct:111", "of a reason"]]),
    );
    return left
      .filter(({ what }) => what.startsWith("backup"))
      .map(({ what, why }) => `${what}: ${why.split(";")[0]}`);
  };
  expect(told([job("anywhere-backup", [110, 111]), job("outside-ha-backup", [112])])).toEqual([
    "backup job anywhere-backup: it saves ct:111, which its HA group does not take over",
    "backup job outside-ha-backup: a stack file takes all backup jobs or none, and anywhere-backup cannot be taken",
  ]);
  expect(told([job("anywhere-backup", [110]), job("outside-ha-backup", [111, 112])])).toEqual([]);
});
