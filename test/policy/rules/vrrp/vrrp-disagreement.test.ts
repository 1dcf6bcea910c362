import { expect, test } from "vitest";
import { vrrpDisagreement } from "../../../../policy/rules/vrrp";
import { pageTest } from "../../page-test";
import { reported } from "../../reported";
import { type ConfOptions, command, keepalivedConf, pair, rawPair } from "../../resources";

const raw = (second: Partial<ConfOptions>, first: Partial<ConfOptions> = {}) =>
  rawPair({ priority: 150, ...first }, { priority: 100, ...second });

pageTest("vrrp-disagreement", rawPair({ priority: 200 }, { priority: 100, routerId: 52 }));

test("members that agree pass, as component and as files", async () => {
  expect(await reported(vrrpDisagreement, [pair()])).toEqual([]);
  expect(await reported(vrrpDisagreement, raw({}))).toEqual([]);
  expect(
    await reported(vrrpDisagreement, raw({ authPass: "a-secret" }, { authPass: "a-secret" })),
  ).toEqual([]);
});

test("rejects another router id, another interval, and a password on one side only", async () => {
  expect(await reported(vrrpDisagreement, raw({ routerId: 52 }))).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-disagreement: keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): members disagree on the virtual router id ("traefik" has 51, "traefik-2" has 52), so they discard each other's adverts and both own the virtual address; give every member the same virtual router id (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-disagreement.md)",
    ]
  `);
  expect(await reported(vrrpDisagreement, raw({ advertInt: 2 }))).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-disagreement: keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): members disagree on the advert interval ("traefik" has 1 s, "traefik-2" has 2 s), so they discard each other's adverts and both own the virtual address; give every member the same advert interval (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-disagreement.md)",
    ]
  `);
  expect(await reported(vrrpDisagreement, raw({ authPass: "wombat77" }))).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-disagreement: keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): members disagree on the authentication ("traefik" has none, "traefik-2" has PASS), so they discard each other's adverts and both own the virtual address; give every member the same authentication (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-disagreement.md)",
    ]
  `);
});

test("rejects different passwords without showing either", async () => {
  const messages = await reported(
    vrrpDisagreement,
    raw({ authPass: "wombat77" }, { authPass: "quokka88" }),
  );

  expect(messages).toHaveLength(1);
  expect(messages.join()).not.toMatch(/wombat|quokka/);
});

test("rejects a unicast peer that is missing", async () => {
  const unicast = (priority: number, peers: string) =>
    keepalivedConf({ priority }).replace(
      "    virtual_ipaddress",
      `    unicast_peer {\n        ${peers}\n    }\n    virtual_ipaddress`,
    );
  const resources = [
    command("a", "192.168.1.110", unicast(150, "192.168.1.103")),
    command("b", "192.168.1.103", unicast(100, "192.168.1.111")),
  ];

  expect(await reported(vrrpDisagreement, resources)).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-disagreement: keepalived.conf of 192.168.1.110 and 192.168.1.103: "192.168.1.103" does not list 192.168.1.110 of "192.168.1.110" as unicast peer, so that member never hears it and becomes a second master; add 192.168.1.110 to the unicast peers of "192.168.1.103" (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-disagreement.md)",
    ]
  `);
});

test("an address for management only is no missing peer", async () => {
  const unicast = (priority: number, peer: string) =>
    keepalivedConf({ priority }).replace(
      "    virtual_ipaddress",
      `    unicast_peer {\n        ${peer}\n    }\n    virtual_ipaddress`,
    );
  const resources = [
    command("a", "10.9.0.1", unicast(150, "192.168.1.103")),
    command("b", "lb2.example.org", unicast(100, "192.168.1.110")),
  ];

  expect(await reported(vrrpDisagreement, resources)).toEqual([]);
});
