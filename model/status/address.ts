import { isFaulty } from "../vrrp/standing";
import { type AddressReading, item } from "./address-reading";
import { judgeMember } from "./member";
import type { MemberReading } from "./member-reading";
import type { StatusItem } from "./types";

/** Whose the address is, and whether the next failure would find another member ready. */
export function judgeAddress(reading: AddressReading): StatusItem[] {
  return [
    ...holders(reading),
    ...wire(reading),
    ...reach(reading),
    ...reading.members.flatMap((member) => judgeMember(reading, member)),
    ...sameContent(reading),
    ...redundancy(reading),
  ];
}

const answering = ({ members }: AddressReading) =>
  members.filter(({ silent }) => silent === undefined);

const names = (members: readonly MemberReading[]) => members.map(({ name }) => name);

function holders(reading: AddressReading): StatusItem[] {
  const { vip, members, preempt } = reading;
  const asked = answering(reading);
  const masters = asked.filter(({ hasAddress }) => hasAddress);
  const [master, second] = masters;
  if (second) {
    const fix =
      "the members do not hear each other's adverts: check the network between them and their firewalls";
    return [
      item(
        reading,
        "problem",
        `${vip} is on ${names(masters).join(" and ")} at the same time`,
        fix,
      ),
    ];
  }
  if (master) {
    const best = [...asked].sort((a, b) => b.priority - a.priority)[0];
    const fit = best && best.unhealthy === undefined && best.drained !== true;
    if (preempt && best && best !== master && fit) {
      const fix = `look at the log of keepalived on ${best.name}: journalctl -u keepalived`;
      return [
        item(
          reading,
          "warning",
          `${vip} is on ${master.name}, although ${best.name} is preferred and healthy`,
          fix,
        ),
      ];
    }
    return [item(reading, "ok", `${vip} is on ${master.name}`)];
  }
  if (asked.length < members.length) {
    const silent = names(members.filter((one) => one.silent !== undefined));
    return [
      item(
        reading,
        "unknown",
        `${vip} is on no member that answers; ${silent.join(" and ")} may have it`,
      ),
    ];
  }
  return [
    item(
      reading,
      "problem",
      `no member has ${vip}`,
      "systemctl status keepalived on each member, preferred first",
    ),
  ];
}

/** What the others see: an address of ours that a stranger answers for is worse than none. */
function wire(reading: AddressReading): StatusItem[] {
  const { vip, members } = reading;
  const ownerOf = (mac: string) => members.find((member) => member.mac === mac);
  const nameless = members.filter(({ mac }) => mac === undefined);
  return answering(reading).flatMap((member) => {
    const { seenMac, hasAddress, name } = member;
    if (hasAddress || seenMac === undefined) return [];
    const seen = ownerOf(seenMac);
    if (seen?.hasAddress) return [];
    if (!seen && nameless.length > 0) {
      const whose = names(nameless).join(" or ");
      return [item(reading, "unknown", `${name} sees ${vip} at ${seenMac}, maybe ${whose}`)];
    }
    const who = seen ? `${seen.name}, which does not have it` : `${seenMac}, which is no member's`;
    return [
      item(
        reading,
        "problem",
        `${name} sees ${vip} at ${who}`,
        "another host may use the address: look for this hardware address in the switch or with arping",
      ),
    ];
  });
}

function reach(reading: AddressReading): StatusItem[] {
  const { vip, unreachable } = reading;
  if (unreachable === undefined) return [];
  return [item(reading, "problem", `${vip} does not take connections from here: ${unreachable}`)];
}

function sameContent(reading: AddressReading): StatusItem[] {
  const sums = answering(reading).filter(({ checksum }) => checksum !== undefined);
  const different = new Set(sums.map(({ checksum }) => checksum));
  if (different.size < 2) return [];
  return [
    item(
      reading,
      "warning",
      `the configuration differs between ${names(sums).join(" and ")}`,
      "wait for a copy under way, then look at /var/log/lsyncd.log on the first member",
    ),
  ];
}

/** What the next failure would find. */
function redundancy(reading: AddressReading): StatusItem[] {
  const ready = answering(reading).filter(
    ({ hasAddress, unhealthy, drained, state }) =>
      !hasAddress && unhealthy === undefined && drained !== true && !isFaulty(state),
  );
  if (ready.length > 0) {
    return [item(reading, "ok", `${names(ready).join(" and ")} can take ${reading.vip} over`)];
  }
  return [
    item(
      reading,
      "problem",
      `no other member can take ${reading.vip} over: the next failure is an outage`,
    ),
  ];
}
