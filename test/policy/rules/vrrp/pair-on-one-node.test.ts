import { expect, test } from "vitest";
import { pairOnOneNode } from "../../../../policy/rules/vrrp";
import { pageTest } from "../../page-test";
import { proxied, unknown } from "../../proxied";
import { reported } from "../../reported";
import {
  command,
  container,
  hostKey,
  keepalivedConf,
  pair,
  rawPair,
  resource,
} from "../../resources";

const members = (...nodes: string[]) =>
  nodes.map((node, index) => ({
    name: `lb${index + 1}`,
    address: `192.168.56.${index + 2}`,
    node,
    priority: 200 - 50 * index,
    hostKey,
  }));
const raw = (first: string, second: string) =>
  rawPair({ priority: 150 }, { priority: 100 }, [first, second]);

pageTest("pair-on-one-node", rawPair({ priority: 200 }, { priority: 100 }, ["proxmox", "proxmox"]));

test("members on different nodes pass, as component and as containers", async () => {
  expect(await reported(pairOnOneNode, [pair()])).toEqual([]);
  expect(await reported(pairOnOneNode, raw("proxmox2", "proxmox3"))).toEqual([]);
});

test("rejects both members on one node", async () => {
  expect(
    await reported(pairOnOneNode, [pair({ members: members("proxmox", "proxmox") })]),
  ).toMatchInlineSnapshot(`
    [
      "[mandatory] pair-on-one-node: TraefikHaPair "traefik" members[1].node: "lb1" and "lb2" are on the same node "proxmox", so its death takes them down with the virtual address; move "lb2" to another node (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/pair-on-one-node.md)",
    ]
  `);
  expect(await reported(pairOnOneNode, raw("proxmox", "proxmox"))).toMatchInlineSnapshot(`
    [
      "[mandatory] pair-on-one-node: keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): "traefik" and "traefik-2" are on the same node "proxmox", so its death takes them down with the virtual address; move "traefik-2" to another node (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/pair-on-one-node.md)",
    ]
  `);
});

test("rejects two of three members on one node", async () => {
  expect(
    await reported(pairOnOneNode, [pair({ members: members("a", "b", "a") })]),
  ).toMatchInlineSnapshot(`
    [
      "[mandatory] pair-on-one-node: TraefikHaPair "traefik" members[2].node: "lb1" and "lb3" are on the same node "a", so its death takes them down at once; move "lb3" to another node (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/pair-on-one-node.md)",
    ]
  `);
});

test("rejects three of three members on one node with one finding that names all", async () => {
  expect(
    await reported(pairOnOneNode, [pair({ members: members("a", "a", "a") })]),
  ).toMatchInlineSnapshot(`
    [
      "[mandatory] pair-on-one-node: TraefikHaPair "traefik" members[1].node: "lb1", "lb2" and "lb3" are on the same node "a", so its death takes them down with the virtual address; move "lb2" to another node (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/pair-on-one-node.md)",
    ]
  `);
});

test("finds the node of a file in a component's member", async () => {
  const twice = [
    command("a", "192.168.56.2", keepalivedConf({ priority: 200, vip: "192.168.56.9/24" })),
    command("b", "192.168.56.3", keepalivedConf({ priority: 150, vip: "192.168.56.9/24" })),
  ];
  const elsewhere = pair({ members: members("proxmox", "proxmox") });

  const messages = await reported(pairOnOneNode, [elsewhere, ...twice]);

  expect(messages.at(-1)).toContain("keepalived.conf of lb1 (192.168.56.2) and lb2 (192.168.56.3)");
});

test("containers that the stack does not declare, or whose node is not known, are no fault", async () => {
  const files = raw("proxmox", "proxmox").filter((each) => each.type.startsWith("command:"));
  const later = raw("proxmox", "proxmox").map((each) =>
    "nodeName" in each.props
      ? { ...each, props: proxied({ ...each.props, nodeName: unknown.text }) }
      : each,
  );

  expect(await reported(pairOnOneNode, files)).toEqual([]);
  expect(await reported(pairOnOneNode, later)).toEqual([]);
});

const dhcp = (name: string, vmId: number, nodeName: string, ...ipv4: string[]) =>
  resource("proxmoxve:index/vmLegacy:VmLegacy", name, {
    vmId,
    nodeName,
    name,
    initialization: { ipConfigs: [{ ipv4: { address: "dhcp" } }] },
    ipv4Addresses: [["127.0.0.1"], ipv4],
  });
const filesAt = (first = "", second = "") => [
  command("one", first, keepalivedConf({ priority: 150 })),
  command("two", second, keepalivedConf({ priority: 100 })),
];

test.each([
  { what: "host names, in another case and with a domain", hosts: ["LB-1.home.arpa", "lb-2"] },
  { what: "addresses that only the guests reported", hosts: ["192.168.1.31", "192.168.1.32"] },
])("rejects both members on one node by $what", async ({ hosts }) => {
  const stack = (second: string) => [
    // Docker's bridge is the same on both, and says nothing.
    dhcp("lb-1", 131, "pve1", "192.168.1.31", "172.17.0.1"),
    dhcp("lb-2", 132, second, "192.168.1.32", "172.17.0.1"),
    ...filesAt(hosts[0], hosts[1]),
  ];

  expect(await reported(pairOnOneNode, stack("pve1"))).toEqual([
    expect.stringMatching(/^\[mandatory\] .*"lb-1" and "lb-2" are on the same node "pve1"/),
  ]);
  expect(await reported(pairOnOneNode, stack("pve1"))).toHaveLength(1);
  expect(await reported(pairOnOneNode, stack("pve2"))).toEqual([]);
});

test("an address that two guests reported tells neither of them", async () => {
  const stack = [
    dhcp("a", 131, "pve1", "192.168.1.31"),
    dhcp("b", 132, "pve1", "192.168.1.31", "192.168.1.32"),
    ...filesAt("192.168.1.31", "192.168.1.32"),
  ];

  expect(await reported(pairOnOneNode, stack)).toEqual([]);
});

const masters = (...nodes: (string | undefined)[]) => [
  ...nodes.flatMap((node, index) =>
    node === undefined
      ? []
      : [container(`m${index + 1}`, 300 + index, node, `10.0.0.${index + 1}`)],
  ),
  command(
    "lb-haproxy",
    "192.168.1.5",
    `defaults
  mode tcp
frontend api
  bind :6443
  default_backend masters
backend masters
  option httpchk GET /readyz
${nodes.map((_, index) => `  server s${index + 1} 10.0.0.${index + 1}:6443 check check-ssl verify required ca-file /ca.crt`).join("\n")}
`,
    { create: "cat > /etc/haproxy/haproxy.cfg" },
  ),
];

test.each([
  [["a", "b", "c"], []],
  [["a", "a", "a"], ['"m1", "m2" and "m3"']],
  [["a", "a", "c"], ['"m1" and "m2"']],
  [["a", "a", undefined], ['"m1" and "m2"']],
  [["a", undefined, undefined], []],
  [["a", "b", "a", "b", "c"], []],
  [["a"], []],
])("API servers on %j", async (nodes, expected) => {
  const found = await reported(pairOnOneNode, masters(...nodes));

  expect(
    found.map((line) => /Command "lb-haproxy": (.*) are on the node "a"/.exec(line)?.[1]),
  ).toEqual(expected);
});
