import { expect, test } from "vitest";
import {
  TunnelIngress,
  type TunnelIngressArgs,
  type TunnelIngressOptions,
} from "../../components/tunnel-ingress";
import { type Functions, listing, pick, record, refusal, resolvedValue } from "./recorder";

const accountId = "0123456789abcdef0123456789abcdef";
const service = { service: "traefik-lb", namespace: "traefik", port: 443 };

const tunnel = (changes: Partial<TunnelIngressArgs> = {}): TunnelIngressArgs => ({
  accountId,
  zone: "example.co.uk",
  ingress: [
    { hostname: "example.co.uk", origin: service },
    { hostname: "*.example.co.uk", origin: { ...service, serverName: "www.example.co.uk" } },
  ],
  ...changes,
});

const zones = "cloudflare:index/getZones:getZones";
const functions: Functions = {
  [zones]: () => ({
    results: [
      { id: "zone-other", name: "my-example.co.uk" },
      { id: "zone-1", name: "example.co.uk" },
    ],
  }),
  "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken": ({
    tunnelId,
  }) => ({ token: `token-of-${tunnelId}` }),
};

const build = (args = tunnel(), opts: TunnelIngressOptions = {}) =>
  record(() => new TunnelIngress("public", args, opts), functions);

test("registers the tunnel, its rules, its connectors and a record per host name", async () => {
  const { resources } = await build();
  expect(listing(resources).sort()).toEqual([
    ["cloudflare:index/dnsRecord:DnsRecord", "public-*.example.co.uk"],
    ["cloudflare:index/dnsRecord:DnsRecord", "public-example.co.uk"],
    ["cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared", "public"],
    [
      "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
      "public-config",
    ],
    ["homelab:components:TunnelIngress", "public"],
    ["kubernetes:apps/v1:Deployment", "public-connectors"],
    ["kubernetes:core/v1:Namespace", "public-namespace"],
    ["kubernetes:core/v1:Secret", "public-token"],
    ["kubernetes:policy/v1:PodDisruptionBudget", "public-budget"],
  ]);
  expect(pick(resources, "ZeroTrustTunnelCloudflared", "public")).toMatchObject({
    inputs: { accountId, name: "public", configSrc: "cloudflare" },
    options: { deleteBeforeReplace: true },
  });
});

test("every rule leads to a Service by name with its certificate checked, the last refuses", async () => {
  const { resources } = await build();
  const origin = "https://traefik-lb.traefik.svc.cluster.local:443";
  expect(pick(resources, "CloudflaredConfig", "public-config").inputs).toEqual({
    accountId,
    tunnelId: "public-id",
    source: "cloudflare",
    config: {
      ingresses: [
        {
          hostname: "example.co.uk",
          service: origin,
          originRequest: {
            originServerName: "example.co.uk",
            http2Origin: true,
            noTlsVerify: false,
          },
        },
        {
          hostname: "*.example.co.uk",
          service: origin,
          originRequest: {
            originServerName: "www.example.co.uk",
            http2Origin: true,
            noTlsVerify: false,
          },
        },
        { service: "http_status:404" },
      ],
    },
  });
});

test("an http origin is spoken to without TLS settings", async () => {
  const origin = { ...service, port: 80, scheme: "http" as const };
  const { resources } = await build(tunnel({ ingress: [{ hostname: "example.co.uk", origin }] }));
  expect(pick(resources, "CloudflaredConfig", "public-config").inputs.config).toEqual({
    ingresses: [
      { hostname: "example.co.uk", service: "http://traefik-lb.traefik.svc.cluster.local:80" },
      { service: "http_status:404" },
    ],
  });
});

test("records are written in the zone that Cloudflare names, when the connectors are ready", async () => {
  const { resources, result } = await build();
  expect(pick(resources, "DnsRecord", "public-*.example.co.uk")).toMatchObject({
    inputs: {
      zoneId: "zone-1",
      name: "*.example.co.uk",
      type: "CNAME",
      content: "public-id.cfargotunnel.com",
      proxied: true,
      ttl: 1,
    },
    dependsOn: ["public", "public-connectors"],
  });
  expect(pick(resources, "Deployment", "public-connectors").dependsOn).toContain("public-config");
  expect(await resolvedValue(result.tunnelId)).toBe("public-id");
  expect(await resolvedValue(result.hostnames)).toEqual(["example.co.uk", "*.example.co.uk"]);
});

test("the token travels as a secret, reaches pods by reference, and is in no argument", async () => {
  const { resources } = await build();
  expect(pick(resources, ":Secret", "public-token").inputs).toMatchObject({
    metadata: { namespace: "cloudflared" },
    stringData: { secret: { token: "token-of-public-id" } },
  });
  const deployment = pick(resources, "Deployment", "public-connectors").inputs;
  expect(JSON.stringify(deployment)).not.toContain("token-of-public-id");
  expect(deployment).toMatchObject({
    spec: {
      template: {
        spec: {
          containers: [
            {
              args: ["tunnel", "--metrics", "0.0.0.0:2000", "run"],
              env: [
                {
                  name: "TUNNEL_TOKEN",
                  valueFrom: { secretKeyRef: { name: "public-token-1a2b3c", key: "token" } },
                },
              ],
            },
          ],
        },
      },
    },
  });
});

test("connectors run on nodes of their own, unprivileged, and one at a time may be missing", async () => {
  const { resources } = await build(tunnel({ replicas: 3 }));
  const labels = {
    "app.kubernetes.io/name": "cloudflared",
    "app.kubernetes.io/instance": "public",
  };
  expect(pick(resources, "Deployment", "public-connectors").inputs).toMatchObject({
    metadata: { name: "public", namespace: "cloudflared" },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      template: {
        spec: {
          automountServiceAccountToken: false,
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" },
              ],
            },
          },
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [
            {
              image: "cloudflare/cloudflared:2026.8.2",
              readinessProbe: { httpGet: { path: "/ready", port: 2000 } },
              livenessProbe: { httpGet: { path: "/healthcheck", port: 2000 } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
            },
          ],
        },
      },
    },
  });
  expect(pick(resources, "PodDisruptionBudget", "public-budget").inputs).toMatchObject({
    metadata: { name: "public", namespace: "cloudflared" },
    spec: { minAvailable: 2, selector: { matchLabels: labels } },
  });
});

test("a transform has the last word over one kind of child", async () => {
  const { resources } = await build(tunnel(), {
    transform: { dnsRecord: { comment: "mine" }, tunnel: { name: "old-name" } },
  });
  expect(pick(resources, "DnsRecord", "public-example.co.uk").inputs.comment).toBe("mine");
  expect(pick(resources, "ZeroTrustTunnelCloudflared", "public").inputs.name).toBe("old-name");
});

test("the component's inputs are its plain facts", async () => {
  const { resources } = await build();
  expect(pick(resources, "TunnelIngress", "public").inputs).toEqual({
    accountId,
    zone: "example.co.uk",
    namespace: "cloudflared",
    replicas: 2,
    image: "cloudflare/cloudflared:2026.8.2",
    ingress: [
      {
        hostname: "example.co.uk",
        origin: { ...service, scheme: "https", serverName: "example.co.uk" },
      },
      {
        hostname: "*.example.co.uk",
        origin: { ...service, scheme: "https", serverName: "www.example.co.uk" },
      },
    ],
  });
});

const refused = (changes: Partial<TunnelIngressArgs>) =>
  refusal(() => new TunnelIngress("public", tunnel(changes)));
const rules = (...hostnames: string[]) =>
  hostnames.map((hostname) => ({ hostname, origin: service }));

test("rejects an address where a Service must stand", async () => {
  const origin = { ...service, service: "10.0.20.200" };
  expect(
    await refused({ ingress: [{ hostname: "example.co.uk", origin }] }),
  ).toMatchInlineSnapshot(`
    "TunnelIngress "public" has 1 problem:
      ingress[0].origin.service: found "10.0.20.200", expected a name of lower-case letters, digits and hyphens that starts with a letter; write one such as traefik-2"
  `);
});

test("rejects a host name of another zone", async () => {
  expect(await refused({ ingress: rules("my-example.co.uk") })).toMatchInlineSnapshot(`
    "TunnelIngress "public" has 1 problem:
      ingress[0].hostname: "my-example.co.uk" is outside the zone "example.co.uk"; use a name that ends in .example.co.uk, or move it to a tunnel of its own zone"
  `);
});

test("rejects a wildcard that is not the first label", async () => {
  expect(await refused({ ingress: rules("www.*.example.co.uk") })).toMatchInlineSnapshot(`
    "TunnelIngress "public" has 1 problem:
      ingress[0].hostname: found "www.*.example.co.uk", expected a DNS host name without scheme, port or path; write e.g. grafana.internal.example.org"
  `);
});

test("rejects a second rule for the same host name", async () => {
  expect(
    await refused({ ingress: rules("www.example.co.uk", "www.example.co.uk") }),
  ).toMatchInlineSnapshot(`
    "TunnelIngress "public" has 1 problem:
      ingress[1].hostname: "www.example.co.uk" has a rule already; remove one of the two"
  `);
});

test("rejects a rule that a wildcard before it hides", async () => {
  expect(
    await refused({ ingress: rules("*.example.co.uk", "www.example.co.uk") }),
  ).toMatchInlineSnapshot(`
    "TunnelIngress "public" has 1 problem:
      ingress[1].hostname: "www.example.co.uk" is never reached, because "*.example.co.uk" stands before it and the first match wins; put the wildcard last"
  `);
});

test("rejects a single connector, no rules and an image without a version at once", async () => {
  expect(
    await refused({ replicas: 1, ingress: [], image: "cloudflare/cloudflared:latest" }),
  ).toMatchInlineSnapshot(`
    "TunnelIngress "public" has 3 problems:
      replicas: found 1, expected replicas from 2 to 25; write a whole number from 2 to 25
      image: found "cloudflare/cloudflared:latest", expected an image with its version; write e.g. cloudflare/cloudflared:2026.8.2
      ingress: found [], expected at least 1 element; add what is missing, or remove the key"
  `);
});

test("a tunnel that runs already is imported with the records that lead to it", async () => {
  const existing = {
    tunnelId: "11111111-2222-3333-4444-555555555555",
    name: "by-hand",
    zoneId: "a".repeat(32),
    records: { "example.co.uk": "f".repeat(32) },
  };
  const { resources } = await build(tunnel({ existing }));
  expect(pick(resources, "ZeroTrustTunnelCloudflared", "public")).toMatchObject({
    inputs: { name: "by-hand" },
    options: { importId: `${accountId}/${existing.tunnelId}` },
  });
  const imported = (name: string) => pick(resources, "DnsRecord", name).options.importId;
  expect(imported("public-example.co.uk")).toBe(`${"a".repeat(32)}/${"f".repeat(32)}`);
  expect(imported("public-*.example.co.uk")).toBeUndefined();
});

test("rejects an existing tunnel without a zone for its records, or with a record of no rule", async () => {
  const existing = {
    tunnelId: "11111111-2222-3333-4444-55555555555",
    records: { "example.co.uk": "f".repeat(32) },
  };
  expect(
    await refusal(() => new TunnelIngress("public", tunnel({ existing }))),
  ).toMatchInlineSnapshot(`
    "TunnelIngress "public" has 2 problems:
      existing.tunnelId: found "11111111-2222-3333-4444-55555555555", expected a UUID; \`cloudflared tunnel list\` shows it
      existing.zoneId: missing, expected the id of the zone, because records are found by it; add it"
  `);
  const stranger = {
    tunnelId: "11111111-2222-3333-4444-555555555555",
    zoneId: "a".repeat(32),
    records: { "git.example.co.uk": "f".repeat(32) },
  };
  expect(
    await refusal(() => new TunnelIngress("public", tunnel({ existing: stranger }))),
  ).toMatchInlineSnapshot(`
    "TunnelIngress "public" has 1 problem:
      existing.records.git.example.co.uk: found "git.example.co.uk", which no rule has; add its rule, or leave the record alone by removing it here"
  `);
});

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKeyHomelabHostKeyHomelabHostKeyA";
const connectorHost = (name: string, address: string, node: string) =>
  ({ name, address, node, hostKey, debian: 13 }) as const;
const refusedTunnel = (args: TunnelIngressArgs) => refusal(() => new TunnelIngress("public", args));
const connectors = {
  version: "2026.8.2",
  sha256: "0".repeat(64),
  hosts: [
    connectorHost("edge-1", "192.168.1.31", "pve1"),
    connectorHost("edge-2", "192.168.1.32", "pve2"),
  ],
};
const ssh = { user: "root", port: 22 };
const onHosts = (changes: Partial<TunnelIngressArgs> = {}) =>
  tunnel({
    ingress: [
      {
        hostname: "nas.example.co.uk",
        origin: { host: "192.168.1.5", port: 5000, scheme: "http" },
      },
      {
        hostname: "*.example.co.uk",
        origin: { host: "fd00::20", port: 443, follows: "traefikPairs.traefik" },
      },
    ],
    connectors,
    ssh,
    ...changes,
  });

test("a house without Kubernetes: cloudflared on two hosts, one after the other, and no object of a cluster", async () => {
  const { resources } = await build(onHosts());
  expect(listing(resources).filter(([type]) => !type?.startsWith("cloudflare:"))).toEqual([
    ["homelab:components:TunnelIngress", "public"],
    ...["edge-1", "edge-2"].flatMap((host) =>
      ["packages", "cloudflared", "connector-token", "connector-unit", "connector-health"].map(
        (kind) => ["command:remote:Command", `public-${host}-${kind}`],
      ),
    ),
  ]);
  const waitsFor = (name: string) => pick(resources, "Command", name).dependsOn;
  expect(waitsFor("public-edge-2-packages")).toContain("public-edge-1-connector-health");
  const record = pick(resources, "DnsRecord", "public-nas.example.co.uk");
  expect(record.dependsOn).toEqual(
    expect.arrayContaining(["public-edge-1-connector-health", "public-edge-2-connector-health"]),
  );
  const config = pick(resources, "Config", "public-config").inputs;
  expect(config).toMatchObject({
    config: {
      ingresses: [
        { hostname: "nas.example.co.uk", service: "http://192.168.1.5:5000" },
        { hostname: "*.example.co.uk", service: "https://[fd00::20]:443" },
        { service: "http_status:404" },
      ],
    },
  });
});

test("the token is a secret file for root and on no command line", async () => {
  const { resources } = await build(onHosts());
  const { stdin, create } = pick(resources, "Command", "public-edge-1-connector-token")
    .inputs as Record<string, { secret: string }>;
  expect(stdin?.secret).toMatch(/^TUNNEL_TOKEN=token-of-/);
  expect(create?.secret).toContain("0600");
  expect(create?.secret).not.toContain("token-of");
  const unit = pick(resources, "Command", "public-edge-1-connector-unit").inputs as {
    stdin: string;
  };
  expect(unit.stdin).toContain("EnvironmentFile=/etc/cloudflared/public.env\n");
});

test("rejects connectors that die together, that cannot reach a Service, or that nobody can log in to", async () => {
  const together = connectors.hosts.map((host) => ({ ...host, node: "pve1" }));
  const messages = [
    await refusedTunnel(onHosts({ connectors: { ...connectors, hosts: together } })),
    await refusedTunnel(onHosts({ ingress: [{ hostname: "a.example.co.uk", origin: service }] })),
    await refusedTunnel({ ...onHosts(), ssh: undefined as never }),
    await refused({ ingress: [{ hostname: "a.example.co.uk", origin: { port: 443 } }] }),
    await refused({
      ingress: [{ hostname: "a.example.co.uk", origin: { ...service, host: "nas" } }],
    }),
  ];
  expect(messages).toMatchInlineSnapshot(`
    [
      "TunnelIngress "public" has 1 problem:
      connectors.hosts: all of them are on the node "pve1", so its death takes the tunnel down; put one on another node",
      "TunnelIngress "public" has 1 problem:
      ingress[0].origin.service: "traefik-lb" is a Service of Kubernetes, whose name the hosts under connectors cannot resolve; leave connectors out, so that pods hold the tunnel open",
      "TunnelIngress "public" has 1 problem:
      ssh: missing beside connectors; state how their hosts are reached",
      "TunnelIngress "public" has 1 problem:
      ingress[0].origin: found neither, expected service with its namespace, or host; say where the requests go",
      "TunnelIngress "public" has 1 problem:
      ingress[0].origin: found service and host, expected service with its namespace, or host; say where the requests go",
    ]
  `);
});
