import { foreign } from "../foreign-text";
import { parseRange } from "../network/address";
import { rangeContains } from "../network/address-ranges";
import { listed } from "../text";
import { type CheckResult, resultsOf } from "./types";

/** One entry of an IP set of Proxmox's firewall. */
export interface IpSetEntry {
  /** Address, network, or the name of an alias. */
  cidr: string;
  /** Whether it is taken out of the set again. */
  nomatch: boolean;
}

/** What Proxmox's firewall does with packets that a guest sends. */
export interface GuestFirewall {
  /** Path of the guest in the API: `/nodes/pve1/lxc/110`. */
  path: string;
  /** Whether the cluster's and the guest's firewalls are both on. */
  enabled: boolean;
  /** Whether addresses are looked at on every filtered interface. */
  ipFilter: boolean;
  /** Interfaces that may carry the virtual address, and whether the firewall is on for them: `net0`. */
  nets: readonly { key: string; filtered: boolean }[];
  /** Sets of the guest by name. A set `ipfilter-net0` alone makes addresses be looked at on that interface. */
  sets: Readonly<Record<string, readonly IpSetEntry[]>>;
}

/**
 * Judges whether Proxmox lets a member send from the virtual addresses. Where it does not, keepalived
 * takes the address and nobody hears of it.
 *
 * @param addresses virtual addresses without prefix length
 * @param keepsConnections whether it passes packets on with the address of a client
 * @see https://pve.proxmox.com/pve-docs/chapter-pve-firewall.html#pve_firewall_ipfilter_section
 */
export function judgeSource(
  name: string,
  firewall: GuestFirewall,
  addresses: readonly string[],
  keepsConnections: boolean,
): CheckResult[] {
  const { path, enabled, ipFilter, nets, sets } = firewall;
  const { ok, problem, notChecked } = resultsOf("firewall", name);
  const looking = nets.filter(
    ({ key, filtered }) => enabled && filtered && (ipFilter || sets[setOf(key)] !== undefined),
  );
  if (looking.length === 0) return [ok("Proxmox does not look at the address that it sends from")];
  return looking.flatMap(({ key }) => {
    const set = sets[setOf(key)];
    const dropped = addresses.filter((address) => !lets(set ?? [], address));
    const unread = (set ?? []).filter(({ cidr }) => !isReadable(cidr)).map((one) => one.cidr);
    const own =
      dropped.length === 0
        ? ok(`Proxmox lets ${listed(addresses)} pass`)
        : unread.length > 0
          ? notChecked(
              `whether ${setOf(key)} lets ${listed(dropped)} pass: ${listed(unread.map((one) => foreign(one)))} stands for something else`,
            )
          : problem(
              `Proxmox's ipfilter drops what it sends from ${listed(dropped)} on ${key}: it would take the address, and nobody would hear of it`,
              ...(set === undefined
                ? [`pvesh create ${path}/firewall/ipset --name ${setOf(key)}`]
                : []),
              ...dropped.map(
                (one) => `pvesh create ${path}/firewall/ipset/${setOf(key)} --cidr ${one}`,
              ),
            );
    if (!keepsConnections) return [own];
    const passed = problem(
      `Proxmox's ipfilter drops what it passes on with a client's address on ${key}: connections that are open stall at a planned change`,
      "set drainSec: 0 for its virtual address, or take ipfilter off this guest",
    );
    return [own, passed];
  });
}

const setOf = (net: string) => `ipfilter-${net}`;

const isReadable = (cidr: string) => parseRange(cidr) !== undefined;

function lets(set: readonly IpSetEntry[], address: string): boolean {
  const covers = ({ cidr }: IpSetEntry) => isReadable(cidr) && rangeContains(cidr, address);
  return (
    set.some((one) => !one.nomatch && covers(one)) && !set.some((one) => one.nomatch && covers(one))
  );
}
