import { expect, test } from "vitest";
import type { Release } from "../../../model/keepalived/host";
import { judgeConf } from "../../../model/keepalived/judge";
import { readConf } from "../../../model/keepalived/read";

const instance = (...lines: string[]) =>
  ["vrrp_instance V {", "interface eth0", "virtual_router_id 51", ...lines, "}"].join("\n");
const addresses = (...lines: string[]) =>
  ["virtual_ipaddress {", ...lines.map((line) => `  ${line}`), "}"].join("\n");
const address = addresses("192.168.1.60/24");
const peers = ["unicast_peer {", "192.168.1.103", "192.168.1.103", "}"].join("\n");

/** What each line of keepalived makes of a file, as 2.2.7, 2.3.4 and 2.4.3 did. */
const read = (text: string, release: Release) => {
  const { instances, refused, conf } = readConf(text, { release, mergedUsr: true });
  if (refused) return "refused";
  const [first] = instances;
  return {
    addresses: first?.addresses.map((one) => one.text),
    peers: first?.peers,
    group: first?.syncGroup,
    priority: first?.priority,
    scripts: first?.scripts.map(({ name }) => name),
    strict: first?.strict,
    authType: first?.authType,
    defined: conf.scripts.map(({ intervalSec }) => intervalSec),
  };
};

const script = (command: string, more = "") =>
  `vrrp_script c {\nscript "${command}"\ninterval 1\n${more}\n}\n`;
const tracked = instance(address, "track_script {", "c", "}");
const group = (...lists: string[]) =>
  ["vrrp_sync_group G {", ...lists.map((name) => `group {\n${name}\n}`), "}"].join("\n");

test.each<[string, string, Record<Release, object | "refused">]>([
  [
    "an address twice",
    instance(addresses("192.168.1.60/24", "192.168.1.60/32")),
    {
      "2.2": { addresses: ["192.168.1.60/24", "192.168.1.60/32"] },
      "2.3": { addresses: ["192.168.1.60/24"] },
      "2.4": { addresses: ["192.168.1.60/24"] },
    },
  ],
  [
    "a peer twice",
    instance(address, peers),
    {
      "2.2": { peers: ["192.168.1.103", "192.168.1.103"] },
      "2.3": { peers: ["192.168.1.103"] },
      "2.4": { peers: ["192.168.1.103"] },
    },
  ],
  [
    "no interface, beside a source and peers",
    `vrrp_instance V {\nvirtual_router_id 51\nunicast_src_ip 192.168.1.110\n${peers}\n${addresses("192.168.1.60/24 dev eth0")}\n}`,
    { "2.2": "refused", "2.3": { addresses: ["192.168.1.60/24"] }, "2.4": {} },
  ],
  [
    "two lists in a sync group",
    `${instance(address)}\n${group("V", "W")}`,
    { "2.2": { group: "G" }, "2.3": { group: undefined }, "2.4": { group: undefined } },
  ],
  [
    "a sync group again, after one without members",
    `${instance(address)}\n${group()}\n${group("V")}`,
    { "2.2": { group: undefined }, "2.3": { group: "G" }, "2.4": { group: "G" } },
  ],
  [
    "unicast peers under vrrp_strict",
    `global_defs {\nvrrp_strict\n}\n${instance(address, peers)}`,
    { "2.2": { strict: true }, "2.3": { strict: true }, "2.4": "refused" },
  ],
  [
    "vrrp_strict false",
    `global_defs {\nvrrp_strict false\n}\n${instance(address)}`,
    { "2.2": { strict: true }, "2.3": { strict: false }, "2.4": { strict: false } },
  ],
  [
    "a script below a link, as root",
    script("/bin/sh -c true") + tracked,
    { "2.2": { scripts: ["c"] }, "2.3": { scripts: [] }, "2.4": { scripts: [] } },
  ],
  [
    "a script below a link, as somebody else",
    script("/bin/sh -c true", "user nobody") + tracked,
    { "2.2": { scripts: ["c"] }, "2.3": { scripts: ["c"] }, "2.4": { scripts: ["c"] } },
  ],
  [
    "auth_hmac beside a password",
    instance(
      address,
      "authentication {\nauth_type PASS\nauth_pass geheim12\n}",
      `auth_hmac {\nkey 1 ${"k".repeat(40)}\nactive_key 1\n}`,
      "priority 150",
    ),
    {
      // The block is unknown, and its brace ends the instance.
      "2.2": { authType: "PASS", priority: 100 },
      "2.3": { authType: "PASS", priority: 100 },
      "2.4": { authType: undefined, priority: 150 },
    },
  ],
  [
    "no address, as it is meant",
    instance("version 3", "no_virtual_ipaddress"),
    { "2.2": "refused", "2.3": { addresses: [] }, "2.4": { addresses: [] } },
  ],
])("%s", (_, text, expected) => {
  for (const release of ["2.2", "2.3", "2.4"] as const) {
    const found = read(text, release);
    const wanted = expected[release];
    if (wanted === "refused") expect(found, release).toBe("refused");
    else expect(found, release).toMatchObject(wanted);
  }
});

const told = (text: string) => judgeConf(readConf(text)).map(({ message }) => message);

test("a check in /bin is advice, as long as nobody says which keepalived and which host", () => {
  expect(told(script("/bin/sh -c true") + tracked)).toEqual([
    expect.stringContaining(
      'script "c" is never run by keepalived 2.3 and later where /bin is a link',
    ),
  ]);
  expect(told(script("/usr/bin/pidof haproxy") + tracked)).toEqual([]);
  expect(told(script("/bin/sh -c true", "user nobody") + tracked)).toEqual([]);
});

test("auth_hmac is read as 2.4 does, and its keys are said to be unjudged", () => {
  const hmac = `auth_hmac {\nkey 1 ${"k".repeat(40)}\nactive_key 1\n}`;

  expect(told(instance(hmac, address))).toEqual([expect.stringContaining("auth_hmac")]);
});
