import { expect, test } from "vitest";
import { vipCollision } from "../../../policy/rules/addresses";
import { proxied, unknown } from "../proxied";
import { reported } from "../reported";
import { container, pair, rawPair, resource } from "../resources";

const service = (name: string, address: string, more: Record<string, unknown> = {}) =>
  resource("kubernetes:core/v1:Service", name, {
    metadata: { annotations: { "metallb.io/loadBalancerIPs": address } },
    spec: { type: "LoadBalancer" },
    ...more,
  });
const pool = (...addresses: string[]) =>
  resource("kubernetes:metallb.io/v1beta1:IPAddressPool", "pool", {
    metadata: { name: "default" },
    spec: { addresses },
  });
const metalLb = (address: string) =>
  resource("homelab:components:MetalLbService", "ingress", {
    namespace: "traefik",
    address,
    pool: { name: "default", range: "10.0.20.200-10.0.20.220" },
  });
const raw = (vip: string) => rawPair({ priority: 150, vip }, { priority: 100, vip });

test("a virtual address of its own passes, beside its members, its files and a pool", async () => {
  const resources = [
    pair(),
    ...rawPair({ priority: 200 }, { priority: 150 }),
    metalLb("10.0.20.204"),
    service("ingress", "10.0.20.204"),
    service("other", "10.0.20.205"),
    pool("10.0.20.200-10.0.20.220"),
  ];

  expect(await reported(vipCollision, resources)).toEqual([]);
});

test("rejects a component whose virtual address is a member's", async () => {
  expect(await reported(vipCollision, [pair({ vip: "192.168.1.110/24" })])).toMatchInlineSnapshot(`
    [
      "[mandatory] vip-collision: TraefikHaPair "traefik": 192.168.1.110 is the virtual address of "traefik" and also that of host "traefik", so both answer for it; give one of them another address (see docs/policies/vip-collision.md)",
    ]
  `);
});

test("rejects a deployed virtual address that is a container's", async () => {
  expect(await reported(vipCollision, raw("192.168.1.110/24"))).toMatchInlineSnapshot(`
    [
      "[mandatory] vip-collision: Command "traefik-conf": 192.168.1.110 is the virtual address of "keepalived of traefik and traefik-2" and also that of host "traefik", so both answer for it; give one of them another address (see docs/policies/vip-collision.md)",
    ]
  `);
});

test("rejects a virtual address inside a MetalLB pool, given as range or as network", async () => {
  for (const addresses of ["192.168.1.100-192.168.1.120", "192.168.1.96/27"]) {
    const messages = await reported(vipCollision, [...raw("192.168.1.101"), pool(addresses)]);

    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(`MetalLB pool "stack.default" (${addresses})`);
  }
});

test("rejects a Service on a virtual address, and two guests at one", async () => {
  const resources = [
    ...raw("192.168.1.101/24"),
    service("ingress", "192.168.1.101"),
    container("db", 113, "proxmox", "192.168.1.110"),
  ];

  expect(await reported(vipCollision, resources)).toMatchInlineSnapshot(`
    [
      "[mandatory] vip-collision: ContainerLegacy "traefik": 192.168.1.110 is host "traefik" and also host "db", so both answer for it; give one of them another address (see docs/policies/vip-collision.md)",
      "[mandatory] vip-collision: Service "ingress": 192.168.1.101 is the virtual address of "ingress" and also that of "keepalived of traefik and traefik-2", so both answer for it; give one of them another address (see docs/policies/vip-collision.md)",
    ]
  `);
});

test("rejects a Service outside its pool", async () => {
  expect(await reported(vipCollision, [metalLb("10.0.20.230")])).toMatchInlineSnapshot(`
    [
      "[mandatory] vip-collision: MetalLbService "ingress": 10.0.20.230 of "ingress" lies outside its pool "stack.default" (10.0.20.200-10.0.20.220); choose an address of the pool, or extend the pool (see docs/policies/vip-collision.md)",
    ]
  `);
});

test("Services may share an address, and IPv6 or unreadable entries are left alone", async () => {
  const resources = [
    service("tcp", "10.0.20.204"),
    service("udp", "10.0.20.204,fd00::1"),
    pool("fd00::/64", "10.0.20.0/99", "none"),
    container("dhcp", 114, "proxmox", "dhcp"),
  ];

  expect(await reported(vipCollision, resources)).toEqual([]);
});

test("an address that is not known yet collides with nothing", async () => {
  const later = pair({ vip: unknown.text });

  expect(await reported(vipCollision, [{ ...later, props: proxied(later.props) }])).toEqual([]);
});

test("a Service that names its pool may have an address of any of the pool's ranges", async () => {
  const asking = (address: string) =>
    service("web", address, {
      metadata: {
        annotations: {
          "metallb.io/loadBalancerIPs": address,
          "metallb.io/address-pool": "default",
        },
      },
    });
  const ranges = pool("10.0.20.200-10.0.20.210", "10.0.30.0/28");

  expect(await reported(vipCollision, [asking("10.0.30.5"), ranges])).toEqual([]);
  expect(await reported(vipCollision, [asking("10.0.40.5"), ranges])).toHaveLength(1);
});
