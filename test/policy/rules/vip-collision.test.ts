import { expect, test } from "vitest";
import { vipCollision } from "../../../policy/rules/addresses";
import { pageTest } from "../page-test";
import { proxied, unknown } from "../proxied";
import { reported } from "../reported";
import { container, keepalivedConf, pair, rawPair, resource } from "../resources";

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

pageTest(
  "vip-collision",
  rawPair({ priority: 200, vip: "192.168.1.110/24" }, { priority: 100, vip: "192.168.1.110/24" }),
);

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
      "[mandatory] vip-collision: TraefikHaPair "traefik": 192.168.1.110 is the virtual address of "traefik" and also that of host "traefik", so both answer for it; give one of them another address (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vip-collision.md)",
    ]
  `);
});

test("rejects a deployed virtual address that is a container's", async () => {
  expect(await reported(vipCollision, raw("192.168.1.110/24"))).toMatchInlineSnapshot(`
    [
      "[mandatory] vip-collision: Command "traefik-conf": 192.168.1.110 is the virtual address of "keepalived of traefik and traefik-2" and also that of host "traefik", so both answer for it; give one of them another address (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vip-collision.md)",
    ]
  `);
});

test("rejects a virtual address inside a MetalLB pool, given as range or as network", async () => {
  for (const addresses of ["192.168.1.100-192.168.1.120", "192.168.1.96/27"]) {
    const all = await reported(vipCollision, [...raw("192.168.1.101"), pool(addresses)]);
    const messages = all.filter((message) => message.includes("the virtual address"));

    expect(messages).toHaveLength(1);
    expect(all.filter((message) => message.includes("of host"))).toHaveLength(2);
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
      "[mandatory] vip-collision: ContainerLegacy "traefik": 192.168.1.110 is host "traefik" and also host "db", so both answer for it; give one of them another address (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vip-collision.md)",
      "[mandatory] vip-collision: Service "ingress": 192.168.1.101 is the virtual address of "ingress" and also that of "keepalived of traefik and traefik-2", so both answer for it; give one of them another address (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vip-collision.md)",
    ]
  `);
});

test("rejects a Service outside its pool", async () => {
  expect(await reported(vipCollision, [metalLb("10.0.20.230")])).toMatchInlineSnapshot(`
    [
      "[mandatory] vip-collision: MetalLbService "ingress": 10.0.20.230 of "ingress" lies outside its pool "stack.default" (10.0.20.200-10.0.20.220); choose an address of the pool, or extend the pool (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vip-collision.md)",
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

const cilium = (name: string, ...blocks: object[]) =>
  resource("kubernetes:cilium.io/v2alpha1:CiliumLoadBalancerIPPool", name, {
    metadata: { name },
    spec: { blocks },
  });
const kubeVipPools = (data: Record<string, string>) =>
  resource("kubernetes:core/v1:ConfigMap", "kubevip", { metadata: { name: "kubevip" }, data });

test.each([
  ["MetalLB", pool("192.168.1.100-192.168.1.120")],
  [
    "Cilium",
    cilium("blue", { cidr: "10.1.0.0/24" }, { start: "192.168.1.108", stop: "192.168.1.115" }),
  ],
  ["kube-vip", kubeVipPools({ "cidr-global": "10.1.0.0/24,192.168.1.96/27" })],
  ["kube-vip", kubeVipPools({ "range-default": "192.168.1.105-192.168.1.115" })],
])("rejects a machine inside a pool of %s, and not one beside it", async (kind, one) => {
  const inside = container("db", 113, "proxmox", "192.168.1.110");
  const beside = container("db", 113, "proxmox", "192.168.1.200");

  const messages = await reported(vipCollision, [inside, one]);

  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain(`192.168.1.110 of host "db" lies in the ${kind} pool`);
  expect(await reported(vipCollision, [beside, one])).toEqual([]);
});

test("a virtual address in a pool of another kind is told by the pool's name", async () => {
  const messages = await reported(vipCollision, [
    ...raw("192.168.1.101"),
    cilium("blue", { cidr: "192.168.1.101/32" }),
  ]);

  expect(messages).toEqual([expect.stringContaining('lies in the Cilium pool "stack.blue"')]);
});

test("rejects pools that overlap, of one cluster only", async () => {
  const one = cilium("blue", { cidr: "10.1.0.0/24" });
  const other = cilium("green", { start: "10.1.0.200", stop: "10.1.1.20" });

  expect(await reported(vipCollision, [one, other])).toMatchInlineSnapshot(`
    [
      "[mandatory] vip-collision: CiliumLoadBalancerIPPool "green": the Cilium pool "green" (10.1.0.200-10.1.1.20) and the Cilium pool "blue" (10.1.0.0/24) have addresses in common, so one address can go to two Services, or the pool is refused; make the ranges disjoint (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vip-collision.md)",
    ]
  `);
  expect(await reported(vipCollision, [one, { ...other, provider: "second" }])).toEqual([]);
  expect(await reported(vipCollision, [one, cilium("green", { cidr: "10.1.1.0/24" })])).toEqual([]);
});

test.each(["lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips", "kube-vip.io/loadbalancerIPs"])(
  "the address that a Service asks for by %s counts",
  async (key) => {
    const asking = (address: string) =>
      service("web", address, { metadata: { annotations: { [key]: address } } });

    expect(
      await reported(vipCollision, [...raw("192.168.1.101"), asking("192.168.1.101")]),
    ).toHaveLength(1);
    expect(
      await reported(vipCollision, [...raw("192.168.1.101"), asking("192.168.1.102")]),
    ).toEqual([]);
  },
);

test("rejects externalIPs that are a virtual address; those of nodes stay unmentioned", async () => {
  const external = (address: string) =>
    service("web", "", { metadata: {}, spec: { type: "ClusterIP", externalIPs: [address] } });

  expect(
    await reported(vipCollision, [...raw("192.168.1.101"), external("192.168.1.101")]),
  ).toHaveLength(1);
  expect(
    await reported(vipCollision, [...raw("192.168.1.101"), external("192.168.1.110")]),
  ).toEqual([]);
});

const daemonSet = (image: string, name: string, value: string) =>
  resource("kubernetes:apps/v1:DaemonSet", "vip", {
    spec: {
      template: { spec: { hostNetwork: true, containers: [{ image, env: [{ name, value }] }] } },
    },
  });

test.each([
  [
    "kube-vip",
    (address: string) => daemonSet("ghcr.io/kube-vip/kube-vip:v0.8", "address", address),
  ],
  [
    "keepalived as a container",
    (address: string) =>
      daemonSet("osixia/keepalived:2.0", "KEEPALIVED_VIRTUAL_IPS", `#PYTHON2BASH:['${address}']`),
  ],
  [
    "keepalived.conf in a ConfigMap",
    (address: string) =>
      resource("kubernetes:core/v1:ConfigMap", "keepalived", {
        metadata: { name: "keepalived" },
        data: { "keepalived.conf": keepalivedConf({ priority: 100, vip: address }) },
      }),
  ],
])("the virtual address of %s counts", async (_what, vip) => {
  const guest = container("db", 113, "proxmox", "192.168.1.110");

  expect(await reported(vipCollision, [guest, vip("192.168.1.110")])).toHaveLength(1);
  expect(await reported(vipCollision, [guest, vip("192.168.1.111")])).toEqual([]);
});
