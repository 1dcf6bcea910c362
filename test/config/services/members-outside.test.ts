import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clusterModel } from "../../../config/cluster-model";
import { parseStackFile } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";
import { loggedInHosts } from "../../../config/logged-in-hosts";
import { resolveStack } from "../../../config/resolve";
import { allFailures, simulate } from "../../../model/resilience/resilience";

const text = readFileSync(join(__dirname, "../../../examples/Pulumi.two-node-dns.yaml"), "utf8");

/** The example with a text in place of another. */
function parsed(...changes: [from: string, to: string][]) {
  const changed = changes.reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(`the example has no ${from}`);
    return all.replace(from, to);
  }, text);
  return parseStackFile(changed).parsed;
}

const problems = (...changes: [string, string][]) => {
  const result = parsed(...changes);
  return (result.stack ? result.warnings : result.problems).map(problemText);
};

function model(...changes: [string, string][]) {
  const { stack } = parsed(...changes);
  if (!stack) throw new Error("the example is refused");
  return clusterModel(stack);
}

const status = (failed: string, ...changes: [string, string][]) => {
  const cluster = model(...changes);
  return simulate(cluster, [failed]).services["servicePairs.dns"]?.status ?? "unaffected";
};

const onNode: [string, string] = ["outside: pi-shelf", "node: pve2"];
const second = `- host: pi-2
          outside: pi-shelf
          address: 192.168.1.23
          hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6I7kvA2tOzfZU0IlK69yCThTP2pxsq6wZ24L1d/Q79`;

test("the component gets the place where it gets a node of others", () => {
  const { stack } = parsed();
  const members = stack && resolveStack(stack).servicePairs.dns?.members;
  expect(members?.map(({ name, node }) => `${name} ${node}`)).toEqual([
    "dns-1 pve1",
    "pi pi-shelf",
  ]);
});

test("a member that no node carries survives every node, and both", () => {
  expect(status("pve1")).toBe("failover");
  expect(status("pve2")).toBe("unaffected");
  for (const { services } of allFailures(model(), 2)) {
    expect(services["servicePairs.dns"]?.status).toBe("failover");
  }
});

test("its own place can fail, and costs the redundancy", () => {
  expect(status("pi-shelf")).toBe("degraded");
});

test("a member on the node itself dies with it", () => {
  expect(status("pve2", onNode)).toBe("degraded");
  const [both] = allFailures(model(onNode), 2);
  expect(both?.services["servicePairs.dns"]?.status).toBe("stopped");
});

test("two members of one place count as one", () => {
  expect(problems(["- guest: dns-1", second])).toMatchInlineSnapshot(`
    [
      "homelab:servicePairs.dns.members[1].outside: "pi-2" and "pi" are in the same place "pi-shelf", so its failure takes them down with the virtual address; state another word where "pi" shares nothing with it, or take a host elsewhere",
    ]
  `);
});

test("a place that is a failure domain fails with the nodes in it", () => {
  const rack: [string, string] = [
    "    quorumDevice: { host: pi }",
    "    quorumDevice: { host: pi }\n    failureDomains: { pi-shelf: { kind: ups, nodes: [pve1] } }",
  ];
  expect(status("pi-shelf", rack)).toBe("stopped");
});

const mistakes: [string, [string, string]][] = [
  ["a node beside a place", ["outside: pi-shelf", "outside: pi-shelf\n          node: pve2"]],
  ["a place that is a node", ["outside: pi-shelf", "outside: PVE2"]],
  ["neither", ["          outside: pi-shelf\n", ""]],
  ["a place of a guest", ["- guest: dns-1", "- guest: dns-1\n          outside: shelf"]],
];

test("rejects members that are nowhere, or in two places", () => {
  expect(
    Object.fromEntries(mistakes.map(([what, change]) => [what, problems(change)])),
  ).toMatchInlineSnapshot(`
    {
      "a node beside a place": [
        "homelab:servicePairs.dns.members[1].outside: found "pi-shelf" beside the node "pve2"; keep node if that node carries "pi", else outside",
      ],
      "a place of a guest": [
        "homelab:servicePairs.dns.members[0].outside: a guest's outside is set only in homelab:guests.dns-1; remove it here",
      ],
      "a place that is a node": [
        "homelab:servicePairs.dns.members[1].outside: found "PVE2", which is a node; write node: pve2 if it carries "pi" or is it, else another word",
      ],
      "neither": [
        "homelab:servicePairs.dns.members[1].node: missing; state the node of host "pi", or with outside what it shares with others if no node carries it",
      ],
    }
  `);
});

test("a member with an interface of another name states it, and the others keep the common one", () => {
  const { stack } = parsed(["outside: pi-shelf", "outside: pi-shelf\n          interface: end0"]);
  if (!stack) throw new Error("the example is refused");
  const pair = resolveStack(stack).servicePairs.dns;
  expect([pair?.interface, pair?.members.map((member) => member.interface)]).toEqual([
    "eth0",
    [undefined, "end0"],
  ]);
  expect(loggedInHosts(stack).map(({ name, interfaces }) => [name, interfaces])).toEqual(
    expect.arrayContaining([
      ["dns-1", ["eth0"]],
      ["pi", ["end0"]],
    ]),
  );
});

test("rejects the bridge of a node as the interface of a guest, for one member as for all", () => {
  expect(
    problems(["- guest: dns-1", "- { guest: dns-1, interface: vmbr0 }"]),
  ).toMatchInlineSnapshot(`
    [
      "homelab:servicePairs.dns.members[0].interface: found "vmbr0", a bridge of the node, expected an interface inside the guest "dns-1"; use the name that \`ip link\` shows there, e.g. eth0",
    ]
  `);
  expect(problems(["outside: pi-shelf", "outside: pi-shelf\n          interface: vmbr0"])).toEqual(
    [],
  );
});
