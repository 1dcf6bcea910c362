import { expect, test } from "vitest";
import { tunnelOriginAddress } from "../../../policy/rules/tunnel-origin";
import { proxied, unknown } from "../proxied";
import { reported } from "../reported";
import { resource } from "../resources";

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

test("rejects an origin by address", async () => {
  expect(
    await reported(tunnelOriginAddress, [tunnel("https://10.0.20.203:443")]),
  ).toMatchInlineSnapshot(`
      [
        "[mandatory] tunnel-origin-address: ZeroTrustTunnelCloudflaredConfig "tunnel" config.ingresses[0] (grafana.example.org): the tunnel origin "https://10.0.20.203:443" is an address, expected the name of a Service, which stays when the address moves; use https://<service>.<namespace>.svc (see docs/policies/tunnel-origin-address.md)",
      ]
    `);
});

test("rejects an address in a ConfigMap of a locally managed tunnel", async () => {
  const text =
    "tunnel: homelab\ningress:\n  - hostname: a.example.org\n    service: http://10.0.20.203";

  expect(await reported(tunnelOriginAddress, [configMap(text)])).toMatchInlineSnapshot(`
    [
      "[mandatory] tunnel-origin-address: ConfigMap "cloudflared" config.yaml ingress[0] (a.example.org): the tunnel origin "http://10.0.20.203" is an address, expected the name of a Service, which stays when the address moves; use http://<service>.<namespace>.svc (see docs/policies/tunnel-origin-address.md)",
    ]
  `);
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
    await reported(tunnelOriginAddress, [{ ...later, props: proxied(later.props) }]),
  ).toHaveLength(1);
});
