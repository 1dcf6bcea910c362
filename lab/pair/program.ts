import {
  TraefikHaPair,
  type TraefikHaPairArgs,
  type TraefikTransforms,
} from "../../components/traefik-ha-pair";
import type { VrrpProfile } from "../../model/vrrp/vrrp";
import { BACKEND_URL } from "../instruments/backend";
import type { LabHost } from "../machine/host";
import { VIP } from "../machine/network";
import { DRAIN_SEC, DYNAMIC_DIRECTORY, formerOf, membersOf, PAIR, ROUTE_HOST } from "./pair";

/** What the lab's program may vary from one `pulumi up` to the next. */
export interface LabProgram {
  profile: VrrpProfile;
  /** Virtual address with prefix length. @default the lab's */
  vip?: string;
  /** @default 77 */
  virtualRouterId?: number;
  /** The members. */
  hosts: readonly LabHost[];
  /** Hosts that were members. @default none */
  leaving?: readonly LabHost[];
  privateKey: string;
  traefikVersion: string;
  /** More routes than the client's, by name: the host that each answers to. */
  routes: Readonly<Record<string, string>>;
  /** Port of /ping; a change of it is a change of the static configuration. @default the component's */
  pingPort?: number;
  /** Interface of the virtual address. @default the one that the hosts have */
  interface?: string;
  /** Names of certificates that the first member owns. @default none */
  certificates?: readonly string[];
  /** What members serve metrics with. @default they serve none */
  monitoring?: NonNullable<TraefikHaPairArgs["monitoring"]>;
  /** Changes to single files, as any stack may make them. @default none */
  transform?: TraefikTransforms;
}

/** What the component gets. */
export function argsOf(plan: LabProgram): TraefikHaPairArgs {
  const hosts = { whoami: ROUTE_HOST, ...plan.routes };
  const route = (host: string) => ({ host, servers: [BACKEND_URL], entryPoint: "web" });
  return {
    vip: plan.vip ?? VIP,
    interface: plan.interface ?? "host0",
    virtualRouterId: plan.virtualRouterId ?? 77,
    profile: plan.profile,
    drainSec: DRAIN_SEC,
    members: membersOf(plan.profile, plan.hosts),
    ...(plan.leaving && { leaving: formerOf(plan.leaving) }),
    traefik: {
      version: plan.traefikVersion,
      dynamicDirectory: DYNAMIC_DIRECTORY,
      ...(plan.pingPort !== undefined && { pingPort: plan.pingPort }),
    },
    replication: {},
    routes: Object.fromEntries(Object.entries(hosts).map(([name, host]) => [name, route(host)])),
    ...(plan.certificates && {
      certificates: { owner: plan.hosts[0]?.name ?? "", names: [...plan.certificates] },
    }),
    ...(plan.monitoring && { monitoring: plan.monitoring }),
    ssh: { user: "root", port: 22, privateKey: plan.privateKey },
  };
}

/** The Pulumi program: the component as any stack uses it. */
export function program(plan: LabProgram): Record<string, unknown> {
  const args = argsOf(plan);
  const pair = new TraefikHaPair(PAIR, args, plan.transform && { transform: plan.transform });
  return { address: pair.address };
}
