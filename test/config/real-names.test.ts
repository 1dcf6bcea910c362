import fc from "fast-check";
import { expect, test } from "vitest";
import { problemText } from "../../config/file/problem";
import { parseStack } from "../../config/parse";
import { GUEST_NAME, NODE_NAME, STORAGE_ID } from "../../model/names";
import { realNames, renamed } from "../support/clusters/real-names";
import { put, stackData } from "../support/clusters/stacks";

test.each<[what: string, allowed: RegExp, good: string[], bad: string[]]>([
  [
    "node",
    NODE_NAME,
    ["PVE1", "1", "pve-1", "a".repeat(63)],
    ["", "-a", "a-", "a_b", "a.b", "a b"],
  ],
  ["storage", STORAGE_ID, ["SSD_pool", "pbs_main", "a.b", "xy"], ["x", "1tank", "_a", "a_", "a/b"]],
  ["guest", GUEST_NAME, ["3cx", "docker.lan", "Web", "1"], ["", "a_b", ".a", "a.", "a..b", "a/b"]],
])("the names that Proxmox allows for a %s", (_what, allowed, good, bad) => {
  expect(good.filter((text) => !allowed.test(text))).toEqual([]);
  expect(bad.filter((text) => allowed.test(text))).toEqual([]);
});

const problems = (data: unknown) => {
  const parsed = parseStack(data);
  return (parsed.stack ? parsed.warnings : parsed.problems).map(problemText);
};

test("real names pass in every place", () => {
  const names = {
    pve1: "PVE1",
    pve2: "2nd-node",
    "local-zfs": "SSD_pool",
    nas: "pbs_main",
    "traefik-1": "3cx",
    "traefik-2": "docker.lan",
    "home-assistant": "HomeAssistant",
  };
  expect(problems(renamed(names))).toEqual([]);
});

test("any names of the three alphabets pass the whole stack file", () => {
  fc.assert(
    fc.property(realNames, (names) => {
      expect(problems(renamed(names))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("rejects two groups whose resources would have one name", () => {
  const data = stackData("two-nodes");
  put(data, ["guests", "1"], { vmid: 140, type: "vm", node: "pve1", storage: "local-zfs" });
  put(data, ["guests", "b-1"], { vmid: 141, type: "vm", node: "pve1", storage: "local-zfs" });
  const group = (guest: string) => ({
    guests: [guest],
    nodes: { pve1: 1, pve2: 1 },
    replication: {},
  });
  put(data, ["haGroups", "a-b"], group("1"));
  put(data, ["haGroups", "a"], group("b-1"));
  expect(problems(data)).toEqual([
    'homelab:haGroups.a.guests[0]: "b-1" of "a" and "1" of "a-b" both make resources called "a-b-1"; rename one of "a" and "a-b"',
  ]);
  put(data, ["haGroups", "a", "guests"], ["traefik-1"]);
  expect(problems(data)).toEqual([]);
});
