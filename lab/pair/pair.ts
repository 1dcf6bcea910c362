import { PROFILES, type VrrpProfile, type VrrpSettings } from "../../model/vrrp/vrrp";
import type { HostPlan, LabHost } from "../machine/host";
import { VIP } from "../machine/network";

/** Name of the pair in the stack, and of the VRRP instance. */
export const PAIR = "edge";
/** Host name of the route that the client asks for. */
export const ROUTE_HOST = "whoami.lab.test";
/** Directory of Traefik's dynamic configuration on the members. */
export const DYNAMIC_DIRECTORY = "/etc/traefik/dynamic";
/** Port of Traefik's plain HTTP entry point. */
export const WEB_PORT = 80;

/** Priorities by the order of the members; near to each other, so that both skews are short. */
const PRIORITIES = [150, 140, 130];

/** Seconds for which the pair keeps open connections. */
export const DRAIN_SEC = 60;

/** Debian release of the image. */
const DEBIAN = 12;

/** VRRP settings of the deployed pair, as the profile makes them: what the model predicts from. */
export function pairSettings(profile: VrrpProfile, hosts: readonly HostPlan[]): VrrpSettings {
  return {
    vip: VIP,
    interface: "host0",
    virtualRouterId: 77,
    preempt: true,
    preemptDelaySec: 0,
    drainSec: DRAIN_SEC,
    drainPort: 8082,
    profile,
    ...PROFILES[profile],
    members: hosts.map(({ name, address }, index) => ({
      name,
      address,
      node: `node-${index + 1}`,
      priority: PRIORITIES[index] ?? 100,
      debian: DEBIAN,
    })),
  };
}

/** Hosts that were members, as the component wants them. */
export function formerOf(hosts: readonly LabHost[]) {
  return hosts.map(({ name, address, hostKey, number }) => ({
    ...{ name, address, hostKey, node: `node-${number}` },
    debian: DEBIAN as typeof DEBIAN,
  }));
}

/** The members as the component wants them: with the host key that its connection accepts. */
export function membersOf(profile: VrrpProfile, hosts: readonly LabHost[]) {
  return pairSettings(profile, hosts).members.map((member) => ({
    ...member,
    debian: DEBIAN as typeof DEBIAN,
    hostKey: hosts.find(({ name }) => name === member.name)?.hostKey ?? "",
  }));
}
