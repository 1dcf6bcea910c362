import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseWholeFile } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";

const example = (name: string) =>
  readFileSync(join(__dirname, `../../../examples/Pulumi.${name}.yaml`), "utf8");

const files = {
  dns: example("two-node-dns"),
  k3s: example("k3s-kube-vip-nginx"),
  sites: example("three-sites"),
};

/** What is said of a file after one edit, beside what is said of it without. */
function saidOf(file: keyof typeof files, from: string, to: string): string[] {
  const texts = [files[file], files[file].replace(from, () => to)];
  expect(texts[1]).not.toBe(texts[0]);
  const [before = [], after = []] = texts.map((text) => {
    const { parsed } = parseWholeFile(text);
    return "warnings" in parsed ? parsed.warnings : parsed.problems;
  });
  // A renamed site has its earlier warnings at another place.
  const known = new Set(before.map(({ message }) => message));
  return after
    .filter(({ message }) => !known.has(message))
    .map((one) => `${one.severity === "error" ? "" : "warning: "}${problemText(one)}`);
}

/** Mistakes of people who write a file by themselves: file, text, and what they put in its place. */
const edits: [keyof typeof files, string, string][] = [
  // A key of another tool is known by the key that is missing, and its value.
  ["dns", "pve1: { address:", "pve1: { ip:"],
  ["dns", "vip:", "virtualIp:"],
  ["dns", "members:", "nodes:"],
  ["dns", "check:", "healthcheck:"],
  ["dns", "{ cidr:", "{ subnet:"],
  ["dns", "guest: dns-1", "name: dns-1"],
  ["k3s", "masters:", "servers:"],
  ["k3s", "workers:", "agents:"],
  ["sites", "endpoint:", "url:"],
  // A short form, or one with a part of the whole.
  ["dns", "pve1: { address:", "pve1: { addr:"],
  ["dns", "check:", "vrid: 5\n      check:"],
  ["sites", "everyMinutes:", "everyMin:"],
  ["sites", "routedTo:", "kubeContext: home\n      routedTo:"],
  ["sites", "traefikPairs:", "homelab:traefikPairs:"],
  // The same in another unit.
  ["sites", "memoryMb: 8192", "memoryGb: 8"],
  // What follows from a misspelt key is not said as well.
  ["dns", "hostKey:", "hostkey:"],
  ["dns", "dns: {", "dsn: {"],
  // One of a few values.
  ["k3s", "distribution: k3s", "distribution: k3"],
  ["k3s", "distribution: k3s", "distribution: k0s"],
  ["k3s", "announcedBy: kube-vip", "announcedBy: kubevip"],
  ["k3s", "      announcedBy: kube-vip\n", ""],
  ["k3s", "controller: ingress-nginx", "controller: nginx"],
  ["dns", "check:", "profile: fst\n      check:"],
  // Addresses and pools.
  ["k3s", "range: 10.0.20.200-10.0.20.220", "range: 10.0.20.192/27"],
  ["k3s", "pool: lan.services", "pool: services"],
  ["k3s", "      pool: lan.services\n", ""],
  ["k3s", "kind: kube-vip", "kind: kubevip"],
  ["k3s", "address: 10.0.20.203", "address: 10.0.30.203"],
  ["sites", '"https://192.168.2.11:8006"', "192.168.2.11:8006"],
  ["sites", '"https://pve.home.example.org:8006"', "http://pve.home.example.org"],
  // Names.
  ["sites", "    cottage:", "    My Cottage:"],
  ["k3s", "namespace: ingress-nginx", "namespace: Ingress_Nginx"],
  // One machine twice.
  [
    "k3s",
    "workers: [{ guest: k3s-1 }, { guest: k3s-2 }",
    "workers: [{ guest: k3s-1 }, { guest: k3s-1 }",
  ],
  [
    "sites",
    "members: [{ guest: traefik-1 }, { guest: traefik-2 }]",
    "members: [{ guest: traefik-1 }, { guest: traefik-1 }]",
  ],
  // The controller that nobody stated.
  ["k3s", "      controller: ingress-nginx\n", ""],
  [
    "k3s",
    "namespace: ingress-nginx\n      address: 10.0.20.203\n      pool: lan.services\n      controller: ingress-nginx",
    "namespace: web\n      address: 10.0.20.203\n      pool: lan.services",
  ],
  // Values that no answer of a resolver and no release can have.
  ["dns", "expected: ", "type: AAAA, expected: "],
  ["sites", "version: 3.5.0", "version: 3.5"],
  ["sites", "version: 3.5.0", "version: 2.11.0"],
  // One check of all members.
  ["dns", "check:\n", "check:\n        intervalSec: 2000\n"],
  // A key that stands one level too deep, and so passes for a node or a storage.
  ["dns", "    quorumDevice:", "      quorumDevice:"],
  ["dns", "    storages:\n      local-zfs:", "      storages:\n        local-zfs:"],
  ["dns", "    backup:", "      backup:"],
  // A host by its bare name, a colon without a space, none at all, and a word for a number.
  ["dns", "- guest: dns-1", "- dns-1"],
  ["dns", "pve1: { address: ", "pve1: { address:"],
  ["dns", "pveVersion: 9", "pveVersion 9"],
  ["dns", "vmid: 120", "vmid: twelve"],
  // The root of the file.
  ["dns", "config:\n", "settings:\n"],
];

test("one line for one mistake, whoever's house it is", () => {
  const said = edits.map(([file, from, to]) => ({
    edit: `${file}: ${from.trim()} -> ${to.trim()}`,
    lines: saidOf(file, from, to),
  }));
  expect(said.filter(({ lines }) => lines.length !== 1)).toEqual([]);
  expect(said.map(({ lines }) => lines[0])).toMatchInlineSnapshot(`
    [
      "homelab:cluster.nodes.pve1.ip: unknown key "ip"; did you mean "address"?",
      "homelab:servicePairs.dns.virtualIp: unknown key "virtualIp"; did you mean "vip"?",
      "homelab:servicePairs.dns.nodes: unknown key "nodes"; did you mean "members"?",
      "homelab:servicePairs.dns.healthcheck: unknown key "healthcheck"; did you mean "check"?",
      "homelab:cluster.segments.lan.subnet: unknown key "subnet"; did you mean "cidr"?",
      "homelab:servicePairs.dns.members[0].name: unknown key "name"; did you mean "guest"?",
      "homelab:kubernetes.home.servers: unknown key "servers"; did you mean "masters"?",
      "homelab:kubernetes.home.agents: unknown key "agents"; did you mean "workers"?",
      "homelab:sites.home.proxmox.url: unknown key "url"; did you mean "endpoint"?",
      "homelab:cluster.nodes.pve1.addr: unknown key "addr"; did you mean "address"?",
      "homelab:servicePairs.dns.vrid: unknown key "vrid"; did you mean "virtualRouterId"?",
      "homelab:sites.parents.haGroups.anywhere.replication.everyMin: unknown key "everyMin"; did you mean "everyMinutes"?",
      "homelab:sites.home.kubeContext: unknown key "kubeContext"; did you mean "kubernetesContext"?",
      "homelab:sites.home.homelab:traefikPairs: unknown key "homelab:traefikPairs"; did you mean "traefikPairs"?",
      "homelab:sites.home.guests.photos.memoryGb: unknown key "memoryGb"; did you mean "memoryMb" (8192)?",
      "homelab:guests.dns-1.hostkey: unknown key "hostkey"; did you mean "hostKey"?",
      "homelab:servicePairs.dns.check.dsn: unknown key "dsn"; did you mean "dns"?",
      "homelab:kubernetes.home.distribution: found "k3", expected one of kubeadm, k3s, rke2, talos; write k3s",
      "homelab:kubernetes.home.distribution: found "k0s", expected one of kubeadm, k3s, rke2, talos; write one of these",
      "homelab:kubernetes.home.announcedBy: found "kubevip", expected one of kube-vip, talos, external, none; write kube-vip",
      "homelab:kubernetes.home.announcedBy: missing, expected one of kube-vip, talos, external, none; say who has the API's address",
      "homelab:kubernetesIngress.nginx-lb.controller: found "nginx", expected one of traefik, ingress-nginx, haproxy-ingress, cilium, other; write ingress-nginx",
      "homelab:servicePairs.dns.profile: found "fst", expected "fast" (the address moves in less than a second) or "compatible"; write fast",
      "homelab:cluster.segments.lan.pools.services.range: found "10.0.20.192/27", expected an ascending range of addresses; write 10.0.20.192-10.0.20.223",
      "homelab:kubernetesIngress.nginx-lb.pool: found "services", expected <segment>.<pool>; put the segment of cluster.segments before it, e.g. lan.services",
      "homelab:kubernetesIngress.nginx-lb.pool: missing, expected a text; add it",
      "homelab:cluster.segments.lan.pools.services.kind: found "kubevip", expected one of dhcp, metallb, cilium, kube-vip; write kube-vip",
      "homelab:kubernetesIngress.nginx-lb.address: 10.0.30.203 of "kubernetesIngress.nginx-lb" lies outside its pool "lan.services" (10.0.20.200-10.0.20.220); choose an address of the pool, or extend the pool",
      "homelab:sites.parents.proxmox.endpoint: found "192.168.2.11:8006", expected an https URL; write https://192.168.2.11:8006",
      "homelab:sites.home.proxmox.endpoint: found "http://pve.home.example.org", expected an https URL; write https://pve.home.example.org:8006",
      "homelab:sites.My Cottage: found "My Cottage", expected a name of lower-case letters, digits and hyphens that starts with a letter; write e.g. my-cottage",
      "homelab:kubernetesIngress.nginx-lb.namespace: found "Ingress_Nginx", expected a name of lower-case letters, digits and hyphens that starts with a letter; write e.g. ingress-nginx",
      "homelab:kubernetes.home.workers[1]: "k3s-1" is in workers already ([0]); remove it, or name another",
      "homelab:sites.home.traefikPairs.traefik.members[1]: "traefik-1" is in members already ([0]); remove it, or name another",
      "homelab:kubernetesIngress.nginx-lb.controller: missing in the namespace "ingress-nginx", and without it the controller is Traefik; write controller: ingress-nginx, or controller: traefik if that is what runs there",
      "homelab:kubernetesIngress.nginx-lb.controller: missing, and without it the controller is Traefik, but the k3s of "home" is started without its Traefik; write controller: traefik for one that you installed yourself, else the one that you did install (ingress-nginx, haproxy-ingress, cilium, other)",
      "homelab:servicePairs.dns.check.dns.expected: found "192.168.1.1", expected an IPv6 address, for type is AAAA; write type: A, or an IPv6 address",
      "homelab:sites.home.traefikPairs.traefik.traefik.version: found 3.5, expected a version of Traefik 3 such as 3.5.0; write e.g. 3.5.0",
      "homelab:sites.home.traefikPairs.traefik.traefik.version: found "2.11.0", expected a version of Traefik 3 such as 3.5.0, for the files are written for that; upgrade it, and state the version that runs then",
      "homelab:servicePairs.dns.check: the check "check" of "dns-1" takes 1.1 h to notice a failure (interval 2000 s, fall 2), so the virtual address stays there while the service is dead; run a command that fails when the service does, every few seconds",
      "homelab:cluster.nodes.quorumDevice: "quorumDevice" stands below "nodes", expected it beside that; indent it as far as "nodes"",
      "homelab:cluster.segments.storages: "storages" stands below "segments", expected it beside that; indent it as far as "segments"",
      "homelab:cluster.storages.backup: "backup" stands below "storages", expected it beside that; indent it as far as "storages"",
      "homelab:servicePairs.dns.members[0]: found "dns-1", expected a map; write { guest: dns-1 }",
      "homelab:cluster.nodes.pve1.address:192.168.1.11: unknown key "address:192.168.1.11"; did you mean "address"? write a space behind the colon: address: 192.168.1.11",
      "YAML: found "pveVersion 9" without a colon, expected "key: value"; write pveVersion: 9",
      "homelab:guests.dns-1.vmid: found "twelve", expected a VMID from 100 to 999999999; write it in digits, e.g. 100",
      "settings: found "settings:", expected "config:" with the sections of homelab: below it; write config:",
    ]
  `);
});

test("the controller is asked for only where leaving it out is a riddle", () => {
  const pool = "pool: lan.services\n      controller: ingress-nginx";
  const cases = [
    // Stated.
    saidOf("k3s", "namespace: ingress-nginx", "namespace: web"),
    saidOf("k3s", "controller: ingress-nginx", "controller: traefik"),
    // Left out in a cluster that brings no Traefik of its own.
    saidOf(
      "k3s",
      `namespace: ingress-nginx\n      address: 10.0.20.203\n      ${pool}\n      cluster: home`,
      "namespace: web\n      address: 10.0.20.203\n      pool: lan.services\n      cluster: home",
    ).length,
  ];
  expect(cases).toEqual([[], [], 1]);
  const rke2 = files.k3s
    .replace("distribution: k3s", "distribution: rke2")
    .replace(/ +disable: .*\n/, "")
    .replace(/ +controller: .*\n/, "")
    .replace("namespace: ingress-nginx", "namespace: web");
  expect(parseWholeFile(rke2).parsed).toHaveProperty("warnings", []);
});

test("a name that is a key of the map above stays a name where its value is one's own", () => {
  const said = saidOf("dns", "pve2: { address: 192.168.1.12 }", "segments: { ip: 192.168.1.12 }");
  expect(said[0]).toContain('homelab:cluster.nodes.segments.ip: unknown key "ip"');
  expect(said.join("\n")).not.toContain("indent it");
});
