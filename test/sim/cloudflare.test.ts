import { expect, test } from "vitest";
import type { Fault } from "../../sim/faults";
import { create, platform, refusal, types } from "../support/platform";

const accountId = "0123456789abcdef0123456789abcdef";
const tunnel = { accountId, name: "web", configSrc: "cloudflare" };

function cloudflare(faults: Fault[] = []) {
  const on = platform({ zones: [{ name: "example.org", accountId }] }, faults);
  const [zone] = on.world.state.cloudflare.zones;
  return { on, zoneId: zone?.id ?? "" };
}

const taken =
  '409 Conflict {"success":false,"errors":[{"code":1013,"message":"You already have a tunnel with this name."}]}';

test("rejects a second tunnel of the same name in an account, until the first is deleted", async () => {
  const { on } = cloudflare();
  const first = await create(on, types.tunnel, tunnel);
  expect(await refusal(create(on, types.tunnel, tunnel))).toBe(taken);
  await create(on, types.tunnel, { ...tunnel, accountId: "f".repeat(32) });
  await on.delete(types.tunnel, "it", first.id, first.outputs);
  const second = await create(on, types.tunnel, tunnel);
  expect(second.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(second.id).not.toBe(first.id);
});

test("a tunnel that stays after its deletion still has its name", async () => {
  const { on } = cloudflare([{ kind: "tunnel-stays" }]);
  const { id, outputs } = await create(on, types.tunnel, tunnel);
  await on.delete(types.tunnel, "it", id, outputs);
  expect(await refusal(create(on, types.tunnel, tunnel))).toBe(taken);
});

test("a tunnel is imported by account and id, and found by its name", async () => {
  const { on } = cloudflare();
  const { id } = await create(on, types.tunnel, tunnel);
  const live = await on.read(types.tunnel, "it", `${accountId}/${id}`, {}, {});
  expect(live).toMatchObject({ id, inputs: tunnel });
  const token = "cloudflare:index/getZeroTrustTunnelCloudflareds:getZeroTrustTunnelCloudflareds";
  expect(await on.invoke(token, { accountId, name: "web" })).toMatchObject({ results: [{ id }] });
  expect(await on.invoke(token, { accountId, name: "other" })).toMatchObject({ results: [] });
});

test.each([
  {
    what: "without a last rule for everything",
    ingresses: [{ hostname: "www.example.org", service: "https://traefik:443" }],
    error:
      "config.ingresses[0]: The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter)",
  },
  {
    what: "with a rule for everything before the last",
    ingresses: [{ service: "https://traefik:443" }, { service: "http_status:404" }],
    error:
      "config.ingresses[0]: Rule #1 is matching the hostname '', but this will match every hostname, meaning the rules which follow it will never be triggered.",
  },
])("rejects a tunnel configuration $what", async ({ ingresses, error }) => {
  const { on } = cloudflare();
  const { id } = await create(on, types.tunnel, tunnel);
  const inputs = { accountId, tunnelId: id, config: { ingresses } };
  expect(await refusal(create(on, types.tunnelConfig, inputs))).toBe(error);
});

test("rejects a configuration and a token of a tunnel that does not exist", async () => {
  const { on } = cloudflare();
  const missing =
    '404 Not Found {"success":false,"errors":[{"code":1002,"message":"Tunnel not found"}]}';
  const inputs = { accountId, tunnelId: "none", config: {} };
  expect(await refusal(create(on, types.tunnelConfig, inputs))).toBe(missing);
  const token =
    "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken";
  expect(await refusal(on.invoke(token, { accountId, tunnelId: "none" }))).toBe(missing);
});

test("rejects a second host record beside a CNAME, and the same record twice", async () => {
  const { on, zoneId } = cloudflare();
  const record = { zoneId, name: "www", type: "CNAME", content: "a.example.net", ttl: 1 };
  await create(on, types.record, record);
  const full = { ...record, name: "www.example.org" };
  expect(await refusal(create(on, types.record, full))).toBe(
    '400 Bad Request {"success":false,"errors":[{"code":81058,"message":"An identical record already exists."}]}',
  );
  expect(
    await refusal(create(on, types.record, { ...record, type: "A", content: "192.0.2.1" })),
  ).toBe(
    '400 Bad Request {"success":false,"errors":[{"code":81053,"message":"An A, AAAA, or CNAME record with that host already exists."}]}',
  );
});

test("a record keeps the short name that the program gave it", async () => {
  const { on, zoneId } = cloudflare();
  const record = { zoneId, name: "www", type: "A", content: "192.0.2.1", ttl: 1 };
  const { id, outputs } = await create(on, types.record, record);
  const live = await on.read(types.record, "it", id, outputs, record);
  expect(live?.outputs.name).toBe("www");
  const imported = await on.read(types.record, "it", `${zoneId}/${id}`, {}, {});
  expect(imported?.outputs.name).toBe("www.example.org");
});

test("a zone is found by its name, and a name that nobody has is an error", async () => {
  const { on, zoneId } = cloudflare();
  const getZone = "cloudflare:index/getZone:getZone";
  const found = await on.invoke(getZone, { filter: { name: "example.org" } });
  expect(found).toMatchObject({ zoneId, account: { id: accountId } });
  expect(await refusal(on.invoke(getZone, { filter: { name: "example.net" } }))).toBe(
    'found 0 zones for "example.net", expected exactly one',
  );
});
