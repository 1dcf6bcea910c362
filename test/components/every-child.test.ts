import type { ContainerLegacyArgs } from "@muhlba91/pulumi-proxmoxve/containerLegacy";
import type { VmLegacyArgs } from "@muhlba91/pulumi-proxmoxve/vmLegacy";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { guestContainer } from "../../components/guests/container";
import { guestVm } from "../../components/guests/vm";
import { HaGroup, type HaGroupArgs, type HaGroupTransforms } from "../../components/ha-group";
import { KeepalivedLb, type LbTransforms } from "../../components/keepalived-lb";
import { MetalLbService, type MetalLbTransforms } from "../../components/metallb-service";
import { ServicePair, type ServicePairTransforms } from "../../components/service-pair";
import type { Transform } from "../../components/shared/transform";
import { TraefikHaPair, type TraefikTransforms } from "../../components/traefik-ha-pair";
import { TunnelIngress, type TunnelTransforms } from "../../components/tunnel-ingress";
import { type Functions, type Registration, record } from "./recorder";
import { balancer, clientCertificate, pair, resolvers } from "./vrrp-data";

/** A component with arguments that make every kind of child it can have in one of its forms. */
interface Walk {
  /** Every key of the component's transforms; the compiler holds the list complete. */
  kinds: string[];
  build: (transform: object) => unknown;
  functions?: Functions;
  /** Kinds that the arguments of this walk cannot make. @default none */
  elsewhere?: string[];
}

/** Keys by kind: one that is missing here, or not there, does not compile. */
const keysOf = <T extends object>(kinds: Record<keyof T, true>): string[] => Object.keys(kinds);

const vrrpKinds = {
  packages: true,
  checkScript: true,
  notifyScript: true,
  handoverScript: true,
  handoverService: true,
  handoverSocket: true,
  checkWatcher: true,
  checkWatcherUnit: true,
  logrotate: true,
  keepalivedDropIn: true,
  keepalivedConf: true,
  metricsScript: true,
  metricsUnit: true,
  exporterDropIn: true,
  health: true,
  peers: true,
  leave: true,
} as const;

const former = [
  {
    name: "former",
    address: "192.168.1.119",
    node: "pve1",
    hostKey: pair.members[0]?.hostKey ?? "",
    debian: 12 as const,
  },
];

const replicationKinds = {
  lsyncdPackages: true,
  lsyncdKey: true,
  lsyncdForcedCommand: true,
  lsyncdAuthorizedKey: true,
  lsyncdKnownHosts: true,
  lsyncdConf: true,
  lsyncdUnit: true,
  lsyncdFullSyncUnit: true,
  lsyncdFullSyncTimer: true,
  lsyncdRsync: true,
  lsyncdStart: true,
} as const;

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKeyHomelabHostKeyHomelabHostKeyA";
const groupArgs = (pveVersion: 8 | 9): HaGroupArgs => {
  const guest = (name: string, vmid: number, node: string) => ({
    name,
    vmid,
    type: "ct" as const,
    node,
    storage: { name: "local-zfs", kind: "zfs" as const, nodes: ["pve1", "pve2"] },
    startup: { order: 1 },
  });
  return {
    pveVersion,
    clusterNodes: ["pve1", "pve2"],
    guests: [guest("web", 110, "pve1"), guest("web-2", 111, "pve2")],
    nodes: { pve1: 1, pve2: 1 },
    replication: { everyMinutes: 15 },
    backup: { storage: "backup", schedule: "02:00" },
    ...(pveVersion === 9 && { keepApart: [["web", "web-2"]] }),
    connection: { host: "192.168.1.2", user: "root", port: 22, hostKey },
  };
};
const groupKinds = keysOf<HaGroupTransforms>({
  group: true,
  resource: true,
  rule: true,
  manager: true,
  home: true,
  replication: true,
  startup: true,
  backup: true,
});

const accountId = "0".repeat(32);
const service = { service: "traefik-lb", namespace: "traefik", port: 443 };
const created = {
  vmid: 140,
  purpose: "links",
  node: "pve1",
  address: "10.0.0.140/24",
  storage: "local-zfs",
  create: {
    template: "local:vztmpl/debian.tar.zst",
    diskGb: 8,
    memoryMb: 512,
    cores: 1,
    bridge: "vmbr0",
    gateway: "10.0.0.1",
  },
};

const tunnelKinds = keysOf<TunnelTransforms>({
  tunnel: true,
  config: true,
  dnsRecord: true,
  namespace: true,
  secret: true,
  podDisruptionBudget: true,
  deployment: true,
  packages: true,
  cloudflared: true,
  connectorToken: true,
  connectorUnit: true,
  connectorHealth: true,
});
const hostConnectorKinds = [
  "packages",
  "cloudflared",
  "connectorToken",
  "connectorUnit",
  "connectorHealth",
];
const cloudflare: Functions = {
  "cloudflare:index/getZones:getZones": () => ({
    results: [{ id: "1".repeat(32), name: "example.org" }],
  }),
  "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken": () => ({
    token: "secret",
  }),
};

const walks: Record<string, Walk> = {
  TraefikHaPair: {
    kinds: keysOf<TraefikTransforms>({
      ...vrrpKinds,
      traefikTry: true,
      traefikBinary: true,
      traefikUnit: true,
      traefikStatic: true,
      traefikRoutes: true,
      traefikCertificates: true,
      configWatcher: true,
      configWatcherUnit: true,
      configSumService: true,
      configSumSocket: true,
      ...replicationKinds,
    }),
    build: (transform) =>
      new TraefikHaPair(
        "web",
        {
          ...pair,
          profile: "fast",
          check: {},
          replication: {},
          monitoring: {},
          drainSec: 60,
          certificates: { owner: "traefik", names: ["example.org"] },
          leaving: former,
        },
        { transform },
      ),
  },
  ServicePair: {
    kinds: keysOf<ServicePairTransforms>({
      ...vrrpKinds,
      ...replicationKinds,
      serviceDropIn: true,
      copiedGuard: true,
      afterCopy: true,
    }),
    build: (transform) =>
      new ServicePair(
        "dns",
        {
          ...resolvers,
          leaving: former,
          profile: "fast",
          monitoring: {},
          drainSec: 60,
          replicate: { directories: ["/etc/unbound/unbound.conf.d"], reload: "true" },
        },
        { transform },
      ),
  },
  KeepalivedLb: {
    kinds: keysOf<LbTransforms>({
      ...vrrpKinds,
      caCertificate: true,
      clientCertificate: true,
      haproxyCfg: true,
      kubeadmCa: true,
      kubeadmInit: true,
      kubeadmForcedCommand: true,
      kubeadmKey: true,
      kubeadmAuthorize: true,
      kubeadmJoin: true,
    }),
    build: (transform) =>
      new KeepalivedLb(
        "api",
        {
          ...balancer,
          profile: "fast",
          masters: balancer.masters.map((master) => ({ ...master, hostKey })),
          workers: [{ name: "worker-1", address: "192.168.56.20", node: "pve1", hostKey }],
          kubeadm: { join: true },
          apiCheck: { clientCertificateFile: "/etc/haproxy/kubernetes-client.pem" },
          clientCertificate: pulumi.secret(clientCertificate),
          monitoring: {},
          drainSec: 60,
          leaving: former.map((host) => ({ ...host, address: "192.168.56.119" })),
        },
        { transform },
      ),
  },
  "HaGroup on PVE 8": {
    kinds: groupKinds,
    build: (transform) => new HaGroup("web", groupArgs(8), { transform }),
    elsewhere: ["rule", "manager"],
  },
  "HaGroup on PVE 9": {
    kinds: groupKinds,
    build: (transform) => new HaGroup("web", groupArgs(9), { transform }),
    elsewhere: ["group"],
  },
  MetalLbService: {
    kinds: keysOf<MetalLbTransforms>({ service: true, podDisruptionBudget: true }),
    build: (transform) =>
      new MetalLbService(
        "web",
        {
          namespace: "traefik",
          address: "10.0.20.200",
          pool: { name: "metallb", range: "10.0.20.200-10.0.20.220" },
          selector: { app: "traefik" },
        },
        { transform },
      ),
  },
  TunnelIngress: {
    kinds: tunnelKinds,
    elsewhere: hostConnectorKinds,
    build: (transform) =>
      new TunnelIngress(
        "public",
        {
          accountId,
          zone: "example.org",
          ingress: [
            { hostname: "a.example.org", origin: service },
            { hostname: "b.example.org", origin: service },
          ],
        },
        { transform },
      ),
    functions: cloudflare,
  },
  "TunnelIngress on hosts": {
    kinds: tunnelKinds,
    elsewhere: ["namespace", "secret", "podDisruptionBudget", "deployment"],
    build: (transform) =>
      new TunnelIngress(
        "public",
        {
          accountId,
          zone: "example.org",
          ingress: [{ hostname: "a.example.org", origin: { host: "192.168.1.5", port: 443 } }],
          connectors: {
            version: "2026.8.2",
            hosts: ["pve1", "pve2"].map((node, index) => ({
              ...{ name: `c-${index}`, address: `192.168.1.${10 + index}`, node, hostKey },
              debian: 12 as const,
            })),
          },
          ssh: { user: "root", port: 22 },
        },
        { transform },
      ),
    functions: cloudflare,
  },
  "created guests": {
    kinds: ["container", "vm"],
    build: (transform: {
      container?: Transform<ContainerLegacyArgs>;
      vm?: Transform<VmLegacyArgs>;
    }) => {
      const first = guestContainer("links", created, {}, transform.container);
      guestContainer(
        "notes",
        { ...created, vmid: 141 },
        { dependsOn: [first] },
        transform.container,
      );
      guestVm("master", { ...created, vmid: 142 }, {}, transform.vm);
    },
  },
};

/** Marks every object below a value in place, and says how many there are. */
function markDeep(value: unknown, mark: string, depth = 0): number {
  if (typeof value !== "object" || value === null || pulumi.Output.isInstance(value)) return 0;
  if (pulumi.Resource.isInstance(value)) return 0;
  const below = Object.values(value).map((inner) => markDeep(inner, mark, depth + 1));
  const here = depth > 0 && !Array.isArray(value);
  if (here) (value as Record<string, unknown>)[MARK] = mark;
  return below.reduce((sum, count) => sum + count, here ? 1 : 0);
}

const MARK = "mark";

/** A transform that marks the child, in what is nested in its arguments and in its options. */
function marking(kind: string, calls: [kind: string, name: string][]) {
  return (
    args: Record<string, unknown>,
    opts: pulumi.CustomResourceOptions,
    name: string,
  ): Record<string, unknown> => {
    calls.push([kind, name]);
    // Arguments that are all texts and numbers are marked in those that nothing else reads.
    if (markDeep(args, kind) === 0) {
      for (const key of ["schedule", "configSrc", "type", "state"]) {
        if (key in args) args[key] = { [MARK]: kind, was: args[key] };
      }
    }
    opts.protect = true;
    opts.aliases = [...(opts.aliases ?? []), { name: `formerly-${kind}` }];
    opts.ignoreChanges = [...(opts.ignoreChanges ?? []), `mark-${kind}`];
    return args;
  };
}

const isComponent = (type: string) => type.startsWith("homelab:components:");

const childrenOf = (resources: readonly Registration[]) =>
  resources.filter(({ type }) => !isComponent(type));

/** A child as it would be without the marks of one kind. */
function unmarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmarked);
  if (typeof value !== "object" || value === null) return value;
  if ("was" in value) return value.was;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== MARK)
      .map(([key, inner]) => [key, unmarked(inner)]),
  );
}

test.each(Object.entries(walks))(
  "every child of %s has one key of its own kind",
  async (_name, walk) => {
    const calls: [kind: string, name: string][] = [];
    const transform = Object.fromEntries(walk.kinds.map((kind) => [kind, marking(kind, calls)]));
    const { resources } = await record(() => walk.build(transform), walk.functions);
    const children = childrenOf(resources);

    // Exactly one call for each child, and none for anything else.
    expect(calls.map(([, name]) => name).sort()).toEqual(children.map(({ name }) => name).sort());
    const used = new Set(calls.map(([kind]) => kind));
    expect(walk.kinds.filter((kind) => !used.has(kind))).toEqual(walk.elsewhere ?? []);

    const types = new Map<string, string>();
    for (const child of children) {
      const marks = (child.options.ignoreChanges ?? []).filter((path) => path.startsWith("mark-"));
      const [mark = ""] = marks;
      const kind = mark.slice("mark-".length);
      expect(marks).toEqual([mark]);
      expect(child.options.protect).toBe(true);
      expect(child.options.aliases).toEqual([`formerly-${kind}`]);
      // An object that two children shared would carry the mark of the later one.
      expect(new Set(marksIn(child.inputs)), child.name).toEqual(new Set([kind]));
      // A kind is one sort of thing.
      expect(types.get(kind) ?? child.type, child.name).toBe(child.type);
      types.set(kind, child.type);
    }
  },
);

/** Everything that holds a mark below a value. */
function marksIn(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === MARK ? [inner] : marksIn(inner)));
}

const byName = (all: readonly Registration[]) =>
  [...all].sort((a, b) => (`${a.name} ${a.type}` < `${b.name} ${b.type}` ? -1 : 1));

test.each(Object.entries(walks))(
  "transforms of %s reach their own kinds alone, and leave what they do not change",
  async (_name, walk) => {
    const { resources: before } = await record(() => walk.build({}), walk.functions);
    // With every second kind, so that each has neighbours that nothing changes.
    for (const half of [0, 1]) {
      const calls: [kind: string, name: string][] = [];
      const kinds = walk.kinds.filter((_kind, index) => index % 2 === half);
      const transform = Object.fromEntries(kinds.map((kind) => [kind, marking(kind, calls)]));
      const { resources } = await record(() => walk.build(transform), walk.functions);
      const mine = new Set(calls.map(([, name]) => name));
      const others = (all: readonly Registration[]) =>
        byName(all).filter(({ name, type }) => !mine.has(name) || isComponent(type));
      expect(others(resources)).toEqual(others(before));
      const own = (all: readonly Registration[]) =>
        byName(all).filter(({ name, type }) => mine.has(name) && !isComponent(type));
      expect(own(resources).map(({ inputs }) => unmarked(inputs))).toEqual(
        own(before).map(({ inputs }) => inputs),
      );
    }
  },
);
