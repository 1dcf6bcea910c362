import { expect, test } from "vitest";
import type { ExportedState, StateResource } from "../../../cli/commands/recover/state";
import { withFollowed } from "../../../cli/commands/sync-state/state";
import type { SeenCluster } from "../../../model/placement/guest-location";
import { types } from "../../support/platform";

const container = (name: string, vmid: number, nodeName: string): StateResource => ({
  urn: `urn:pulumi:house::homelab-ha::${types.container}::${name}`,
  type: types.container,
  id: String(vmid),
  inputs: { nodeName, vmId: vmid, initialization: { hostname: name } },
  outputs: { nodeName, vmId: vmid, initialization: { hostname: name }, memory: 512 },
});
const stateOf = (...resources: StateResource[]): ExportedState => ({
  version: 3,
  deployment: { resources },
});
const cluster: SeenCluster = {
  nodes: ["a", "b", "c"],
  silent: [],
  guests: [
    { vmid: 110, type: "ct", name: "traefik", node: "c" },
    { vmid: 140, type: "ct", name: "links", node: "b" },
    { vmid: 150, type: "vm", name: "games", node: "b" },
  ],
};

test("a container that moved is on its new node in the state, with everything else as it was", () => {
  const before = stateOf(container("traefik", 110, "a"), container("links", 140, "b"));
  const { state, followed, left } = withFollowed(before, cluster);
  expect(followed).toEqual(["110 traefik: the state follows it from a to c"]);
  expect(left).toEqual([]);
  expect(state).toEqual(stateOf(container("traefik", 110, "c"), container("links", 140, "b")));
  expect(before.deployment.resources?.[0]).toEqual(container("traefik", 110, "a"));
});

test("what is nobody's, somebody else's or out of sight is left as it is", () => {
  const state = stateOf(container("db", 150, "a"), container("gone", 160, "a"));
  const whole = withFollowed(state, cluster);
  expect(whole.state).toEqual(state);
  expect(whole.left).toEqual([
    '150 db: left as it is, for its VMID belongs to another guest, "games" on b',
    "160 gone: left as it is, for no node has it; `pulumi refresh` forgets it",
  ]);
  expect(withFollowed(state, { ...cluster, silent: ["a"] }).left[1]).toBe(
    "160 gone: left as it is, for no node that answers has it; silent: a",
  );
});

test("what was replaced already, and what is no container, is not touched", () => {
  const old = { ...container("traefik", 110, "a"), delete: true };
  const job = { ...container("traefik-replica", 110, "a"), type: types.replication };
  const state = stateOf(old, job);
  expect(withFollowed(state, cluster)).toEqual({ state, followed: [], left: [] });
});
