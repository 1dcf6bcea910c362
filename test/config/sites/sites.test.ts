import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { parseStackFile, parseWholeFile, sitesIn } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";
import { unjudgedAcrossSites } from "../../../config/sites/across-sites";
import { put } from "../../support/clusters/stacks";

const text = readFileSync(join(__dirname, "../../../examples/Pulumi.three-sites.yaml"), "utf8");

type Change = [path: (string | number)[], value: unknown];

/** Messages about the example after changes below `homelab:sites`. */
function errorsAfter(...changes: Change[]): string[] {
  return errorsOf(changed(...changes));
}

function changed(...changes: Change[]): string {
  const data = parse(text);
  for (const [path, value] of changes) put(data.config["homelab:sites"], path, value);
  return stringify(data);
}

function errorsOf(file: string): string[] {
  const { parsed } = parseWholeFile(file);
  const problems = "warnings" in parsed ? parsed.warnings : parsed.problems;
  return problems.filter(({ severity }) => severity === "error").map(problemText);
}

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOgLTcZAcSPSarIPIK8Vsy9as/H3n6Cv9hq8toPenT0X";

const tunnel = (hostname: string) => ({
  zone: "example.org",
  accountId: "0123456789abcdef0123456789abcdef",
  ingress: [{ hostname, origin: { ingress: "traefik-lb" } }],
});

test("VMIDs, node names, addresses and names of pairs are a site's own", () => {
  expect(errorsAfter()).toEqual([]);
  const twin: Change[] = [
    [["cottage", "guests", "photos", "vmid"], 110],
    [["cottage", "guests", "photos", "address"], "192.168.1.21"],
  ];
  expect(errorsAfter(...twin)).toEqual([]);
});

test("rejects within one site what two sites may share", () => {
  const twice: Change[] = [
    [["home", "guests", "photos", "vmid"], 110],
    [["home", "guests", "photos", "address"], "192.168.1.21"],
  ];
  expect(errorsAfter(...twice)).toMatchInlineSnapshot(`
    [
      "homelab:sites.home.guests.photos.vmid: 110 is also the VMID of "traefik-1", and each exists once in a cluster; give "photos" the id that Proxmox shows for it",
      "homelab:sites.home.guests.photos.address: 192.168.1.21 is host "photos" and also host "traefik-1" (guests.traefik-1.address), so both answer for it; give one of them another address",
    ]
  `);
});

test("rejects the mistakes of all sites at once, each at its place", () => {
  expect(
    errorsAfter(
      [["home", "traefikPairs", "traefik", "members", 1, "priority"], 300],
      [["parents", "guests", "home-assistant", "node"], "pve3"],
      [["cottage", "guest"], {}],
      [["cottage", "proxmox", "endpoint"], "http://pve"],
    ),
  ).toMatchInlineSnapshot(`
    [
      "homelab:sites.home.traefikPairs.traefik.members[1].priority: found 300, expected a VRRP priority from 1 to 254; give the preferred member the highest, e.g. 200 and 100",
      "homelab:sites.parents.guests.home-assistant.node: there is no node "pve3" in homelab:sites.parents.cluster.nodes; did you mean "pve1"?",
      "homelab:sites.cottage.guest: unknown key "guest"; did you mean "guests"?",
      "homelab:sites.cottage.proxmox.endpoint: found "http://pve", expected an https URL; write https://pve:8006",
    ]
  `);
});

test("rejects one cluster, one network, one login and one public name in two sites", () => {
  const ingress = {
    namespace: "traefik",
    address: "192.168.1.203",
    pool: "lan.metallb",
    selector: { app: "traefik" },
  };
  const kubernetes = (site: string, context: string | undefined): Change[] => [
    [[site, "kubernetesIngress"], { "traefik-lb": ingress }],
    [[site, "tunnels"], { public: tunnel("photos.example.org") }],
    [[site, "kubernetesContext"], context],
  ];
  const cases: Record<string, Change[]> = {
    endpoint: [[["parents", "proxmox", "endpoint"], "https://PVE.home.example.org:8006/api2"]],
    routed: [[["home", "routedTo"], ["cottage"]]],
    "routed to nobody": [
      [
        ["home", "routedTo"],
        ["parent", "home"],
      ],
    ],
    login: ["home", "cottage"].flatMap((site): Change[] => [
      [[site, "haGroups"], { one: { guests: ["photos"], nodes: { pve1: 1 } } }],
      [[site, "cluster", "nodes", "pve1", "hostKey"], key],
    ]),
    names: [[["home-2"], parse(text).config["homelab:sites"].cottage]],
    tunnel: [...kubernetes("home", "home"), ...kubernetes("cottage", "home")],
    context: kubernetes("home", undefined),
  };
  const found = Object.entries(cases).map(([name, changes]) => [name, errorsAfter(...changes)]);
  expect(Object.fromEntries(found)).toMatchInlineSnapshot(`
    {
      "context": [
        "homelab:sites.home.kubernetesIngress.traefik-lb.cluster: missing, expected a name of lower-case letters, digits and hyphens that starts with a letter; add it",
        "homelab:sites.home.kubernetesIngress.traefik-lb.pool: there is no pool "lan.metallb" in homelab:sites.home.cluster.segments; there are none; add it there, or remove this",
        "homelab:sites.home.kubernetesContext: missing, expected the context of the Kubernetes cluster that kubernetesIngress of this site is for; write e.g. kubernetesContext: home",
      ],
      "endpoint": [
        "homelab:sites.parents.proxmox.endpoint: found pve.home.example.org:8006, which is the cluster of the site "home" already, expected a cluster of its own for each site; correct it, or make one site of the two",
      ],
      "login": [
        "homelab:sites.cottage.cluster.nodes.pve1: is logged in to at 192.168.1.11, and so is a host of the site "home", expected an address of its own for each host that this stack logs in to; give it one that leads to it from here (such as one of a VPN), state a jump host of the site (cluster.ssh.proxy), or move one site into a stack of its own",
      ],
      "names": [
        "homelab:sites.home-2: begins with the name of the site "home" and a hyphen, so that resources of both could have one name; rename one of the two, e.g. home2",
        "homelab:sites.home-2.proxmox.endpoint: found pve.cottage.example.org:8006, which is the cluster of the site "cottage" already, expected a cluster of its own for each site; correct it, or make one site of the two",
      ],
      "routed": [
        "homelab:sites.cottage: uses 192.168.1.0/24, which overlaps 192.168.1.0/24 of the site "home", and routedTo says that each reaches the other by address; renumber one of them, or take the other out of routedTo",
      ],
      "routed to nobody": [
        "homelab:sites.home.routedTo[0]: "parent" is no site of this file; did you mean "parents"?",
        "homelab:sites.home.routedTo[1]: "home" is this site itself; name one of parents and cottage",
      ],
      "tunnel": [
        "homelab:sites.home.kubernetesIngress.traefik-lb.cluster: missing, expected a name of lower-case letters, digits and hyphens that starts with a letter; add it",
        "homelab:sites.home.kubernetesIngress.traefik-lb.pool: there is no pool "lan.metallb" in homelab:sites.home.cluster.segments; there are none; add it there, or remove this",
        "homelab:sites.cottage.kubernetesIngress.traefik-lb.cluster: missing, expected a name of lower-case letters, digits and hyphens that starts with a letter; add it",
        "homelab:sites.cottage.kubernetesIngress.traefik-lb.pool: there is no pool "lan.metallb" in homelab:sites.cottage.cluster.segments; there are none; add it there, or remove this",
        "homelab:sites.cottage.kubernetesContext: found "home", which is the Kubernetes cluster of the site "home" already, expected one of its own for each site; correct it",
        "homelab:sites.cottage.tunnels.public: found the tunnel public of 0123456789abcdef0123456789abcdef, which the site "home" has already, expected a name of its own for each tunnel of an account; rename one",
        "homelab:sites.cottage.tunnels.public.ingress[0].hostname: found "photos.example.org", which a tunnel of the site "home" serves already, expected one tunnel for each public name; take it out of one of the two",
      ],
    }
  `);
});

test("rejects sections of one cluster beside sites, and a file without any site", () => {
  const data = parse(text);
  data.config["homelab:guests"] = {};
  data.config["homelab:guest"] = {};
  expect(errorsOf(stringify(data))).toMatchInlineSnapshot(`
    [
      "homelab:guests: stands beside homelab:sites, and nothing says of which site it is, expected every section inside a site; move it to homelab:sites.home.guests",
      "homelab:guest: unknown key "guest"; known are files, sites; write one of them",
    ]
  `);
  const none = [{}, [], "home", { Home: {} }].map((sites) =>
    errorsOf(stringify({ config: { "homelab:sites": sites } })),
  );
  expect(none).toMatchInlineSnapshot(`
    [
      [
        "homelab:sites: found no site, expected one or more; add one with proxmox, cluster and guests",
      ],
      [
        "homelab:sites: found [], expected a map; write "<name>: ..." for each entry, without "- "",
      ],
      [
        "homelab:sites: found "home", expected a map; write its keys below it, indented further",
      ],
      [
        "homelab:sites.Home: found "Home", expected a name of lower-case letters, digits and hyphens that starts with a letter; write e.g. home",
        "homelab:sites.Home.proxmox: missing, expected a map; add it with endpoint (and, where needed, insecure)",
        "homelab:sites.Home.cluster: missing, expected a map; add it with pveVersion, nodes, segments, storages (and, where needed, name, failureDomains, scheduler, shutdownPolicy, haManager, tokenCoefficientMs, quorumDevice, outside)",
        "homelab:sites.Home.guests: missing, expected a map; add it: an entry for each by name, with vmid, type, node, storage (and, where needed, purpose, address, diskGb, memoryMb, cores, serves, replicated, needs)",
      ],
    ]
  `);
});

test("says which addresses of two sites were not compared", () => {
  const { parsed } = parseWholeFile(text);
  const sites = sitesIn(parsed).flatMap(({ name, stack, routedTo }) =>
    name && routedTo ? [{ name, stack, routedTo }] : [],
  );
  expect(unjudgedAcrossSites(sites)).toMatchInlineSnapshot(`
    [
      "addresses were judged within each site only: "home" uses 192.168.1.0/24 and "cottage" uses 192.168.1.0/24, which is right while neither is routed to the other; if one is, say so in homelab:sites.cottage.routedTo",
    ]
  `);
});

test("one site is read as if it were the whole file, with its places in the whole file", () => {
  const { file, parsed } = parseStackFile(text, { site: "home" });
  expect(Object.keys(parsed.stack?.cluster.nodes ?? {})).toEqual(["pve1", "pve2", "pve3"]);
  const line = text.split("\n").findIndex((row) => row.includes("vip: 192.168.1.20")) + 1;
  expect(file.lineOf(["traefikPairs", "traefik", "vip"])).toBe(line);
});

test("a site has its own secrets, and those that all share", () => {
  const secrets = `config:
  homelab:sites: { a: {}, b: {} }
  homelab:secrets:
    sshPrivateKey: { secure: AAAA }
    statsPasswords: { api: { secure: AAAA } }
    sites: { a: { statsPasswords: { own: { secure: AAAA } }, proxmoxTokn: { secure: AAAA } } }
`;
  const { hasSecret } = parseStackFile(secrets, { site: "a" }).file;
  expect(hasSecret(["sshPrivateKey"])).toBe(true);
  expect(hasSecret(["statsPasswords", "own"])).toBe(true);
  expect(hasSecret(["statsPasswords", "api"])).toBe(false);
  expect(errorsOf(secrets)[0]).toMatchInlineSnapshot(
    `"homelab:secrets.sites.a.proxmoxTokn: unknown key "proxmoxTokn"; did you mean "proxmoxToken"?"`,
  );
});

test("a file with several sites is not one with one cluster, and the other way round", () => {
  const messages = [undefined, "hom"].map((site) => {
    const { parsed } = parseStackFile(text, site === undefined ? {} : { site });
    return parsed.stack ? "accepted" : parsed.problems.map(problemText);
  });
  const single = parseStackFile("config:\n  homelab:cluster: {}\n", { site: "home" }).parsed;
  expect([
    ...messages,
    single.stack ? "accepted" : single.problems.map(problemText),
  ]).toMatchInlineSnapshot(`
    [
      [
        "homelab:sites: this stack has the sites home, parents and cottage; name one with --site, e.g. --site home",
      ],
      [
        "homelab:sites: there is no site "hom"; did you mean "home"?",
      ],
      [
        "homelab:sites: this stack has one cluster and no sites; leave out --site home",
      ],
    ]
  `);
});
