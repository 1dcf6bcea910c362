import { expect, test } from "vitest";
import type { ObservedResource } from "../../../policy/rule";
import { tunnelOriginAddress } from "../../../policy/rules/tunnel-origin";
import { pageTest } from "../page-test";
import { proxied, unknown } from "../proxied";
import { reported } from "../reported";
import { pair, resource } from "../resources";

const tunnel = (...services: string[]) =>
  resource(
    "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
    "tunnel",
    {
      config: {
        ingresses: [
          ...services.map((service) => ({ hostname: "grafana.example.org", service })),
          { service: "http_status:404" },
        ],
      },
    },
  );
const component = (service: string) =>
  resource("homelab:components:TunnelIngress", "public", {
    ingress: [
      {
        hostname: "grafana.example.org",
        origin: { service, namespace: "traefik", port: 443, scheme: "https", serverName: "x" },
      },
    ],
  });
const configMap = (text: string) =>
  resource("kubernetes:core/v1:ConfigMap", "cloudflared", { data: { "config.yaml": text } });

pageTest("tunnel-origin-address", [
  resource("kubernetes:core/v1:Service", "traefik", {
    metadata: {
      name: "traefik",
      namespace: "traefik",
      annotations: { "metallb.io/loadBalancerIPs": "10.0.20.203" },
    },
    spec: { type: "LoadBalancer" },
  }),
  resource(
    "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
    "tunnel",
    {
      config: {
        ingresses: [{ hostname: "grafana.example.org", service: "https://10.0.20.203:443" }],
      },
    },
  ),
]);

test("an origin by name passes, as component, as tunnel, and in a ConfigMap", async () => {
  const good = [
    component("traefik"),
    tunnel("https://traefik.traefik.svc.cluster.local:443", "ssh://bastion.example.org:22"),
    configMap(
      "ingress:\n  - service: https://traefik.traefik.svc:443\n  - service: http_status:404",
    ),
  ];

  expect(await reported(tunnelOriginAddress, good)).toEqual([]);
});

const balanced = (address: string, annotation = "metallb.io/loadBalancerIPs") =>
  resource("kubernetes:core/v1:Service", "traefik", {
    metadata: { name: "traefik", namespace: "web", annotations: { [annotation]: address } },
    spec: { type: "LoadBalancer" },
  });
const pool = resource("kubernetes:metallb.io/v1beta1:IPAddressPool", "lan", {
  metadata: { name: "lan" },
  spec: { addresses: ["10.0.20.200-10.0.20.220"] },
});
const message = async (...resources: ObservedResource[]) =>
  (await reported(tunnelOriginAddress, resources)).map((line) => line.replace(/ \(see.*/, ""));

test("the address of a host passes where there is no Service: a NAS, a container, cloudflared's own machine", async () => {
  const fine = tunnel(
    "http://192.168.68.55:3000",
    "ssh://192.168.1.10:22",
    "http://127.0.0.1:8080",
    "https://[fd00::5]:8443",
  );

  expect(await message(fine)).toEqual([]);
});

test("rejects the address of a Service, with its name as the fix", async () => {
  expect(await message(tunnel("https://10.0.20.203:443"), balanced("10.0.20.203"))).toEqual([
    '[mandatory] tunnel-origin-address: ZeroTrustTunnelCloudflaredConfig "tunnel" config.ingresses[0] (grafana.example.org): the tunnel origin "https://10.0.20.203:443" is the address of the Service "traefik", expected its name, which stays when the address moves; use https://traefik.web.svc',
  ]);
});

test("rejects a virtual address, and one that a pool may hand out, in any spelling", async () => {
  expect(await message(tunnel("http://192.168.1.101"), pair())).toEqual([
    expect.stringContaining("is the virtual address of traefik, which a tunnel does not follow"),
  ]);
  expect(await message(tunnel("http://0x0a0014cb"), pool)).toEqual([
    expect.stringContaining("is in the pool lan, from which a Service may get it at any time"),
  ]);
});

test("advises about any other address in a stack that has Services, and about localhost in a pod", async () => {
  expect(await message(tunnel("http://192.168.68.55:3000"), balanced("10.0.20.203"))).toEqual([
    expect.stringMatching(/^\[advisory\] .* right for a host that stays, wrong for a Service/),
  ]);
  expect(await message(configMap("ingress:\n  - service: http://127.0.0.1:80"))).toEqual([
    expect.stringMatching(/^\[advisory\] .* is the pod itself/),
  ]);
});

test.each([
  { what: "block style", text: "ingress:\n  - hostname: a.b\n    service: http://10.0.20.203" },
  { what: "quoted", text: '"ingress":\n  - "service": "http://10.0.20.203"' },
  { what: "flow style", text: "{ingress: [{service: 'http://10.0.20.203'}]}" },
  { what: "JSON", text: '{"ingress":[{"service":"http://10.0.20.203"}]}' },
])("rejects it in a ConfigMap and a Secret, written in $what", async ({ text }) => {
  const encoded = Buffer.from(text).toString("base64");
  const files = [
    configMap(text),
    resource("kubernetes:core/v1:Secret", "cloudflared", { stringData: { "config.yaml": text } }),
    resource("kubernetes:core/v1:Secret", "cloudflared", { data: { "config.yaml": encoded } }),
  ];

  for (const file of files) {
    expect(await message(file, balanced("10.0.20.203"))).toEqual([
      expect.stringMatching(/^\[mandatory\] .*Service "traefik"/),
    ]);
  }
});

test("other ConfigMaps are left alone, readable or not", async () => {
  const others = [
    "ingress:\n  - [unclosed",
    "service: http://10.0.20.203",
    "ingress:\n  enabled: true",
  ];

  expect(await reported(tunnelOriginAddress, others.map(configMap))).toEqual([]);
});

test("one origin that is not known yet does not hide the others", async () => {
  const later = tunnel("https://10.0.20.203:443", unknown.text);

  expect(
    await message({ ...later, props: proxied(later.props) }, balanced("10.0.20.203")),
  ).toHaveLength(1);
});

const leadingTo = (origin: Record<string, unknown>) =>
  resource("homelab:components:TunnelIngress", "public", {
    ingress: [
      { hostname: "grafana.example.org", origin: { port: 443, scheme: "https", ...origin } },
    ],
  });

test("a host of our own component is judged by whose address it is, unless it follows", async () => {
  const traefik = pair();
  const child = tunnel("https://192.168.1.101:443");
  const at = (origin: Record<string, unknown>, ...more: ObservedResource[]) =>
    reported(tunnelOriginAddress, [traefik, leadingTo(origin), ...more]);
  expect(await at({ host: "192.168.1.101" })).toEqual([
    expect.stringContaining("is the virtual address of"),
  ]);
  // What the component makes of it carries no reference of its own.
  const follows = { host: "192.168.1.101", follows: "traefikPairs.traefik" };
  expect(await at(follows, child)).toEqual([]);
  expect(await at({ host: "192.168.1.5" })).toEqual([]);
  expect(await at({ host: "nas.example.org" })).toEqual([]);
  // A rule of somebody else to the same address follows nobody.
  expect(await at({ host: "192.168.1.5" }, child)).toHaveLength(1);
});
