import { expect, test } from "vitest";
import { tunnelOneOwner, tunnelTlsNotVerified } from "../../../policy/rules/tunnel-config";
import { pageTest } from "../page-test";
import { reported } from "../reported";
import { resource } from "../resources";

const config = (name: string, tunnelId: string, originRequest: object = {}) =>
  resource(
    "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
    name,
    {
      tunnelId,
      config: {
        ingresses: [
          {
            hostname: "grafana.example.org",
            service: "https://traefik.traefik.svc:443",
            originRequest,
          },
          { service: "http_status:404" },
        ],
      },
    },
  );

/** A tunnel with one published name. */
const exampleTunnel = (name: string, originRequest: object) =>
  resource(
    "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
    name,
    {
      tunnelId: "11111111-2222-3333-4444-555555555555",
      config: {
        ingresses: [
          {
            hostname: "grafana.example.org",
            service: "https://traefik.traefik.svc:443",
            originRequest,
          },
        ],
      },
    },
  );

pageTest("tunnel-one-owner", [
  exampleTunnel("public", {}),
  exampleTunnel("from-the-dashboard", {}),
]);

pageTest("tunnel-tls-not-verified", [exampleTunnel("tunnel", { noTlsVerify: true })]);

test("a configuration for each tunnel passes", async () => {
  const two = [config("one", "1111"), config("two", "2222")];
  expect(await reported(tunnelOneOwner, two)).toEqual([]);
});

test("rejects a second configuration of one tunnel", async () => {
  const two = [config("one", "1111"), config("two", "1111")];
  expect(await reported(tunnelOneOwner, two)).toMatchInlineSnapshot(`
    [
      "[mandatory] tunnel-one-owner: ZeroTrustTunnelCloudflaredConfig "two": it writes the rules of tunnel 1111, as ZeroTrustTunnelCloudflaredConfig "one" does, and each update takes back what the other wrote; put all rules of the tunnel into one of them (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/tunnel-one-owner.md)",
    ]
  `);
});

test("an origin whose certificate is verified passes", async () => {
  const verified = [config("one", "1111", { noTlsVerify: false, originServerName: "a.b" })];
  expect(await reported(tunnelTlsNotVerified, verified)).toEqual([]);
});

test.each(["noTlsVerify", "noTLSVerify"])("rejects an origin with %s", async (key) => {
  const message = (
    await reported(tunnelTlsNotVerified, [config("one", "1111", { [key]: true })])
  )[0];
  expect(message).toContain(
    'ZeroTrustTunnelCloudflaredConfig "one" config.ingresses[0] (grafana.example.org): found noTlsVerify',
  );
});

test("rejects a tunnel that verifies no origin at all", async () => {
  const whole = resource("cloudflare:index/tunnelConfig:TunnelConfig", "old", {
    tunnelId: "1111",
    config: { originRequest: { noTlsVerify: true } },
  });
  expect(await reported(tunnelTlsNotVerified, [whole])).toMatchInlineSnapshot(`
    [
      "[mandatory] tunnel-tls-not-verified: TunnelConfig "old" config: found noTlsVerify, with which any server at the origin's address is believed to be the origin; remove it, and set originServerName to a name in the origin's certificate (caPool for a CA of your own) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/tunnel-tls-not-verified.md)",
    ]
  `);
});
