import { foreign } from "../foreign-text";
import { parseRange } from "../network/address";
import { rangeContains } from "../network/address-ranges";
import { listed } from "../text";
import { type CheckResult, resultsOf } from "./types";

/** A rule of a guest's firewall; the first that matches decides. */
export interface FirewallRule {
  /** - `in`, `out`, `forward`: the direction; `group`: the rules of a security group stand here */
  type: string;
  /** What becomes of the packet; of a `group` its name. */
  action: string;
  enabled: boolean;
  /** IP protocol, by name or number. @default every one */
  proto?: string | undefined;
  /** Name of a set of ports of TCP, UDP or ICMP. @default none */
  macro?: string | undefined;
  /** Addresses, networks and ranges with commas, or the name of a set or an alias. @default every one */
  source?: string | undefined;
  dest?: string | undefined;
  /** `net0`. @default every one */
  iface?: string | undefined;
}

/** The rules of a guest for what comes in. */
export interface IncomingRules {
  /** Path of the guest in the API: `/nodes/pve1/lxc/110`. */
  path: string;
  /** Interfaces for which they are in force: `net0`. */
  nets: readonly string[];
  rules: readonly FirewallRule[];
  /** What becomes of a packet that no rule matches. */
  policy: string;
}

type Fate = "passes" | "dropped" | "unknown";

/**
 * Judges whether adverts of the other members come in. Where they do not, each takes itself for the only
 * one; the firewall then lets answers to its own adverts pass for a while, so that it looks well at first.
 *
 * @param own address of the member
 * @param peers addresses of the others
 */
export function judgeAdverts(
  name: string,
  incoming: IncomingRules,
  own: string,
  peers: readonly string[],
): CheckResult[] {
  const { path, nets } = incoming;
  const { ok, problem, notChecked } = resultsOf("firewall", name);
  if (nets.length === 0 || peers.length === 0) return [];
  const of = (fate: Fate) =>
    peers.filter((peer) => nets.some((net) => fateOf(incoming, net, peer, own) === fate));
  const dropped = of("dropped");
  if (dropped.length > 0) {
    return [
      problem(
        `Proxmox's firewall drops adverts (IP protocol 112) from ${listed(dropped)}: both members would take the address`,
        ...dropped.map(
          (peer) =>
            `pvesh create ${path}/firewall/rules --type in --action ACCEPT --proto vrrp --source ${peer} --enable 1`,
        ),
      ),
    ];
  }
  const unknown = of("unknown");
  if (unknown.length > 0) {
    return [
      notChecked(
        `whether adverts from ${listed(unknown)} come in: a rule of ${foreign(path)} names a group, a set or an alias; IP protocol 112 has to pass`,
      ),
    ];
  }
  return [ok(`Proxmox lets adverts from ${listed(peers)} in`)];
}

function fateOf({ rules, policy }: IncomingRules, net: string, from: string, to: string): Fate {
  for (const rule of rules) {
    if (!rule.enabled) continue;
    if (rule.type === "group") return "unknown";
    if (rule.type !== "in" || rule.macro !== undefined) continue;
    if (rule.proto !== undefined && !["vrrp", "112"].includes(rule.proto.toLowerCase())) continue;
    if (rule.iface !== undefined && rule.iface !== net) continue;
    const places = [covers(rule.source, from), covers(rule.dest, to)];
    if (places.includes(false)) continue;
    if (places.includes(undefined)) return "unknown";
    return rule.action === "ACCEPT" ? "passes" : "dropped";
  }
  return policy === "ACCEPT" ? "passes" : "dropped";
}

/** Whether a place in a rule has the address; undefined where it stands for something else. */
function covers(place: string | undefined, address: string): boolean | undefined {
  if (place === undefined) return true;
  const ranges = place.split(",").map((one) => one.trim());
  if (ranges.some((one) => parseRange(one) !== undefined && rangeContains(one, address)))
    return true;
  return ranges.every((one) => parseRange(one) !== undefined) ? false : undefined;
}
