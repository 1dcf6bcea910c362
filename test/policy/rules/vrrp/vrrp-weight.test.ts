import { StringAsset } from "@pulumi/pulumi/asset";
import { expect, test } from "vitest";
import { vrrpWeight } from "../../../../policy/rules/vrrp";
import { pageTest } from "../../page-test";
import { proxied, unknown } from "../../proxied";
import { reported } from "../../reported";
import { command, keepalivedConf, pair, rawPair, resource } from "../../resources";

const check = (weight: number) => ({ weight, intervalSec: 2, timeoutSec: 2, fall: 2, rise: 2 });
const priorities = (...values: number[]) =>
  values.map((priority, index) => ({
    name: `lb${index + 1}`,
    address: `192.168.56.${index + 2}`,
    node: `node${index + 1}`,
    priority,
  }));
const weighted = (weight: number, ...values: number[]) =>
  pair({ check: check(weight), members: priorities(...values) });
const raw = (weight: number, first = 200, second = 100) =>
  rawPair({ priority: first, weight, state: "MASTER" }, { priority: second, weight });
const copied = (name: string, host: string, source: unknown) =>
  resource("command:remote:CopyToRemote", name, {
    connection: { host },
    source,
    remotePath: "/etc/keepalived/keepalived.conf",
  });

pageTest("vrrp-weight", rawPair({ priority: 200, weight: -20 }, { priority: 100, weight: -20 }));

test("a weight that moves the address passes: negative, positive, and FAULT", async () => {
  const good = [pair(), weighted(0, 200, 100), weighted(60, 150, 100), weighted(-60, 150, 100)];

  for (const each of good) expect(await reported(vrrpWeight, [each])).toEqual([]);
  expect(await reported(vrrpWeight, raw(-60, 150, 100))).toEqual([]);
});

test("rejects the pair as it was found: 200/100 with weight -20, as component and as files", async () => {
  expect(await reported(vrrpWeight, [weighted(-20, 200, 100)])).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-weight: TraefikHaPair "traefik" check.weight: a failed check lowers "lb1" from 200 to 180, which is not below 100 of "lb2", so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
  expect(await reported(vrrpWeight, raw(-20))).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-weight: keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): a failed check lowers "traefik" from 200 to 180, which is not below 100 of "traefik-2", so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
});

test("rejects a tie", async () => {
  expect(await reported(vrrpWeight, raw(-100))).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-weight: keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): a failed check lowers "traefik" from 200 to 100, which only ties with 100 of "traefik-2", and a tie keeps the master, so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
});

test("accepts -120: 200 falls to 80, below 100", async () => {
  expect(await reported(vrrpWeight, raw(-120))).toEqual([]);
});

test("advises when all checks fail together and the order is lost", async () => {
  expect(await reported(vrrpWeight, raw(-253))).toMatchInlineSnapshot(`
    [
      "[advisory] vrrp-weight-advice: keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): when every check fails on every member, "traefik" and "traefik-2" are all cut to 1, so the order of preference is lost; use a weight from -101 to -198 (for example -120) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
});

test("rejects a clamp that makes a tie, and a positive weight that is too small", async () => {
  expect(await reported(vrrpWeight, [weighted(-200, 50, 1)])).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-weight: TraefikHaPair "traefik" check.weight: a failed check lowers "lb1" from 50 to 1 (keepalived goes no lower), which only ties with 1 of "lb2", and a tie keeps the master, so the virtual address never moves; raise the priority of "lb2" to at least 2, or use weight 0 (FAULT) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
  expect(await reported(vrrpWeight, [weighted(40, 150, 100)])).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-weight: TraefikHaPair "traefik" check.weight: a failed check takes "lb1" from 190 to 150, which is not below 140 (100 + 40) of "lb2", so the virtual address never moves; use weight 51 or higher (for example 60), or weight 0 (FAULT) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
});

test("rejects a weight that only moves the address half the way through three members", async () => {
  expect(await reported(vrrpWeight, [weighted(-60, 200, 150, 100)])).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-weight: TraefikHaPair "traefik" check.weight: a failed check lowers "lb1" from 200 to 140, which is not below 100 of "lb3", so the virtual address stays on "lb1" when only "lb3" could take it; use weight -101 or lower (for example -120), or weight 0 (FAULT) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
});

test("rejects a file that was changed by hand while the component looks right", async () => {
  const changed = [
    pair(),
    command("traefik-conf", "192.168.1.110", keepalivedConf({ priority: 200, weight: -20 })),
    command("traefik-2-conf", "192.168.1.103", keepalivedConf({ priority: 150, weight: -20 })),
  ];

  expect(await reported(vrrpWeight, changed)).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-weight: keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): a failed check lowers "traefik" from 200 to 180, which is not below 150 of "traefik-2", so the virtual address never moves; use weight -51 or lower (for example -60), or weight 0 (FAULT) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
});

test("says once what the component and its files both show", async () => {
  const members = [
    { name: "traefik", address: "192.168.1.110", node: "proxmox2", priority: 200 },
    { name: "traefik-2", address: "192.168.1.103", node: "proxmox3", priority: 100 },
  ];
  const both = [pair({ check: check(-20), members }), ...raw(-20)];

  expect(await reported(vrrpWeight, both)).toHaveLength(1);
});

test("reads copied files, here-documents and standard input", async () => {
  const conf = (priority: number) => keepalivedConf({ priority, weight: -20 });
  const script = `set -e\ncat > /etc/keepalived/keepalived.conf <<'EOF'\n${conf(100)}EOF\nsystemctl reload keepalived`;
  const resources = [
    copied("a", "192.168.1.110", new StringAsset(conf(200))),
    command("b", "192.168.1.103", "", { create: script, stdin: undefined }),
    command("c", "192.168.1.104", conf(50)),
  ].map((each) => ({ ...each, props: proxied(each.props) }));

  const [message] = await reported(vrrpWeight, resources);

  expect(message).toContain("keepalived.conf of 192.168.1.110 and 192.168.1.103 and 192.168.1.104");
});

test("hosts that are not known yet are named by their resource", async () => {
  const resources = raw(-20)
    .filter((each) => each.type === "command:remote:Command")
    .map((each) => ({
      ...each,
      props: proxied({ ...each.props, connection: { host: unknown.text } }),
    }));

  expect(await reported(vrrpWeight, resources)).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-weight: keepalived.conf of traefik-conf and traefik-2-conf: a failed check lowers "traefik-conf" from 200 to 180, which is not below 100 of "traefik-2-conf", so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
});

test("a single file of a pair is not judged: the other member may be another stack's", async () => {
  const alone = command("a", "192.168.1.110", keepalivedConf({ priority: 200, weight: -20 }));

  expect(await reported(vrrpWeight, [alone])).toEqual([]);
});

test("a component's facts that are not known yet are no fault", async () => {
  const later = pair({ check: { weight: unknown.number } });

  expect(await reported(vrrpWeight, [{ ...later, props: proxied(later.props) }])).toEqual([]);
});
