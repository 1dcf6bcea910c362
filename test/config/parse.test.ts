import { expect, test } from "vitest";
import { problemText } from "../../config/file/problem";
import { parseStack } from "../../config/parse";
import { put, stackData } from "../support/clusters/stacks";

/** Every problem of a damaged copy of the homelab stack, errors before warnings as they come. */
function problemsOf(damage: (data: Record<string, unknown>) => void, stack = "homelab"): string[] {
  const data = stackData(stack);
  damage(data);
  const parsed = parseStack(data);
  return (parsed.stack ? parsed.warnings : parsed.problems).map(problemText);
}

const errorsOf = (damage: (data: Record<string, unknown>) => void) => {
  const data = stackData("homelab");
  damage(data);
  const parsed = parseStack(data);
  return (parsed.stack ? [] : parsed.problems)
    .filter((problem) => problem.severity === "error")
    .map(problemText);
};

const PAIR = ["traefikPairs", "traefik"];

test.each(["homelab", "matrix", "two-nodes", "five-nodes"])("the %s stack is sound", (stack) => {
  const parsed = parseStack(stackData(stack));
  expect("problems" in parsed ? parsed.problems.map(problemText) : []).toEqual([]);
});

test("rejects eight different mistakes in one report, each at its place", () => {
  expect(
    errorsOf((data) => {
      put(data, ["guests", "netbox", "purpse"], "IPAM");
      put(data, ["guests", "adguard", "address"], "192.168.1.999");
      put(data, ["guests", "influxdb", "vmid"], 113);
      put(data, [...PAIR, "vip"], "10.0.20.205/22");
      put(data, ["haGroups", "databases", "guests"], ["influxdb", "postgres"]);
      put(data, [...PAIR, "members", 1, "priority"], 300);
      put(data, ["apiLoadBalancers", "k8s-api", "members"], []);
      put(data, ["kubernetesIngress", "traefik-lb", "replicas"], "three");
    }),
  ).toMatchInlineSnapshot(`
    [
      "homelab:guests.netbox.purpse: unknown key "purpse"; "purpose" is there already; remove one of them",
      "homelab:guests.adguard.address: found "192.168.1.999", expected an IPv4 or IPv6 address; write four numbers from 0 to 255, e.g. 192.168.1.110",
      "homelab:guests.postgresql.vmid: 113 is also the VMID of "influxdb", and each exists once in a cluster; give "postgresql" the id that Proxmox shows for it",
      "homelab:traefikPairs.traefik.members[1].priority: found 300, expected a VRRP priority from 1 to 254; give the preferred member the highest, e.g. 200 and 100",
      "homelab:traefikPairs.traefik.vip: the virtual address 10.0.20.205 of "traefikPairs.traefik" lies in the MetalLB pool "services.metallb" (10.0.20.200-10.0.20.220), which gives it to others; choose an address outside the pool, or shrink the pool",
      "homelab:haGroups.databases.guests[1]: there is no guest "postgres" in homelab:guests; did you mean "postgresql"?",
      "homelab:apiLoadBalancers.k8s-api.members: found 0 members, expected at least 2 members; list the hosts that share the address, on different nodes",
      "homelab:kubernetesIngress.traefik-lb.replicas: found "three", expected replicas from 2 to 50; write it in digits, e.g. 2",
    ]
  `);
});

test("rejects a misspelt section with the section it most likely meant", () => {
  expect(errorsOf((data) => put(data, ["hagroups"], {}))).toMatchInlineSnapshot(`
    [
      "homelab:hagroups: unknown key "hagroups"; did you mean "haGroups"?",
    ]
  `);
});

test("rejects a weight that cannot move the address, naming numbers and fix", () => {
  expect(errorsOf((data) => put(data, [...PAIR, "check", "weight"], -20))).toMatchInlineSnapshot(`
    [
      "homelab:traefikPairs.traefik.check.weight: a failed check lowers "traefik" from 200 to 180, which is not below 100 of "traefik-2", so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT)",
    ]
  `);
  expect(errorsOf((data) => put(data, [...PAIR, "check", "weight"], -100))).toMatchInlineSnapshot(`
    [
      "homelab:traefikPairs.traefik.check.weight: a failed check lowers "traefik" from 200 to 100, which only ties with 100 of "traefik-2", and a tie keeps the master, so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT)",
    ]
  `);
  expect(errorsOf((data) => put(data, [...PAIR, "check", "weight"], -120))).toEqual([]);
});

test("rejects both members on one node", () => {
  expect(
    errorsOf((data) => {
      put(data, ["guests", "traefik", "node"], "proxmox");
      put(data, ["guests", "traefik-2", "node"], "proxmox");
    }),
  ).toMatchInlineSnapshot(`
    [
      "homelab:traefikPairs.traefik.members[1].node: "traefik" and "traefik-2" are on the same node "proxmox", so its death takes them down with the virtual address; move "traefik-2" to another node",
      "homelab:haGroups.reverse-proxy.guests[0]: "traefik" lives on proxmox, and this strict group allows only proxmox2, proxmox3, so HA would move it at once; change the node of "traefik", or the nodes of the group",
      "homelab:haGroups.reverse-proxy.guests[1]: "traefik-2" lives on proxmox, and this strict group allows only proxmox2, proxmox3, so HA would move it at once; change the node of "traefik-2", or the nodes of the group",
    ]
  `);
});

test("judges the sound part of a file that has other mistakes", () => {
  expect(
    errorsOf((data) => {
      put(data, [...PAIR, "check", "weigth"], -120);
      put(data, [...PAIR, "check", "weight"], -20);
    }),
  ).toMatchInlineSnapshot(`
    [
      "homelab:traefikPairs.traefik.check.weigth: unknown key "weigth"; "weight" is there already; remove one of them",
      "homelab:traefikPairs.traefik.check.weight: a failed check lowers "traefik" from 200 to 180, which is not below 100 of "traefik-2", so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT)",
    ]
  `);
});

test("rejects a member that is neither a guest nor a host, and facts stated twice", () => {
  expect(
    errorsOf((data) => {
      put(data, [...PAIR, "members", 0], { priority: 200 });
      put(data, [...PAIR, "members", 1, "address"], "192.168.1.103");
    }),
  ).toMatchInlineSnapshot(`
    [
      "homelab:traefikPairs.traefik.members[1].address: 192.168.1.103 is host "homelab:traefikPairs.traefik.members[1]" and also host "traefik-2" (guests.traefik-2.address), so both answer for it; give one of them another address",
      "homelab:traefikPairs.traefik.members[0]: found neither "guest" nor "host", expected one of them; name a guest of homelab:guests, or a host with its address and node",
      "homelab:traefikPairs.traefik.members[1].address: a guest's address is set only in homelab:guests.traefik-2; remove it here",
    ]
  `);
});

test("rejects a member without a pinned host key", () => {
  expect(
    errorsOf((data) => {
      put(data, ["guests", "traefik", "hostKey"], undefined);
      put(data, ["apiLoadBalancers", "k8s-api", "members", 0, "hostKey"], undefined);
    }),
  ).toMatchInlineSnapshot(`
    [
      "homelab:guests.traefik.hostKey: missing, but files are copied to this guest; state its hostKey",
      "homelab:apiLoadBalancers.k8s-api.members[0].hostKey: missing; state the hostKey of host "lb1"",
    ]
  `);
});

test("rejects references that lead nowhere", () => {
  expect(
    errorsOf((data) => {
      put(data, ["guests", "netbox", "node"], "proxmox4");
      put(data, ["guests", "netbox", "storage"], "local-zsf");
      put(data, ["cluster", "controlNode"], "promox2");
      put(data, ["kubernetesIngress", "traefik-lb", "pool"], "services.metalb");
      put(data, ["tunnels", "viktorbarzin-me", "ingress", 0, "origin", "ingress"], "traefik");
      put(data, ["dns", "viktorbarzin.me", "to"], { traefikPair: "traefk" });
      put(data, ["haGroups", "reverse-proxy", "keepApart"], [["traefik", "traefik-3"]]);
      put(data, ["haGroups", "databases", "nodes", "proxmox9"], 1);
    }),
  ).toMatchInlineSnapshot(`
    [
      "homelab:cluster.controlNode: there is no node "promox2" in homelab:cluster.nodes; did you mean "proxmox2"?",
      "homelab:guests.netbox.node: there is no node "proxmox4" in homelab:cluster.nodes; did you mean "proxmox"?",
      "homelab:guests.netbox.storage: there is no storage "local-zsf" in homelab:cluster.storages; did you mean "local-zfs"?",
      "homelab:haGroups.databases.nodes.proxmox9: there is no node "proxmox9" in homelab:cluster.nodes; did you mean "proxmox"?",
      "homelab:haGroups.reverse-proxy.keepApart[0][1]: "traefik-3" is not a guest of this group; did you mean "traefik-2"?",
      "homelab:kubernetesIngress.traefik-lb.pool: there is no pool "services.metalb" in homelab:cluster.segments; did you mean "services.metallb"?",
      "homelab:tunnels.viktorbarzin-me.ingress[0].origin.ingress: there is no Kubernetes ingress "traefik" in homelab:kubernetesIngress; did you mean "traefik-lb"?",
      "homelab:dns.viktorbarzin.me.to.traefikPair: there is no Traefik pair "traefk" in homelab:traefikPairs; did you mean "traefik"?",
    ]
  `);
});

test("rejects a misspelt node once, whether it is declared or named so, and not what follows", () => {
  const nodes = (data: Record<string, unknown>) =>
    (data.cluster as { nodes: Record<string, unknown> }).nodes;
  const guests = ["influxdb", "traefik", "adguard-2"];
  expect([
    ...errorsOf((data) => {
      const { proxmox2, ...others } = nodes(data);
      put(data, ["cluster", "nodes"], { ...others, proxmx2: proxmox2 });
    }),
    ...errorsOf((data) => put(data, ["guests", "influxdb", "node"], "proxmx2")),
    ...errorsOf((data) => {
      for (const name of guests) put(data, ["guests", name, "node"], "proxmx2");
    }),
    ...errorsOf((data) => {
      put(data, ["haGroups", "critical-infrastructure", "nodes"], { proxmx2: 2, proxmox3: 2 });
    }),
  ]).toMatchInlineSnapshot(`
    [
      "homelab:cluster.nodes.proxmx2: nothing names the node "proxmx2", but 15 places name a node "proxmox2", which is not declared; rename one to the other",
      "homelab:guests.influxdb.node: there is no node "proxmx2" in homelab:cluster.nodes; did you mean "proxmox2"?",
      "homelab:guests.influxdb.node: there is no node "proxmx2" in homelab:cluster.nodes (named in 3 places); did you mean "proxmox2"?",
      "homelab:haGroups.critical-infrastructure.nodes.proxmx2: there is no node "proxmx2" in homelab:cluster.nodes; did you mean "proxmox2"?",
    ]
  `);
  // What has nothing to do with it is still judged.
  expect(
    errorsOf((data) => {
      put(data, ["guests", "influxdb", "node"], "proxmx2");
      put(data, ["traefikPairs", "traefik", "check", "weight"], -20);
    }),
  ).toHaveLength(2);
});

test("rejects a guest that a group or a set lists twice", () => {
  expect(
    errorsOf((data) => {
      put(data, ["haGroups", "databases", "guests"], ["influxdb", "postgresql", "influxdb"]);
      put(data, ["haGroups", "reverse-proxy", "keepApart"], [["traefik", "traefik"]]);
    }),
  ).toMatchInlineSnapshot(`
    [
      "homelab:haGroups.reverse-proxy.keepApart[0][1]: "traefik" is listed twice in this set; remove one",
      "homelab:haGroups.databases.guests[2]: "influxdb" is listed twice in group "databases"; remove one",
    ]
  `);
});

test("rejects HA for a guest whose disk no other node has", () => {
  expect(
    errorsOf((data) => put(data, ["haGroups", "databases", "replication"], undefined)),
  ).toMatchInlineSnapshot(`
    [
      "homelab:haGroups.databases.guests[0]: influxdb (ct:100) is under HA, and its ZFS disk on proxmox2 is not replicated to proxmox and proxmox3, where HA may start it; set replication for its group, or take proxmox and proxmox3 out of the nodes it may run on (strict)",
      "homelab:haGroups.databases.guests[1]: postgresql (ct:113) is under HA, and its ZFS disk on proxmox3 is not replicated to proxmox and proxmox2, where HA may start it; set replication for its group, or take proxmox and proxmox2 out of the nodes it may run on (strict)",
    ]
  `);
});

test("rejects an even number of masters and a budget that blocks every drain", () => {
  expect(
    errorsOf((data) => {
      put(
        data,
        ["apiLoadBalancers", "k8s-api", "masters"],
        [
          { host: "master1", address: "192.168.56.10", node: "proxmox" },
          { host: "master2", address: "192.168.56.11", node: "proxmox2" },
        ],
      );
      put(data, ["kubernetesIngress", "traefik-lb", "minAvailable"], 3);
    }),
  ).toMatchInlineSnapshot(`
    [
      "homelab:apiLoadBalancers.k8s-api.masters: found 2 masters, expected an odd number: etcd needs a majority, and an even number survives no more losses than one less; add or remove one",
      "homelab:kubernetesIngress.traefik-lb.minAvailable: 3 of 3 pods must stay available, so no node can ever be drained; use at most 2",
    ]
  `);
});

test("rejects a tunnel host name outside its zone or stated twice", () => {
  expect(
    errorsOf((data) =>
      put(
        data,
        ["tunnels", "viktorbarzin-me", "ingress"],
        [
          { hostname: "a.viktorbarzin.me", origin: { ingress: "traefik-lb" } },
          { hostname: "a.viktorbarzin.me", origin: { ingress: "traefik-lb" } },
          { hostname: "viktorbarzin.me.example.org", origin: { ingress: "traefik-lb" } },
        ],
      ),
    ),
  ).toMatchInlineSnapshot(`
    [
      "homelab:tunnels.viktorbarzin-me.ingress[1].hostname: "a.viktorbarzin.me" has a rule already; remove one of the two",
      "homelab:tunnels.viktorbarzin-me.ingress[2].hostname: "viktorbarzin.me.example.org" is outside the zone "viktorbarzin.me"; use a name that ends in .viktorbarzin.me, or move it to a tunnel of its own zone",
    ]
  `);
});

test("says nothing of placement while a node is half-stated", () => {
  expect(
    errorsOf((data) => put(data, ["cluster", "nodes", "proxmox3", "address"], "192.168.1")),
  ).toMatchInlineSnapshot(`
    [
      "homelab:cluster.nodes.proxmox3.address: found "192.168.1", expected an IPv4 or IPv6 address; write four numbers from 0 to 255, e.g. 192.168.1.110",
    ]
  `);
});

test("rejects the network and the broadcast address of a segment", () => {
  expect(
    errorsOf((data) => {
      put(data, [...PAIR, "vip"], "192.168.1.255/24");
      put(data, ["guests", "adguard", "address"], "192.168.1.0");
    }),
  ).toMatchInlineSnapshot(`
    [
      "homelab:guests.adguard.address: 192.168.1.0 of "adguard" is the network of segment "lan" 192.168.1.0/24, which no host can have; choose an address between the two ends",
      "homelab:traefikPairs.traefik.vip: 192.168.1.255 of "traefikPairs.traefik" is the broadcast address of segment "lan" 192.168.1.0/24, which no host can have; choose an address between the two ends",
    ]
  `);
});

test("rejects two routes with one host", () => {
  expect(
    errorsOf((data) =>
      put(data, [...PAIR, "routes", "adguard-2", "host"], "adguard.internal.lakehouse.wtf"),
    ),
  ).toMatchInlineSnapshot(`
    [
      "homelab:traefikPairs.traefik.routes.adguard-2.host: "adguard.internal.lakehouse.wtf" is the host of route "adguard" already; put both back ends into one route, or correct the host",
    ]
  `);
});

test("rejects two tunnels in one namespace", () => {
  expect(
    errorsOf((data) =>
      put(data, ["tunnels", "second"], {
        accountId: "0".repeat(32),
        zone: "example.org",
        ingress: [{ hostname: "www.example.org", origin: { ingress: "traefik-lb" } }],
      }),
    ),
  ).toMatchInlineSnapshot(`
    [
      "homelab:tunnels.second.namespace: namespace "cloudflared" is made by tunnel "viktorbarzin-me" already; give "second" one of its own",
      "homelab:cutovers.traefik-own-address.consumers: tunnel "second" leads "www.example.org" to traefik-lb, and is missing from the plan; add { kind: tunnel, tunnel: second }",
    ]
  `);
});

test("rejects a tunnel origin that is an address", () => {
  expect(
    errorsOf((data) =>
      put(data, ["tunnels", "viktorbarzin-me", "ingress", 0, "origin"], "https://10.0.20.200:443"),
    ),
  ).toMatchInlineSnapshot(`
    [
      "homelab:tunnels.viktorbarzin-me.ingress[0].origin: found "https://10.0.20.200:443", expected a reference, because an address stops answering when what has it moves; write e.g. { ingress: traefik-lb } with a name of homelab:kubernetesIngress, or { guest: nas, port: 5000, scheme: http }",
    ]
  `);
});

test("warns of a check that keepalived of Debian 12 would run twice at once", () => {
  expect(
    problemsOf((data) => put(data, [...PAIR, "check", "timeoutSec"], 3)),
  ).toMatchInlineSnapshot(`
    [
      "homelab:traefikPairs.traefik.check.timeoutSec: a timeout of 3 s is longer than the interval of 2 s, so keepalived 2.2.7 of Debian 12 (traefik, traefik-2) starts a second check while the first still runs; use a timeout of at most 2 s",
    ]
  `);
});

test("rejects sub-second checks on Debian 12", () => {
  expect(
    errorsOf((data) =>
      put(data, [...PAIR, "check"], { weight: 0, intervalSec: 0.2, timeoutSec: 0.15 }),
    ),
  ).toMatchInlineSnapshot(`
    [
      "homelab:traefikPairs.traefik.check.intervalSec: keepalived 2.2.7 of Debian 12 (traefik, traefik-2) refuses 0.2 s and runs the check every second instead; use whole seconds, the profile "fast" (which goes through a tracked file there), or Debian 13 on every member (keepalived 2.3.2 and later take fractions)",
      "homelab:traefikPairs.traefik.check.timeoutSec: keepalived 2.2.7 of Debian 12 (traefik, traefik-2) refuses 0.15 s and runs the check every second instead; use whole seconds, the profile "fast" (which goes through a tracked file there), or Debian 13 on every member (keepalived 2.3.2 and later take fractions)",
    ]
  `);
});

test.each([
  ["nothing", undefined],
  ["text", "homelab"],
  ["a list", []],
])("rejects %s instead of a configuration without falling over", (_what, data) => {
  const parsed = parseStack(data);
  expect("problems" in parsed && parsed.problems.length).toBeGreaterThan(0);
});

test("rejects any damaged leaf without falling over", { timeout: 120_000 }, () => {
  const damages: unknown[] = [null, -1, "x", [], {}, [[]], true];
  const walk = (
    value: unknown,
    path: (string | number)[],
    visit: (path: (string | number)[]) => void,
  ) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      const next = [...path, Array.isArray(value) ? Number(key) : key];
      visit(next);
      walk(child, next, visit);
    }
  };
  const paths: (string | number)[][] = [];
  walk(stackData("homelab"), [], (path) => paths.push(path));
  for (const [index, path] of paths.entries()) {
    const data = stackData("homelab");
    put(data, path, damages[index % damages.length]);
    const parsed = parseStack(data);
    expect(parsed.stack !== undefined || parsed.problems.length > 0).toBe(true);
  }
});

test("rejects a host that would get two keepalived.conf", () => {
  const put2 = (data: Record<string, unknown>) =>
    put(data, ["apiLoadBalancers", "k8s-api", "members", 1], { guest: "traefik", priority: 100 });
  expect(errorsOf(put2).filter((text) => text.includes("keepalived.conf"))).toMatchInlineSnapshot(`
    [
      "homelab:apiLoadBalancers.k8s-api.members[1]: found host "traefik" (192.168.1.110), which is a member of homelab:traefikPairs.traefik already: each writes /etc/keepalived/keepalived.conf, and one would take the other's address away; use other hosts",
    ]
  `);
});

test("rejects certificates whose owner is not the member that files are copied from", () => {
  const owned = (owner: string, directory?: string) =>
    errorsOf((data) => {
      const names = ["*.internal.example.org"];
      put(data, [...PAIR, "certificates"], { owner, names, ...(directory && { directory }) });
    });
  expect(owned("traefik")).toEqual([]);
  expect(owned("external")).toEqual([]);
  expect(owned("traefik-2", "/etc/traefik/dynamic/certs")).toMatchInlineSnapshot(`
    [
      "homelab:traefikPairs.traefik.certificates.owner: found "traefik-2", but files are copied from the first member, "traefik"; list "traefik-2" first, or use "external"",
      "homelab:traefikPairs.traefik.certificates.directory: found "/etc/traefik/dynamic/certs", which overlaps the dynamic configuration in "/etc/traefik/dynamic"; use a directory of its own, e.g. /etc/traefik/certificates",
    ]
  `);
});

test("fast on Debian 12 is sound, and what makes it slow is refused with the number", () => {
  const fast = (change: object) =>
    errorsOf((data) => {
      put(data, [...PAIR, "profile"], "fast");
      put(data, [...PAIR, "check"], change);
    });
  expect(fast({})).toEqual([]);
  expect(fast({ intervalSec: 1, timeoutSec: 1 })).toMatchInlineSnapshot(`
    [
      "homelab:traefikPairs.traefik.check: profile "fast" promises less than 1 s, and a failed check takes up to 3.13 s (3 s until it counts, 0.13 s until the address has moved); leave the settings of the check to the profile, shorten interval, timeout or fall, use weight 0 (FAULT), or the profile "compatible"",
    ]
  `);
});

/** The smallest cluster that can lose its quorum: two nodes that share a storage. */
const twoNodes = (quorumDevice?: object) => ({
  cluster: {
    name: "two",
    pveVersion: 9,
    nodes: { pve1: { address: "192.168.1.11" }, pve2: { address: "192.168.1.12" } },
    segments: { lan: { cidr: "192.168.1.0/24" } },
    storages: { nas: { kind: "shared", nodes: ["pve1", "pve2"] } },
    backup: { storage: "nas", schedule: "02:00" },
    ...(quorumDevice && { quorumDevice }),
  },
  guests: { web: { vmid: 100, type: "ct", purpose: "web", node: "pve1", storage: "nas" } },
});

test("warns of two nodes whose quorum either one takes along, unless a QDevice votes", () => {
  const parsed = parseStack(twoNodes());
  expect(parsed.stack && parsed.warnings.map(problemText)).toMatchInlineSnapshot(`
    [
      "homelab:cluster.nodes: with 2 nodes both of the 2 votes are needed: whichever of pve1 and pve2 dies takes quorum with it, HA starts nothing and the other node resets itself if it carries HA guests; add a third node, or a QDevice on a host outside the cluster, stated as homelab:cluster.quorumDevice",
    ]
  `);
  const voted = parseStack(twoNodes({ host: "pi" }));
  expect(voted.stack && voted.warnings).toEqual([]);
});

test("rejects a QDevice inside the cluster", () => {
  const reported = (host: string) => {
    const parsed = parseStack(twoNodes({ host }));
    return parsed.stack ? [] : parsed.problems.map(problemText);
  };
  expect([...reported("pve2"), ...reported("web")]).toMatchInlineSnapshot(`
    [
      "homelab:cluster.quorumDevice.host: "pve2" is a node of the cluster, so its vote is lost together with the node's own; name a host outside the cluster",
      "homelab:cluster.quorumDevice.host: "web" is a guest of the cluster, so its vote is lost together with its node's own; name a host outside the cluster",
    ]
  `);
});
