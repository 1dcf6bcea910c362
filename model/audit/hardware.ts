import { counted, listed } from "../text";
import { logOf } from "./boots";
import {
  type AuditContext,
  type AuditFinding,
  type EdacCounter,
  type HostEvidence,
  shownGuest,
} from "./types";

/** Memory, file systems and watchdogs of every node, as far as it told. */
export function judgeHardware(context: AuditContext): AuditFinding[] {
  const unasked = (context.hostGaps ?? []).map(({ node, reason }): AuditFinding => {
    const [what = reason, ...fix] = reason.split("; ");
    // Somebody else may answer in its place; every other reason is only something not seen.
    const severity = what.includes("host key mismatch") ? "warning" : "note";
    return {
      rule: "not-read",
      severity,
      subject: `node ${node}`,
      message: `could not read over SSH: ${what}`,
      fix: fix.join("; "),
    };
  });
  const found = context.cluster.nodes.flatMap(({ name }) => {
    const host = context.hosts.find(({ node }) => node === name);
    const log = logOf(context, name);
    return [
      ...memory(name, log, host?.edac),
      ...fileSystems(context, name, log),
      ...(host ? watchdog(context, host) : []),
    ];
  });
  return [...found, ...unasked];
}

// What the kernel prints when it meets an error; not what its drivers print when they load
// ("EDAC MC0: Giving out device", "MCE: In-kernel MCE decoding enabled").
const memoryError =
  /HANDLING IBECC MEMORY ERROR|EDAC MC\d+: \d+ (CE|UE) |\[Hardware Error\]|Machine check events logged|Memory failure: 0x/;
const uncorrected = /EDAC MC\d+: \d+ UE |Uncorrected|Memory failure: 0x/i;
/**
 * The address that igen6_edac reads from a register of all ones: on many small machines it is there
 * at every start, with both counters at zero, and no memory is at fault.
 */
const falseAlarm = /EDAC igen6 MC\d+: ADDR 0x7fffffffe0\b/;
const igen6Address = /EDAC igen6 MC\d+: ADDR 0x/;

function memory(
  node: string,
  log: readonly string[],
  edac: readonly EdacCounter[] | undefined,
): AuditFinding[] {
  const lines = log.filter((line) => memoryError.test(line));
  const corrected = sum(edac, "corrected");
  const lost = sum(edac, "uncorrected");
  if (lines.length === 0 && corrected + lost === 0) return [];
  const addresses = log.filter((line) => igen6Address.test(line));
  const onlyFalse =
    corrected + lost === 0 &&
    addresses.length > 0 &&
    addresses.every((line) => falseAlarm.test(line)) &&
    lines.every((line) => line.includes("IBECC"));
  const finding = (severity: AuditFinding["severity"], message: string, fix: string) => [
    {
      rule: "memory-errors",
      severity,
      subject: `node ${node}`,
      message,
      fix,
      evidence: [...lines, ...addresses].slice(-3).map(withoutHead),
    },
  ];
  if (onlyFalse && edac !== undefined) {
    return finding(
      "note",
      "IBECC memory errors are logged, all at the address 0x7fffffffe0 and with EDAC counters at zero: a known false alarm of the driver igen6_edac",
      "nothing; a newer kernel is quiet",
    );
  }
  if (onlyFalse) {
    return finding(
      "warning",
      "IBECC memory errors are logged, all at the address 0x7fffffffe0: probably the known false alarm of the driver igen6_edac",
      "read the counters to be sure (--identity, or grep . /sys/devices/system/edac/mc/mc*/*_count): zero means false alarm",
    );
  }
  const counts =
    edac === undefined
      ? ""
      : ` (EDAC counts ${counted(corrected, "corrected error")} and ${counted(lost, "uncorrected error")} since it started)`;
  const bad = lost > 0 || lines.some((line) => uncorrected.test(line));
  return finding(
    "critical",
    `${lines.length > 0 ? `its kernel reports memory errors, ${counted(lines.length, "line")}` : "its memory has errors"}${counts}${bad ? "; some could not be corrected" : ""}`,
    `test its memory (memtest86+), replace the module; until then keep what matters off ${node}`,
  );
}

const sum = (edac: readonly EdacCounter[] | undefined, key: "corrected" | "uncorrected") =>
  (edac ?? []).reduce((total, counter) => total + counter[key], 0);

const brokenFileSystem =
  /EXT4-fs error|XFS .*(Corruption|metadata I\/O error)|BTRFS (error|critical)|Aborting journal|Remounting filesystem read-only|Detected aborted journal/;
const markedFileSystem =
  /EXT4-fs .*error count since last fsck|mounting fs with errors|EXT4-fs .*(initial|last) error at time/;
const ioError = /I\/O error, dev |blk_update_request: .*I\/O error|critical medium error/;

function fileSystems(context: AuditContext, node: string, log: readonly string[]): AuditFinding[] {
  const check = fileSystemCheck(context, node);
  const kinds: readonly [RegExp, string, string][] = [
    [brokenFileSystem, "file-system errors", `${check}; then restore what is damaged`],
    [markedFileSystem, "file systems with errors from before", check],
    [
      ioError,
      "read or write errors of a disk",
      "read what the disk says of itself, and replace it: smartctl -a /dev/<disk>",
    ],
  ];
  return kinds.flatMap(([pattern, what, fix]) => {
    const lines = log.filter((line) => pattern.test(line));
    if (lines.length === 0) return [];
    const devices = [...new Set(lines.flatMap((line) => deviceOf(line) ?? []))];
    return [
      {
        rule: "file-system-errors",
        severity: "warning" as const,
        subject: `node ${node}`,
        message: `its kernel reports ${what}${devices.length > 0 ? ` on ${listed(devices, 6)}` : ""} (${counted(lines.length, "line")})`,
        fix,
        evidence: lines.slice(-3).map(withoutHead),
      },
    ];
  });
}

/**
 * How file systems of containers are checked: only those that are off, and only on a volume that has one
 * of its own; a subvolume of ZFS has not (pve-container, CLI/pct.pm).
 */
function fileSystemCheck({ cluster, managed }: AuditContext, node: string): string {
  const guests = cluster.guests.filter((guest) => {
    const disk = guest.config?.raw.rootfs;
    return (
      guest.node === node &&
      guest.type === "ct" &&
      disk !== undefined &&
      !/:subvol-/.test(String(disk))
    );
  });
  const [first] = guests;
  if (!first)
    return "see which disk it is (lsblk): no container here has a file system that the node can check";
  const { sid, vmid, running } = first;
  const stop = managed.has(sid)
    ? `ha-manager set ${sid} --state stopped, and when it is off: `
    : running
      ? `pct shutdown ${vmid} && `
      : "";
  const others =
    guests.length > 1 ? `, and so on for ${listed(guests.slice(1).map(shownGuest))}` : "";
  return `check the file systems of its containers, each while it is off: ${stop}pct fsck ${vmid}${others}`;
}

const deviceOf = (line: string) =>
  /\(?(?:device |dev )?\b((?:dm-|sd|nvme|md|zd|loop)[\w-]+)/.exec(line)?.[1];

/** A line without date and host, which differ from run to run and say nothing more. */
const withoutHead = (line: string) => line.replace(/^.*?\bkernel: /, "").trim();

function watchdog({ cluster, managed }: AuditContext, host: HostEvidence): AuditFinding[] {
  const { node, services, watchdogs, watchdogModule } = host;
  const found: AuditFinding[] = [];
  const say = (severity: AuditFinding["severity"], message: string, fix: string) =>
    found.push({ rule: "watchdog", severity, subject: `node ${node}`, message, fix });
  const carries = cluster.guests.some((guest) => guest.node === node && managed.has(guest.sid));
  for (const service of ["watchdog-mux", "pve-ha-lrm", "pve-ha-crm", "corosync"]) {
    const state = services?.[service];
    if (state === undefined || state === "active" || managed.size === 0) continue;
    say(
      carries || service === "corosync" ? "critical" : "warning",
      `${service} is ${state}: ${service === "watchdog-mux" ? "a node that loses quorum is not reset, so its guests cannot be started elsewhere safely" : "HA does not work on it"}`,
      `systemctl restart ${service}, and read its log`,
    );
  }
  if (watchdogs?.length === 0 && managed.size > 0) {
    say(
      "critical",
      "it has no watchdog: fencing cannot work",
      "load softdog (modprobe softdog), or a hardware watchdog in /etc/default/pve-ha-manager",
    );
  }
  const hardware = (watchdogs ?? []).filter((name) => !/software watchdog/i.test(name));
  if (hardware.length > 0 && (watchdogModule ?? "softdog") === "softdog") {
    say(
      "note",
      `it fences itself by the kernel's softdog though it has ${listed(hardware)}: a kernel that hangs does not reset itself`,
      "name the hardware's module in /etc/default/pve-ha-manager (WATCHDOG_MODULE), then restart the node",
    );
  }
  return found;
}
