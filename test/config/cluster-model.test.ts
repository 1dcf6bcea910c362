import { expect, test } from "vitest";
import { clusterModel } from "../../config/cluster-model";
import type { StackConfig } from "../../config/stack";
import { allFailures, type Outcome, simulate } from "../../model/resilience/resilience";
import { put, stackData, stackOf } from "../support/clusters/stacks";

/** A committed stack, with some places changed. */
function stack(
  name: string,
  ...changes: [path: (string | number)[], value: unknown][]
): StackConfig {
  const data = stackData(name);
  for (const [path, value] of changes) put(data, path, value);
  return stackOf(data);
}

const guestOf = (config: StackConfig, name: string) =>
  clusterModel(config).guests.find((guest) => guest.name === name);
const cell = ({ status, toNode, rtoSec }: Outcome) =>
  [status, toNode, rtoSec === null ? "" : rtoSec[1] > 0 ? rtoSec.join("-") : undefined]
    .filter((part) => part)
    .join(" ");

test("a replicated guest has a replica on every other node that it may run on", () => {
  expect(guestOf(stack("homelab"), "traefik")).toEqual({
    name: "traefik",
    sid: "ct:110",
    node: "proxmox2",
    storage: "local-zfs",
    ha: {
      nodes: { proxmox2: 1, proxmox3: 1 },
      strict: true,
      failback: true,
      maxRelocate: 2,
      group: "reverse-proxy",
    },
    replica: { nodes: ["proxmox3"], everySec: 900 },
    startup: { order: 3 },
    backup: true,
  });
  expect(guestOf(stack("homelab"), "influxdb")?.replica?.nodes).toEqual(["proxmox", "proxmox3"]);
  const without = stack("homelab", [["haGroups", "databases", "replication"], undefined]);
  expect(guestOf(without, "influxdb")?.replica).toBeUndefined();
});

test("a device or a pin makes a guest immovable", () => {
  expect(guestOf(stack("matrix"), "iot-management")).toEqual({
    name: "iot-management",
    sid: "vm:1102",
    node: "niobe",
    storage: "ceph-vm-disks",
    immovable: "usb Z-Wave stick",
    backup: true,
  });
  expect(guestOf(stack("matrix"), "backup-stack")?.immovable).toBe("must work when Ceph fails");
});

test("groups of version 8 keep nobody apart", () => {
  expect(clusterModel(stack("homelab")).keepApart).toEqual([["traefik", "traefik-2"]]);
  const eight = stack("homelab", [["cluster", "pveVersion"], 8]);
  expect(clusterModel(eight).keepApart).toEqual([]);
  expect(simulate(clusterModel(eight), ["proxmox2"]).guests.traefik).toMatchObject({
    status: "restarts",
    toNode: "proxmox3",
  });
});

test("backups are in the cluster only if their storage is", () => {
  expect(clusterModel(stack("homelab")).backup).toEqual({ everySec: 86_400, nodes: [] });
  const inside = stack("homelab", [
    ["cluster", "backup"],
    { storage: "local-zfs", schedule: "02:00" },
  ]);
  expect(clusterModel(inside).backup.nodes).toEqual(["proxmox", "proxmox2", "proxmox3"]);
});

test("a pair is listed by priority and fails over in the time of its VRRP settings", () => {
  const reversed = stack(
    "homelab",
    [["traefikPairs", "traefik", "members", 0, "priority"], 100],
    [["traefikPairs", "traefik", "members", 1, "priority"], 200],
  );
  const pair = clusterModel(reversed).services.find(({ name }) => name === "traefikPairs.traefik");
  expect(pair?.layers[0]?.members).toEqual([
    { name: "traefik-2", node: "proxmox3", guest: "traefik-2" },
    { name: "traefik", node: "proxmox2", guest: "traefik" },
  ]);
  // Two to three adverts of 1 s, and a skew of 156/256 s.
  expect(pair?.layers[0]?.failoverSec).toEqual([2.609375, 3.609375]);
});

test("guests that serve the same are one service, members of a pair are listed under the pair", () => {
  const names = clusterModel(stack("homelab")).services.map(({ name }) => name);
  expect(names).toEqual([
    "traefikPairs.traefik",
    "apiLoadBalancers.k8s-api",
    "kubernetesIngress.traefik-lb",
    "tunnels.viktorbarzin-me",
    "influxdb",
    "postgresql",
    "dns",
    "zigbee2mqtt",
    "mqtt-prod",
    "netbox",
    "uptime-kuma",
    "dhcp",
    "stork-server",
  ]);
});

test("rejects a host that no check has seen", () => {
  const broken = stack("homelab", [["traefikPairs", "traefik", "members", 0], { priority: 200 }]);
  expect(() => clusterModel(broken)).toThrowErrorMatchingInlineSnapshot(
    `[Error: host {"priority":200} was not checked before the model was built]`,
  );
});

test("the loss of each node of homelab", () => {
  const table = allFailures(clusterModel(stack("homelab")), 1).map(({ failed, services }) => [
    failed.join(),
    ...Object.entries(services)
      .filter(([, outcome]) => outcome.status !== "unaffected")
      .map(([name, outcome]) => `${name}: ${cell(outcome)}`),
  ]);
  expect(table).toMatchInlineSnapshot(`
    [
      [
        "proxmox",
        "traefikPairs.traefik: degraded",
        "apiLoadBalancers.k8s-api: failover 0-3.5",
        "kubernetesIngress.traefik-lb: failover 0-10",
        "tunnels.viktorbarzin-me: failover 0-50",
        "dns: degraded",
        "mqtt-prod: restarts proxmox2 115-225",
        "uptime-kuma: restarts proxmox3 115-225",
        "dhcp: degraded",
        "stork-server: restarts proxmox2 115-225",
      ],
      [
        "proxmox2",
        "traefikPairs.traefik: failover proxmox3 2.609375-3.609375",
        "apiLoadBalancers.k8s-api: failover proxmox3 2.609375-3.609375",
        "kubernetesIngress.traefik-lb: failover 0-10",
        "tunnels.viktorbarzin-me: failover 0-50",
        "influxdb: restarts proxmox 115-225",
        "dns: failover 0-5",
        "netbox: restarts proxmox 115-225",
        "dhcp: failover 60-120",
      ],
      [
        "proxmox3",
        "traefikPairs.traefik: degraded",
        "apiLoadBalancers.k8s-api: failover 0-3.5",
        "kubernetesIngress.traefik-lb: failover 0-10",
        "tunnels.viktorbarzin-me: failover 0-50",
        "postgresql: restarts proxmox 115-225",
        "dns: failover 0-5",
        "zigbee2mqtt: restarts proxmox 115-225",
        "dhcp: failover 60-120",
      ],
    ]
  `);
});

test("both Traefiks on one node, as it was: its death takes the reverse proxy with it", () => {
  const before = stack(
    "homelab",
    [["guests", "traefik", "node"], "proxmox"],
    [["guests", "traefik-2", "node"], "proxmox"],
    [["haGroups", "reverse-proxy"], undefined],
  );
  const outcome = simulate(clusterModel(before), ["proxmox"]).services["traefikPairs.traefik"];
  expect(outcome).toMatchInlineSnapshot(`
    {
      "reason": "traefik and traefik-2 down, until traefik is back: its only disk is on proxmox, unharmed: off until proxmox returns",
      "rpoSec": 0,
      "rtoSec": null,
      "status": "stopped",
    }
  `);
});

test("the stack file of matrix has the tiers of the owner's table", () => {
  const model = clusterModel(stack("matrix"));
  const status = (guest: string, ...failed: string[]) =>
    cell(simulate(model, failed).guests[guest] as Outcome);
  expect(status("openbao", "oracle")).toBe("restarts trinity 115-225");
  expect(status("openbao", "trinity")).toBe("unaffected");
  expect(status("openbao", "disks:oracle", "disks:trinity")).toBe("restore 3600-28800");
  expect(status("monitoring-stack", "niobe")).toBe("restarts trinity 115-225");
  expect(status("dokku", "trinity")).toBe("restarts neo 115-225");
  expect(status("dokku", "trinity", "neo")).toBe("frozen");
  expect(status("dokku", "disks:trinity", "disks:neo", "disks:smith")).toBe("restore");
});
