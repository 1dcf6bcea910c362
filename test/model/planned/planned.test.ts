import { expect, test } from "vitest";
import { planned, plannedReports, plannedStop } from "../../../model/planned/planned";
import type { ClusterModel, ShutdownPolicy } from "../../../model/resilience/resilience";
import { cluster, guest, layer, nodes, service } from "../../support/clusters/clusters";

const replica = { nodes: ["n2"], everySec: 60 };
const model = (fields: Partial<ClusterModel> = {}) =>
  cluster({
    guests: [
      guest("box", "n1", { sid: "ct:100", storage: "zfs", replica }),
      guest("machine", "n1", { sid: "vm:101" }),
      guest("plain", "n1", { sid: "ct:102", ha: undefined }),
      guest("other", "n3", { sid: "ct:103" }),
    ],
    ...fields,
  });

const fates = (name: string, policy: ShutdownPolicy | undefined, fields = {}) => {
  const stack = model({ ...(policy && { shutdownPolicy: policy }), ...fields });
  const stop = plannedStop(stack, name);
  if (!stop) throw new Error(`${name} is no planned stop`);
  const { report, stuck } = planned(stack, stop);
  const cell = (one: string) => {
    const { status, toNode = "", rtoSec, rpoSec } = report.guests[one] ?? {};
    return [status, toNode, rtoSec?.[1] ?? "-", rpoSec].join(" ");
  };
  return {
    box: cell("box"),
    machine: cell("machine"),
    plain: cell("plain"),
    other: cell("other"),
    stuck,
  };
};

const off = "stopped  - 0";
const same = "unaffected  0 0";
const booted = "restarts n1 600 0";

test.each<[string, ShutdownPolicy | undefined, string, string, string]>([
  ["reboot:n1", undefined, booted, booted, booted],
  ["reboot:n1", "conditional", booted, booted, booted],
  ["reboot:n1", "freeze", booted, booted, booted],
  ["reboot:n1", "failover", "restarts n2 81 60", "restarts n2 81 0", booted],
  ["reboot:n1", "migrate", "restarts n2 24 0", "unaffected n2 0 0", booted],
  ["shutdown:n1", undefined, "restarts n2 81 60", "restarts n2 81 0", off],
  ["shutdown:n1", "failover", "restarts n2 81 60", "restarts n2 81 0", off],
  ["shutdown:n1", "freeze", off, off, off],
  ["shutdown:n1", "migrate", "restarts n2 24 0", "unaffected n2 0 0", off],
  ["maintenance:n1", "freeze", "restarts n2 24 0", "unaffected n2 0 0", same],
])("%s with policy %s", (name, policy, box, machine, plain) => {
  const only = ["n1", "n2"];
  const ha = { nodes: Object.fromEntries(only.map((node) => [node, 1])), strict: true };
  const guests = model().guests.map((one) => (one.ha ? { ...one, ha } : one));
  const placed = guests.map((one) => (one.name === "other" ? guest("other", "n3") : one));
  expect(fates(name, policy, { guests: placed })).toEqual({
    box,
    machine,
    plain,
    other: same,
    stuck: [],
  });
});

test("a node with policy migrate stays up while HA cannot move a guest, and nothing is off", () => {
  const device = guest("device", "n1", { immovable: "usb stick" });
  const strict = guest("home", "n1", { ha: { nodes: { n1: 1 }, strict: true } });
  const { stuck, plain } = fates("reboot:n1", "migrate", {
    guests: [...model().guests, device, strict],
  });
  expect([stuck, plain]).toEqual([["device", "home"], same]);
  expect(fates("reboot:n1", "freeze", { guests: [...model().guests, device] }).stuck).toEqual([]);
});

test("two nodes can be emptied for maintenance, and lose quorum in a reboot", () => {
  const two = (policy: ShutdownPolicy) => ({
    nodes: nodes.slice(0, 2),
    storages: { shared: { kind: "shared" as const, nodes: nodes.slice(0, 2) } },
    guests: [guest("a", "n1", { sid: "vm:1" }), guest("b", "n2")],
    services: [service("web", layer("any", ["n1", "n2"]))],
    shutdownPolicy: policy,
  });
  const run = (name: string, policy: ShutdownPolicy) => {
    const stack = cluster(two(policy));
    const { report } = planned(stack, plannedStop(stack, name) ?? { kind: "reboot", node: "" });
    return [report.corosyncQuorum, report.guests.a?.status, report.guests.b?.status];
  };
  expect(run("maintenance:n1", "conditional")).toEqual([true, "unaffected", "unaffected"]);
  expect(run("reboot:n1", "conditional")).toEqual([false, "restarts", "stopped"]);
});

test("the reports of all nodes are those of each node asked for alone", () => {
  for (const shutdownPolicy of ["conditional", "migrate"] as const) {
    const stack = model({ shutdownPolicy });
    const all = plannedReports(stack);
    expect(all.map(({ kind, node }) => `${kind}:${node}`)).toEqual(
      nodes.flatMap((node) => [`reboot:${node}`, `shutdown:${node}`]),
    );
    for (const { kind, node, report, stuck } of all) {
      const alone = planned(stack, { kind, node });
      expect([report.guests, report.services, stuck]).toEqual([
        alone.report.guests,
        alone.report.services,
        alone.stuck,
      ]);
    }
  }
});

test("only nodes can be stopped in order", () => {
  expect(plannedStop(model(), "reboot:n9")).toBeUndefined();
  expect(plannedStop(model(), "box")).toBeUndefined();
});
