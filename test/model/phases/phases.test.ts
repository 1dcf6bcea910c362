import { expect, test } from "vitest";
import { phaseInput } from "../../../config/phase-input";
import { type PhaseInput, phasePlan } from "../../../model/phases/phases";
import { clusterAt, clusterToday } from "../../../model/phases/today";
import { simulate } from "../../../model/resilience/resilience";
import { put, stackData, stackOf } from "../../support/clusters/stacks";

function matrix(...changes: [path: (string | number)[], value: unknown][]): PhaseInput {
  const data = stackData("matrix");
  for (const [path, value] of changes) put(data, path, value);
  return phaseInput(stackOf(data));
}

const phaseOf = (input: PhaseInput, id: string) => {
  const found = phasePlan(input).phases.find((phase) => phase.id === id);
  if (!found) throw new Error(`no phase ${id}`);
  return found;
};

test("the phases of matrix: HA on Ceph, three reinstallations one at a time, replication, HA", () => {
  expect(
    phasePlan(matrix()).phases.map(({ stage, id, blockedBy }) => [
      stage,
      id,
      ...blockedBy.map((other) => other.id),
    ]),
  ).toEqual([
    [1, "ha ceph-workloads"],
    [2, "reinstall trinity", "ha ceph-workloads"],
    [2, "reinstall oracle", "reinstall trinity"],
    [2, "reinstall niobe", "reinstall oracle"],
    [3, "replicate oracle-critical", "reinstall trinity", "reinstall oracle"],
    [3, "replicate niobe-critical", "reinstall trinity", "reinstall niobe"],
    [4, "ha oracle-critical", "replicate oracle-critical"],
    [4, "ha niobe-critical", "replicate niobe-critical"],
  ]);
});

test("a node that lacks two storages is reinstalled once, with both", () => {
  const input = matrix();
  const phases = phasePlan({
    ...input,
    pending: [...input.pending, { storage: "tank", nodes: ["oracle", "smith"] }],
  }).phases.filter(({ stage }) => stage === 2);
  expect(phases.map(({ id, blockedBy }) => [id, ...blockedBy.map((other) => other.id)])).toEqual([
    ["reinstall trinity", "ha ceph-workloads"],
    ["reinstall oracle", "reinstall trinity"],
    ["reinstall niobe", "reinstall oracle"],
    ["reinstall smith", "reinstall niobe"],
  ]);
  expect(phases.map(({ what }) => what.replace(/;.*/, ""))).toEqual([
    "reinstall trinity with local-zfs",
    "reinstall oracle with local-zfs and tank",
    "reinstall niobe with local-zfs",
    "reinstall smith with tank",
  ]);
});

test("what a phase blocks is what waits for it", () => {
  const { phases } = phasePlan(matrix());
  expect(Object.fromEntries(phases.map(({ id, blocks }) => [id, blocks]))).toEqual({
    "ha ceph-workloads": ["reinstall trinity"],
    "reinstall trinity": [
      "reinstall oracle",
      "replicate oracle-critical",
      "replicate niobe-critical",
    ],
    "reinstall oracle": ["reinstall niobe", "replicate oracle-critical"],
    "reinstall niobe": ["replicate niobe-critical"],
    "replicate oracle-critical": ["ha oracle-critical"],
    "replicate niobe-critical": ["ha niobe-critical"],
    "ha oracle-critical": [],
    "ha niobe-critical": [],
  });
});

test("guests are parked on Ceph while their node is reinstalled; what is bound to the node is off", () => {
  expect(phaseOf(matrix(), "reinstall oracle")).toMatchInlineSnapshot(`
    {
      "blockedBy": [
        {
          "id": "reinstall trinity",
          "why": "one node at a time: quorum and Ceph do not survive the absence of a second one",
        },
      ],
      "blocks": [
        "reinstall niobe",
        "replicate oracle-critical",
      ],
      "downtime": [
        {
          "guests": [
            "vyos-router",
            "home-gateway-stack",
            "keycloak",
            "step-ca",
            "openbao",
          ],
          "sec": [
            0,
            0,
          ],
          "why": "moved to another node and ceph-vm-disks while they run",
        },
      ],
      "id": "reinstall oracle",
      "risks": [
        "until their disks are back, vyos-router, home-gateway-stack, keycloak, step-ca and openbao go down with ceph-vm-disks",
      ],
      "stage": 2,
      "what": "reinstall oracle with local-zfs; the disks of vyos-router, home-gateway-stack, keycloak, step-ca and openbao are parked on ceph-vm-disks meanwhile",
    }
  `);
  expect(phaseOf(matrix(), "reinstall niobe").downtime).toMatchInlineSnapshot(`
    [
      {
        "guests": [
          "monitoring-stack",
        ],
        "sec": [
          0,
          0,
        ],
        "why": "moved to another node and ceph-vm-disks while they run",
      },
      {
        "guests": [
          "iot-management",
        ],
        "sec": [
          3600,
          28800,
        ],
        "why": "bound to the node: off until niobe is back, and restored from a backup made just before",
      },
    ]
  `);
  expect(phaseOf(matrix(), "reinstall niobe").risks).toEqual([
    "until its disk is back, monitoring-stack goes down with ceph-vm-disks",
  ]);
});

test("while a Ceph node is away, the loss of another one freezes Ceph", () => {
  expect(phaseOf(matrix(), "reinstall trinity").risks).toEqual([
    "while trinity is away, the loss of neo or smith freezes Ceph and every guest on it, parked ones included",
  ]);
});

test("what the phases are good for, as the owner's table has it", () => {
  const { effects } = phasePlan(matrix());
  const row = (...failed: string[]) => {
    const found = effects.find((effect) => effect.failed.join() === failed.join());
    return (
      found && [found.today.status, found.today.rpoSec, found.after.status, found.after.rpoSec]
    );
  };
  expect(row("oracle")).toEqual(["restore", 86_400, "restarts", 60]);
  expect(row("niobe")).toEqual(["restore", 86_400, "restarts", 60]);
  expect(row("trinity")).toBeUndefined();
  expect(row("trinity", "oracle")).toEqual(["restore", 86_400, "restore", 86_400]);
  expect(row("trinity", "niobe")).toEqual(["restore", 86_400, "restore", 86_400]);
});

test("containers do not move while they run, and without a shared storage nobody is parked", () => {
  const container = phaseOf(
    matrix([["guests", "keycloak", "type"], "ct"]),
    "reinstall oracle",
  ).downtime.find(({ guests }) => guests.includes("keycloak"));
  expect(container).toMatchObject({ guests: ["keycloak"], sec: [60, 3600] });
  const input = matrix();
  input.cluster.storages["ceph-vm-disks"] = { kind: "local", nodes: input.cluster.nodes };
  const alone = phaseOf(input, "reinstall oracle");
  expect(alone.downtime.find(({ guests }) => guests.includes("vyos-router"))).toMatchObject({
    sec: [3600, 28_800],
    why: "no shared storage to park on: off until oracle is back, and restored from a backup made just before",
  });
});

test("failback of replicated guests is a risk, without it there is none", () => {
  const failback = matrix([["haGroups", "oracle-critical", "failback"], true]);
  expect(phaseOf(failback, "ha oracle-critical").risks).toEqual([
    "failback is on: a node that returns holds a stale replica, and guests would move back to it by themselves; set failback to false",
  ]);
  expect(phaseOf(matrix(), "ha oracle-critical").risks).toEqual([]);
});

test("nothing pending, nothing to do", () => {
  const done = matrix([["cluster", "storages", "local-zfs", "pending"], undefined]);
  expect(phasePlan(done)).toEqual({ phases: [], effects: [] });
});

test("only what is pending is missing today", () => {
  const { cluster, pending } = matrix([["cluster", "storages", "local-zfs", "pending"], ["niobe"]]);
  const today = clusterToday(cluster, pending);
  const status = (node: string, guest: string) =>
    simulate(today, [`disks:${node}`]).guests[guest]?.status;
  expect(status("oracle", "openbao")).toBe("restarts");
  expect(status("niobe", "monitoring-stack")).toBe("restore");
});

test("with trinity still to come, oracle's disks exist once although oracle has ZFS", () => {
  const { cluster, pending } = matrix();
  const half = clusterAt(cluster, pending, { pending: new Set(["trinity", "niobe"]) });
  expect(simulate(half, ["disks:oracle"]).guests.openbao).toMatchObject({
    status: "restore",
    rpoSec: 86_400,
  });
});

test("between replication and HA a guest has a replica, and nobody starts it", () => {
  const { cluster, pending } = matrix();
  const before = clusterAt(cluster, pending, {
    pending: new Set(),
    withoutHa: new Set(["oracle-critical"]),
  });
  expect(simulate(before, ["oracle"]).guests.openbao).toMatchObject({
    status: "stopped",
    reason:
      "it is not under HA: nothing starts it until oracle returns; its replica on trinity, at most 60 s old, can be started by hand",
  });
});
