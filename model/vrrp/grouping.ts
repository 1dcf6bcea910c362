import { addressOf } from "../text";
import type { VrrpGroup, VrrpMember } from "./types";

/**
 * Puts together the members that serve or hear each other: those with a common address, those that
 * list each other as peers under one router id, and those that send the same router id to one
 * multicast group and have nobody else. A group is named after its first address in text order.
 *
 * @param members in the order in which they are to stand in their groups
 * @param segmentOf names the network segment of a member. @default one segment for all
 */
export function groupMembers(
  members: readonly VrrpMember[],
  segmentOf: (member: VrrpMember) => string = () => "",
): VrrpGroup[] {
  const sets = new Sets(members);
  sets.joinBy((member) => allAddresses(member));
  const byAddress = new Map<string, VrrpMember[]>();
  for (const member of members) {
    if (member.address !== undefined) listAt(byAddress, addressOf(member.address)).push(member);
  }
  for (const member of members) {
    for (const peer of member.unicastPeers ?? []) {
      for (const other of byAddress.get(addressOf(peer)) ?? []) {
        if (other !== member && sameRouter(other, member)) sets.join(member, other);
      }
    }
  }
  joinLonely(sets, segmentOf);
  return sets.groups().map((group) => {
    const vips = group.flatMap((member) => member.vips.map(addressOf)).sort();
    return { name: vips[0] ?? group[0]?.name ?? "", members: group };
  });
}

/** Addresses of a member with those that it does not announce, without prefix lengths. */
export function allAddresses({ vips, excludedVips = [] }: VrrpMember): string[] {
  return [...vips, ...excludedVips].map(addressOf);
}

function sameRouter(one: VrrpMember, other: VrrpMember): boolean {
  return one.virtualRouterId === other.virtualRouterId && familyOf(one) === familyOf(other);
}

function familyOf({ vips }: VrrpMember): 4 | 6 {
  return vips[0]?.includes(":") ? 6 : 4;
}

/** One that is alone with its address hears a group of its router id by multicast. */
function joinLonely(sets: Sets, segmentOf: (member: VrrpMember) => string): void {
  const bySegment = new Map<string, VrrpMember[][]>();
  for (const group of sets.groups()) {
    const [first] = group;
    if (first === undefined || group.some(({ unicastPeers = [] }) => unicastPeers.length > 0)) {
      continue;
    }
    const { virtualRouterId, multicastGroup = "" } = first;
    const key = `${familyOf(first)} ${virtualRouterId} ${multicastGroup} ${segmentOf(first)}`;
    listAt(bySegment, key).push(group);
  }
  for (const groups of bySegment.values()) {
    // Two groups of several members are two services; they collide, which is told elsewhere.
    if (groups.filter((group) => group.length > 1).length > 1) continue;
    const [[first] = [], ...others] = groups;
    for (const [other] of others) if (first && other) sets.join(first, other);
  }
}

function listAt<Key, Value>(map: Map<Key, Value[]>, key: Key): Value[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}

/** Members that were found to belong together, in their first order. */
class Sets {
  private readonly setOf = new Map<VrrpMember, Set<VrrpMember>>();

  constructor(private readonly members: readonly VrrpMember[]) {
    for (const member of members) this.setOf.set(member, new Set([member]));
  }

  join(one: VrrpMember, other: VrrpMember): void {
    const into = this.setOf.get(one);
    const from = this.setOf.get(other);
    if (into === undefined || from === undefined || into === from) return;
    for (const member of from) {
      into.add(member);
      this.setOf.set(member, into);
    }
  }

  joinBy(keys: (member: VrrpMember) => string[]): void {
    const first = new Map<string, VrrpMember>();
    for (const member of this.members) {
      for (const key of keys(member)) {
        const known = first.get(key);
        if (known) this.join(known, member);
        else first.set(key, member);
      }
    }
  }

  groups(): VrrpMember[][] {
    const groups = new Map<unknown, VrrpMember[]>();
    for (const member of this.members) listAt(groups, this.setOf.get(member)).push(member);
    return [...groups.values()];
  }
}
