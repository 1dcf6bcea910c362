import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseStackFile } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";
import { parseStack } from "../../../config/parse";
import { resolveStack } from "../../../config/resolve";
import { networkServices } from "../../../config/service-models";

type Data = Record<string, Record<string, Record<string, unknown>>>;

/** The example of a house without Kubernetes, changed. */
function changed(change: (data: Data) => void) {
  const { file } = parseStackFile(readFileSync("examples/Pulumi.tunnel-only.yaml", "utf8"));
  const data = structuredClone(file.own) as Data;
  change(data);
  return parseStack(data);
}

const problems = (change: (data: Data) => void) => {
  const parsed = changed(change);
  return (parsed.stack ? parsed.warnings : parsed.problems).map(problemText);
};

const leading = (origin: object) => (data: Data) =>
  Object.assign(data.tunnels?.home ?? {}, { ingress: [{ hostname: "a.example.org", origin }] });

test("a house without Kubernetes stands, and its rules follow what they name", () => {
  const { stack } = changed((data) =>
    Object.assign(data.guests?.photos ?? {}, { address: "192.168.1.41" }),
  );
  if (!stack) throw new Error("refused");
  const { ingress } = resolveStack(stack).tunnels.home ?? { ingress: [] };
  expect(ingress.map(({ origin }) => origin)).toEqual([
    {
      host: "192.168.1.41",
      follows: "guests.photos",
      port: 2342,
      scheme: "http",
      serverName: "photos.example.org",
    },
    { host: "192.168.1.5", port: 5000, scheme: "http", serverName: "nas.example.org" },
    { host: "nas.internal.example.org", port: 22, scheme: "ssh", serverName: "ssh.example.org" },
    {
      host: "192.168.1.20",
      follows: "traefikPairs.traefik",
      port: 443,
      scheme: "https",
      serverName: "example.org",
    },
  ]);
});

test("the tunnel survives as long as one of its hosts, and needs what is behind it", () => {
  const { stack } = changed(() => {});
  const service = stack && networkServices(stack).find(({ name }) => name === "tunnels.home");
  expect(
    service?.layers.map(({ what, kind, members }) => [what, kind, members.map((m) => m.node)]),
  ).toEqual([["connector", "any", ["PVE1", "2nd"]]]);
  expect(service?.needs).toEqual(["cloudflare", "photos", "traefikPairs.traefik"]);
});

const moving: Record<string, (data: Data) => void> = {
  "the virtual address of a pair": leading({ host: "192.168.1.20" }),
  "the address of a guest": leading({ host: "192.168.1.40", port: 2342, scheme: "http" }),
  "an address out of a pool": (data) => {
    leading({ host: "192.168.1.205" })(data);
    Object.assign(data.cluster?.segments?.lan ?? {}, {
      pools: { metallb: { kind: "metallb", range: "192.168.1.200-192.168.1.220" } },
    });
  },
  "an address that DHCP gives": (data) => {
    leading({ host: "192.168.1.205" })(data);
    Object.assign(data.cluster?.segments?.lan ?? {}, {
      pools: { dhcp: { kind: "dhcp", range: "192.168.1.200-192.168.1.220" } },
    });
  },
  "the host itself": leading({ host: "127.0.0.1", port: 8080, scheme: "http" }),
  "a guest without an address": (data) => {
    Object.assign(data.guests ?? {}, {
      dhcp: { vmid: 130, type: "ct", node: "PVE1", storage: "local-zfs" },
    });
    leading({ guest: "dhcp" })(data);
  },
  "a pair that nobody has": leading({ traefikPair: "traefic" }),
  "two origins": leading({ guest: "photos", host: "192.168.1.5" }),
  none: leading({ port: 80 }),
  "tcp without a port": leading({ host: "192.168.1.5", scheme: "tcp" }),
  "a URL": leading({ host: "http://192.168.1.5:5000" }),
};

test("rejects an origin that moves without the tunnel, with the reference to write instead", () => {
  const messages = Object.fromEntries(
    Object.entries(moving).map(([what, change]) => [
      what,
      // The kinds grow with the sections that have a virtual address.
      problems(change).map((text) =>
        text.replace(/(expected one of ingress), .*, host;/, "$1, host;"),
      ),
    ]),
  );
  expect(messages).toMatchInlineSnapshot(`
    {
      "a URL": [
        "homelab:tunnels.home.ingress[0].origin.host: found "http://192.168.1.5:5000", expected an address or a host name without scheme, port and path",
      ],
      "a guest without an address": [
        "homelab:guests.dhcp.address: missing, but a tunnel leads to this guest; state the address that it keeps (a reservation, if it is DHCP's)",
      ],
      "a pair that nobody has": [
        "homelab:tunnels.home.ingress[0].origin.traefikPair: there is no Traefik pair "traefic" in homelab:traefikPairs; did you mean "traefik"?",
      ],
      "an address out of a pool": [
        "homelab:tunnels.home.ingress[0].origin.host: found 192.168.1.205, in the pool lan.metallb, from which a Service may get it at any time; write { ingress: <name> }, or use an address outside of the pool",
      ],
      "an address that DHCP gives": [
        "homelab:tunnels.home.ingress[0].origin.host: found 192.168.1.205, in the DHCP pool lan.dhcp, so another host may get it tomorrow; reserve an address outside of the pool",
      ],
      "none": [
        "homelab:tunnels.home.ingress[0].origin: found no origin, expected one of ingress, host; say where the requests go",
      ],
      "tcp without a port": [
        "homelab:tunnels.home.ingress[0].origin.port: missing, expected the port of the origin, for tcp has none by default; add it",
      ],
      "the address of a guest": [
        "homelab:tunnels.home.ingress[0].origin.host: found 192.168.1.40, the address of the guest "photos", which is stated in homelab:guests; write { guest: photos }",
      ],
      "the host itself": [
        "homelab:tunnels.home.ingress[0].origin.host: found 127.0.0.1, which is each of the hosts under connectors itself; state the address of the host that answers",
      ],
      "the virtual address of a pair": [
        "homelab:tunnels.home.ingress[0].origin.host: found 192.168.1.20, the virtual address of traefikPairs.traefik, which this rule would not follow when it is renumbered; write { traefikPair: traefik }",
      ],
      "two origins": [
        "homelab:tunnels.home.ingress[0].origin: found guest and host, expected one of ingress, host; say where the requests go",
      ],
    }
  `);
});

test("rejects connectors that do not outlive a node, or that nobody can log in to", () => {
  const hosts =
    (...list: object[]) =>
    (data: Data) => {
      Object.assign(data.tunnels?.home?.connectors ?? {}, { hosts: list });
    };
  expect([
    problems(hosts({ guest: "edge-1" })),
    problems(hosts({ guest: "edge-1" }, { guest: "edge-1" })),
    problems(hosts({ guest: "edge-1" }, { guest: "photos" })),
    problems(hosts({ guest: "edge-1" }, { host: "pi", address: "192.168.1.9" })),
  ]).toMatchInlineSnapshot(`
    [
      [
        "homelab:tunnels.home.connectors.hosts: found fewer than two hosts, expected two or more on different nodes, so that the tunnel outlives one; add one",
      ],
      [
        "homelab:tunnels.home.connectors.hosts[1]: "edge-1" is listed twice; remove one",
      ],
      [
        "homelab:guests.photos.hostKey: missing, but files are copied to this guest; state its hostKey",
        "homelab:tunnels.home.connectors.hosts: all of them are on the node "PVE1", so its death takes the tunnel down; put one on another node",
      ],
      [
        "homelab:tunnels.home.connectors.hosts[1].node: missing; state the node of host "pi", or with outside what it shares with others if no node carries it",
        "homelab:tunnels.home.connectors.hosts[1].hostKey: missing; state the hostKey of host "pi"",
      ],
    ]
  `);
});

test("a Service cannot be reached by hosts outside its cluster", () => {
  const found = problems((data) => {
    Object.assign(data, {
      kubernetesIngress: {},
    });
    leading({ ingress: "traefik-lb" })(data);
  });
  expect(found).toEqual([expect.stringContaining("traefik-lb")]);
});
