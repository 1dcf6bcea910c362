import { listed } from "../text";
import { isFaulty } from "../vrrp/standing";
import { type AddressReading, item } from "./address-reading";
import type { MemberReading } from "./member-reading";
import { recentChanges } from "./recent";
import type { StatusItem, StatusLevel } from "./types";

/** A member whose clock differs more makes certificates, logs and tokens disagree. */
const CLOCK_LIMIT_SEC = 5;

const DAY_SEC = 86_400;

/** Days before the end of a certificate from which renewal counts as failed: Let's Encrypt's third of 90 days, less a week. */
const CERTIFICATE_DAYS = 21;

/** What is wrong with one member. */
export function judgeMember(reading: AddressReading, member: MemberReading): StatusItem[] {
  const { name, silent, unhealthy, drained, state, hasAddress, clockOffSec = 0 } = member;
  const { untold = [] } = member;
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
  if (isFaulty(state)) {
    say("problem", `keepalived reports ${state}`, `journalctl -u keepalived -n 50 on ${name}`);
  } else if (state !== undefined && (state === "MASTER") !== hasAddress) {
    const holds = hasAddress ? `has ${reading.vip}` : `does not have ${reading.vip}`;
    say(
      "problem",
      `keepalived reports ${state}, but the host ${holds}`,
      `systemctl restart keepalived on ${name}`,
    );
  }
  for (const text of recentChanges(reading.takenAt, member)) say("warning", text);
  if (member.configValid === false) {
    say(
      "problem",
      "its service refuses the configuration on disk",
      `homelab rollback --pair ${reading.place}`,
    );
  }
  if (member.copied !== undefined) {
    const what =
      member.copied === "refused"
        ? "its service would refuse the files that were copied to it, and goes on with the ones before"
        : "its service could not be made to read the files that were copied to it";
    say("problem", what, `journalctl -t service-replication -n 5 on ${name}`);
  }
  for (const [unit, active] of Object.entries(member.units)) {
    if (active === "active") continue;
    const [level, so] = unit.startsWith("lsyncd")
      ? (["problem", "nothing is copied to the other members"] as const)
      : (["warning", "its figures are old"] as const);
    say(level, `${unit} is ${active}, so ${so}`, `systemctl restart ${unit} on ${name}`);
  }
  if (Math.abs(clockOffSec) > CLOCK_LIMIT_SEC) {
    const way = clockOffSec > 0 ? "ahead of" : "behind";
    say(
      "warning",
      `its clock is ${Math.abs(Math.round(clockOffSec))} s ${way} this machine's`,
      "see whether a time service runs on its node",
    );
  }
  // What does not run cannot tell; that it does not run is said.
  if (untold.length > 0 && unhealthy === undefined) {
    const text = `it answers, and does not tell ${listed(untold)}`;
    found.push({
      level: "unknown",
      subject: name,
      text,
      fix: `run \`pulumi up\`, then look at ${name}`,
    });
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
