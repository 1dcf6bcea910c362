import { expect, test } from "vitest";
import { evaluate } from "../../../../policy/evaluate";
import type { ObservedResource } from "../../../../policy/rule";
import { rules } from "../../../../policy/rules/all";
import {
  type ConfOptions,
  command,
  container,
  hostKey,
  keepalivedConf,
  pair,
  resource,
} from "../../resources";

const vip = "192.168.1.53/24";
const members = (nodes: [string, string], priorities: [number, number] = [200, 150]) =>
  (["dns-1", "dns-2"] as const).map((name, index) => ({
    name,
    address: `192.168.1.${21 + index}`,
    node: nodes[index],
    priority: priorities[index],
    hostKey,
  }));

/** Inputs of a ServicePair of two resolvers; `more` goes on top. */
const resolvers = (more: Record<string, unknown> = {}) =>
  resource("homelab:components:ServicePair", "dns", {
    ...{ vip, interface: "eth0", virtualRouterId: 53, version: 3, advertIntervalSec: 1 },
    ...{ preempt: true, preemptDelaySec: 0, unit: "unbound.service" },
    check: {
      ...{ weight: 0, intervalSec: 2, timeoutSec: 2, fall: 2, rise: 2 },
      dns: { name: "router.home.arpa", type: "A", port: 53 },
    },
    members: members(["pve1", "pve2"]),
    ...more,
  });

/** What is really brought to the members. */
const files = (first: Partial<ConfOptions> = {}, second: Partial<ConfOptions> = {}) =>
  [first, second].map((change, index) =>
    command(
      `dns-dns-${index + 1}-keepalived-conf`,
      `192.168.1.${21 + index}`,
      keepalivedConf({
        ...{ priority: 200 - 50 * index, weight: -60, vip, routerId: 53, instance: "dns" },
        ...change,
      }),
    ),
  );

const found = async (stack: ObservedResource[]) =>
  (await evaluate(rules, stack)).map(({ enforcement, policy }) => `${enforcement} ${policy}`);

const stacks: [string, ObservedResource[], string[]][] = [
  ["two resolvers on two nodes", [resolvers(), ...files()], []],
  ["beside a Traefik pair", [resolvers(), ...files(), pair()], []],
  [
    "a member that no node carries",
    [
      resolvers({
        members: members(["pve1", "pve2"]).map(({ node, ...member }, index) =>
          index === 0 ? { ...member, node } : { ...member, node: "pi-shelf", outside: "pi-shelf" },
        ),
      }),
      ...files(),
    ],
    [],
  ],
  [
    "both on one node",
    [resolvers({ members: members(["pve1", "pve1"]) })],
    ["mandatory pair-on-one-node"],
  ],
  [
    "both on one node by their containers, with files alone",
    [
      container("dns-1", 121, "pve1", "192.168.1.21"),
      container("dns-2", 122, "pve1", "192.168.1.22"),
      ...files(),
    ],
    ["mandatory pair-on-one-node"],
  ],
  [
    "the id of a Traefik pair",
    [resolvers({ virtualRouterId: 51 }), pair()],
    ["mandatory router-id-collision"],
  ],
  [
    "the address of a Traefik pair",
    [resolvers({ vip: "192.168.1.101/24" }), pair()],
    ["mandatory vip-collision"],
  ],
  [
    "the address of a guest",
    [resolvers(), container("nas", 130, "pve3", "192.168.1.53")],
    ["mandatory vip-collision"],
  ],
  [
    "a weight that moves nothing",
    [resolvers(), ...files({ weight: -20 })],
    ["mandatory vrrp-weight"],
  ],
  [
    "a check that is gone from one file",
    [resolvers(), ...files({}, { check: false })],
    ["mandatory pair-without-check"],
  ],
  [
    "another interval on one member",
    [resolvers(), ...files({}, { advertInt: 3 })],
    ["mandatory vrrp-disagreement"],
  ],
  [
    "a weak password",
    [resolvers(), ...files({ authPass: "1234" }, { authPass: "1234" })],
    ["mandatory weak-password", "mandatory weak-password"],
  ],
];

test.each(stacks)("%s", async (_, stack, expected) => {
  expect(await found(stack)).toEqual(expected);
});
