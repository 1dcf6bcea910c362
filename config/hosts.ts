import type { z } from "zod";
import { familyOf } from "../model/network/address";
import type { VrrpSettings } from "../model/vrrp/vrrp";
import type { hostSchema, ResolvedHost, ResolvedMember } from "./sections/vrrp";
import type { StackConfig } from "./stack";
import { type Placed, vrrpAddresses } from "./virtual-addresses";

type HostRef = z.output<typeof hostSchema>;
type MemberRef = StackConfig["traefikPairs"][string]["members"][number];

/** A host as far as the file states it; which fields must be there depends on its use. */
export interface HostFacts {
  name: string;
  address?: string | undefined;
  /** IPv6 address beside an IPv4 one, whichever of them is `address` here. */
  address6?: string | undefined;
  node?: string;
  hostKey?: string;
  debian: 12 | 13;
}

/**
 * Looks up a guest reference, or takes what is stated in place. Undefined for a reference to nothing.
 *
 * @param vip address that the host serves: of two own addresses, the one of its family is taken
 */
export function hostFacts(
  stack: StackConfig,
  ref: HostRef | MemberRef,
  vip = "",
): HostFacts | undefined {
  if (ref.guest === undefined) {
    if (ref.host === undefined) return undefined;
    // A host that no node carries has a place of its own, which no node's death reaches.
    const { host, address6, outside, node = outside, hostKey, debian = 12 } = ref;
    return { name: host, address: ownAddress(ref, vip), address6, node, hostKey, debian };
  }
  const guest = stack.guests[ref.guest];
  return (
    guest && {
      name: ref.guest,
      address: ownAddress(guest, vip),
      address6: guest.address6,
      node: guest.node,
      hostKey: guest.hostKey,
      debian: guest.debian,
    }
  );
}

/** Where a host with two addresses is met by those who serve one virtual address together. */
function ownAddress(
  { address, address6 }: { address?: string | undefined; address6?: string | undefined },
  vip: string,
): string | undefined {
  return familyOf(vip) === 6 ? (address6 ?? address) : address;
}

/** A host that is logged in to; `stack` passed `parseStack`. */
export function resolvedHost(
  stack: StackConfig,
  ref: HostRef | MemberRef,
  vip?: string,
): ResolvedHost {
  const facts = hostFacts(stack, ref, vip);
  if (!facts?.address || !facts.node || !facts.hostKey) {
    throw new Error(`host ${JSON.stringify(ref)} was not checked before it was resolved`);
  }
  const { name, address, node, hostKey, debian } = facts;
  return { name, address, node, hostKey, debian };
}

/** A host that is only named in configuration, never logged in to. */
export interface Peer {
  name: string;
  address: string;
  /** Its IPv6 address beside an IPv4 one. @default it has one */
  address6?: string;
  node: string;
  /** Where the host is logged in to after all. @default not stated */
  hostKey?: string;
}

export function peer(stack: StackConfig, ref: HostRef, vip: string): Peer {
  const facts = hostFacts(stack, ref, vip);
  if (!facts?.address || !facts.node) {
    throw new Error(`host ${JSON.stringify(ref)} was not checked before it was resolved`);
  }
  const { name, address, address6, node, hostKey } = facts;
  const six = familyOf(address) === 4 && address6 !== undefined && { address6 };
  return { name, address, ...six, node, ...(hostKey !== undefined && { hostKey }) };
}

export function members(
  stack: StackConfig,
  refs: readonly MemberRef[],
  vip: string,
): ResolvedMember[] {
  return refs.map((ref) => ({
    ...resolvedHost(stack, ref, vip),
    priority: ref.priority,
    ...(ref.interface !== undefined && { interface: ref.interface }),
  }));
}

/** Hosts that were members and are no more; nothing where there are none. */
export function leaving(
  stack: StackConfig,
  refs: readonly HostRef[] | undefined,
  vip: string,
): { leaving?: ResolvedHost[] } {
  return refs && refs.length > 0
    ? { leaving: refs.map((ref) => resolvedHost(stack, ref, vip)) }
    : {};
}

/** Every address that keepalived moves, with the hosts behind its members; `stack` passed `parseStack`. */
export function resolvedAddresses(stack: StackConfig): Placed<VrrpSettings>[] {
  type Stated = Omit<VrrpSettings, "members"> & { members: MemberRef[] };
  return vrrpAddresses<Stated>(stack).map(({ settings, ...place }) => ({
    ...place,
    settings: { ...settings, members: members(stack, settings.members, settings.vip) },
  }));
}

/** The node over which start-up orders are set: the configured one, else the first with a host key. */
export function controlHost(stack: StackConfig): ResolvedHost | undefined {
  const { nodes, controlNode } = stack.cluster;
  const name =
    controlNode ??
    Object.keys(nodes)
      .sort()
      .find((node) => nodes[node]?.hostKey);
  const node = name === undefined ? undefined : nodes[name];
  if (name === undefined || !node?.hostKey) return undefined;
  return { name, address: node.address, node: name, hostKey: node.hostKey, debian: 12 };
}
