import { expect, test } from "vitest";
import { nodeReturn, returnSteps } from "../../../model/planned/node-return";
import { cluster, guest, layer, service } from "../../support/clusters/clusters";

const prefers = (failback: boolean) => ({ nodes: { n1: 2, n2: 1 }, strict: true, failback });
const replica = { nodes: ["n2"], everySec: 900 };

const model = cluster({
  guests: [
    guest("box", "n1", { sid: "ct:1", ha: prefers(true), storage: "zfs", replica }),
    guest("machine", "n1", { sid: "vm:2", ha: prefers(true) }),
    guest("stays", "n1", { sid: "ct:3", ha: prefers(false), storage: "zfs", replica }),
    guest("equal", "n1", { sid: "ct:4", ha: { nodes: { n1: 1, n2: 1 }, strict: true } }),
    guest("plain", "n1", { sid: "ct:5", ha: undefined }),
    guest("stuck", "n1", { sid: "ct:6", ha: prefers(true), storage: "zfs" }),
    guest("other", "n3"),
  ],
});

test("who fails back, who stays, whose disk is old, who stays in error", () => {
  const { back, stay, stale, starts, error, report } = nodeReturn(model, "n1");
  expect({ back, stay, stale, starts, error }).toEqual({
    back: ["box", "machine"],
    stay: ["stays", "equal"],
    stale: ["box", "stays"],
    starts: ["plain"],
    error: ["stuck"],
  });
  const { box, machine, stays, stuck } = report.guests;
  expect(box).toMatchObject({ status: "restarts", toNode: "n1", rtoSec: [18, 24], rpoSec: 0 });
  expect([machine?.status, stays?.status, stuck?.status]).toEqual([
    "unaffected",
    "unaffected",
    "error",
  ]);
});

test("failback is an outage of the service too, and a node without guests says nothing", () => {
  const members = [{ name: "box", node: "n1", guest: "box" }];
  const web = service("web", { ...layer("any", []), members });
  expect(nodeReturn({ ...model, services: [web] }, "n1").report.services.web?.rtoSec).toEqual([
    18, 24,
  ]);
  expect(returnSteps(model, "n5", nodeReturn(model, "n5"))).toHaveLength(1);
  const [, first] = returnSteps(model, "n1", nodeReturn(model, "n1"));
  expect(first?.text).toContain("a planned outage of 18 to 24 s each");
});
