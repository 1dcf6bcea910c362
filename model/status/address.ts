import { listed } from "../text";
import type { MemberReading } from "./member-reading";
import type { StatusItem, StatusLevel } from "./types";

/** A virtual address with what its members told. */
export interface AddressReading {
  /** Section and name: `traefikPairs.traefik`. */
  place: string;
  /** Address without prefix length. */
  vip: string;
  /** Whether the preferred member takes the address again after a repair. */
  preempt: boolean;
  members: MemberReading[];
  /** Why the address does not take connections from here. @default it does */
  unreachable?: string;
  /** Unix seconds. */
  takenAt: number;
}

/** A member whose clock differs more makes certificates, logs and tokens disagree. */
const CLOCK_LIMIT_SEC = 5;

/** A move that is more recent than this is worth a word. */
const RECENT_SEC = 600;

const DAY_SEC = 86_400;

/** Days before the end of a certificate from which renewal counts as failed: Let's Encrypt's third of 90 days, less a week. */
const CERTIFICATE_DAYS = 21;

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

const item = (
  { place }: AddressReading,
  level: StatusLevel,
  text: string,
  fix?: string,
): StatusItem => ({ level, subject: place, text, ...(fix !== undefined && { fix }) });

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

function judgeMember(reading: AddressReading, member: MemberReading): StatusItem[] {
  const { name, silent, unhealthy, drained, state, hasAddress, clockOffSec = 0 } = member;
  if (silent !== undefined) {
    return [
      item(
        reading,
        "problem",
        `${name} cannot be asked: ${silent}`,
        `look at the console of ${name}`,
      ),
    ];
  }
  const found: StatusItem[] = [];
  const say = (level: StatusLevel, text: string, fix?: string) =>
    found.push(item(reading, level, `${name}: ${text}`, fix));
  if (unhealthy !== undefined) say("problem", unhealthy, `journalctl -b -n 50 on ${name}`);
  if (drained === true) {
    say("warning", "drained", `homelab switch --pair ${reading.place} --back`);
  }
  if (state === "FAULT" || state === "STOP") {
    say("problem", `keepalived reports ${state}`, `journalctl -u keepalived -n 50 on ${name}`);
  } else if (state !== undefined && (state === "MASTER") !== hasAddress) {
    const holds = hasAddress ? `has ${reading.vip}` : `does not have ${reading.vip}`;
    say(
      "problem",
      `keepalived reports ${state}, but the host ${holds}`,
      `systemctl restart keepalived on ${name}`,
    );
  }
  const since = member.changedAt === undefined ? Infinity : reading.takenAt - member.changedAt;
  if (since >= 0 && since < RECENT_SEC) {
    say("warning", `keepalived changed its state ${Math.max(1, Math.round(since / 60))} min ago`);
  }
  if (member.configValid === false) {
    say(
      "problem",
      "its service refuses the configuration on disk",
      `homelab rollback --pair ${reading.place}`,
    );
  }
  for (const [unit, active] of Object.entries(member.units)) {
    if (active !== "active") {
      say(
        "problem",
        `${unit} is ${active}, so nothing is copied to the other members`,
        `systemctl restart ${unit} on ${name}`,
      );
    }
  }
  if (Math.abs(clockOffSec) > CLOCK_LIMIT_SEC) {
    const way = clockOffSec > 0 ? "ahead of" : "behind";
    say(
      "warning",
      `its clock is ${Math.abs(Math.round(clockOffSec))} s ${way} this machine's`,
      "see whether a time service runs on its node",
    );
  }
  found.push(...certificates(reading, member), ...servers(reading, member));
  return found;
}

function certificates(reading: AddressReading, member: MemberReading): StatusItem[] {
  return member.certificates.flatMap(({ path, endsAt }) => {
    const days = Math.floor((endsAt - reading.takenAt) / DAY_SEC);
    if (days >= CERTIFICATE_DAYS) return [];
    const text =
      days < 0
        ? `the certificate ${path} ended ${-days} days ago`
        : `the certificate ${path} ends in ${days} days and was not renewed`;
    return [
      item(
        reading,
        days < 0 ? "problem" : "warning",
        `${member.name}: ${text}`,
        "look at what renews it",
      ),
    ];
  });
}

function servers(reading: AddressReading, member: MemberReading): StatusItem[] {
  const down = member.servers.filter(({ status }) => !/^(UP|no check)/.test(status));
  if (down.length === 0) return [];
  const level = down.length === member.servers.length ? "problem" : "warning";
  const text = `${listed(down.map(({ name, status }) => `${name} is ${status}`))} of ${member.servers.length} servers behind it`;
  return [item(reading, level, `${member.name}: ${text}`, "look at those servers")];
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
      !hasAddress &&
      unhealthy === undefined &&
      drained !== true &&
      state !== "FAULT" &&
      state !== "STOP",
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
