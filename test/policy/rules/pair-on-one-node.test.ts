import { expect, test } from "vitest";
import { pairOnOneNode } from "../../../policy/rules/vrrp";
import { proxied, unknown } from "../proxied";
import { reported } from "../reported";
import { command, hostKey, keepalivedConf, pair, rawPair } from "../resources";

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

test("members on different nodes pass, as component and as containers", async () => {
  expect(await reported(pairOnOneNode, [pair()])).toEqual([]);
  expect(await reported(pairOnOneNode, raw("proxmox2", "proxmox3"))).toEqual([]);
});

test("rejects both members on one node", async () => {
  expect(
    await reported(pairOnOneNode, [pair({ members: members("proxmox", "proxmox") })]),
  ).toMatchInlineSnapshot(`
    [
      "[mandatory] pair-on-one-node: TraefikHaPair "traefik" members[1].node: "lb1" and "lb2" are on the same node "proxmox", so its death takes them down with the virtual address; move "lb2" to another node (see docs/policies/pair-on-one-node.md)",
    ]
  `);
  expect(await reported(pairOnOneNode, raw("proxmox", "proxmox"))).toMatchInlineSnapshot(`
    [
      "[mandatory] pair-on-one-node: keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): "traefik" and "traefik-2" are on the same node "proxmox", so its death takes them down with the virtual address; move "traefik-2" to another node (see docs/policies/pair-on-one-node.md)",
    ]
  `);
});

test("rejects two of three members on one node", async () => {
  expect(
    await reported(pairOnOneNode, [pair({ members: members("a", "b", "a") })]),
  ).toMatchInlineSnapshot(`
    [
      "[mandatory] pair-on-one-node: TraefikHaPair "traefik" members[2].node: "lb1" and "lb3" are on the same node "a", so its death takes them down at once; move "lb3" to another node (see docs/policies/pair-on-one-node.md)",
    ]
  `);
});

test("rejects three of three members on one node with one finding that names all", async () => {
  expect(
    await reported(pairOnOneNode, [pair({ members: members("a", "a", "a") })]),
  ).toMatchInlineSnapshot(`
    [
      "[mandatory] pair-on-one-node: TraefikHaPair "traefik" members[1].node: "lb1", "lb2" and "lb3" are on the same node "a", so its death takes them down with the virtual address; move "lb2" to another node (see docs/policies/pair-on-one-node.md)",
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
