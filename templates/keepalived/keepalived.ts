import { judgeKeepalivedTiming } from "../../model/keepalived/limits";
import { familyOf } from "../../model/network/address";
import { addressOf } from "../../model/text";
import {
  checkedBy,
  type DebianRelease,
  DRAIN_NAME,
  DRAIN_WEIGHT,
  SECOND_LINE,
  type VrrpProfile,
} from "../../model/vrrp/vrrp";
import { block, file, quoted, word } from "../text";

/** File in which every change of state is kept, one line each; `templates/scripts.ts` writes it. */
export const STATE_LOG = "/var/log/keepalived-state.log";

/** Directory of the files that keepalived tracks; it has to be there before keepalived starts. */
export const CHECK_DIRECTORY = "/run/keepalived-track";

/** File in which 1 makes a member step aside and 0 or nothing lets it take the address again. */
export const DRAIN_FILE = `${CHECK_DIRECTORY}/${DRAIN_NAME}`;

/** Health check that keepalived runs on its own host. */
export interface KeepalivedCheck {
  name: string;
  /** Absolute path of the script; exit 0 means healthy. */
  script: string;
  /** Absolute path of the file that a watcher writes; used where scripts are too slow. */
  trackedFile: string;
  /** 0: a failed check is a FAULT and the member leaves at once. */
  weight: number;
  intervalSec: number;
  timeoutSec: number;
  fall: number;
  rise: number;
}

/** One member's view of one virtual address. */
export interface KeepalivedConf {
  /** Name of this host in log lines. */
  routerId: string;
  /** Name of the VRRP instance; the same on all members. */
  instance: string;
  debian: DebianRelease;
  /** With the Debian release it says whether the script or the tracked file is the check. */
  profile: VrrpProfile;
  interface: string;
  version: 2 | 3;
  virtualRouterId: number;
  priority: number;
  advertIntervalSec: number;
  /** Whether this member takes the address back from a lower one. */
  preempt: boolean;
  preemptDelaySec: number;
  /** Own address; adverts come from it. */
  address: string;
  /** Addresses of all other members. */
  peers: readonly string[];
  /** Virtual address with prefix length. */
  vip: string;
  /** IPv6 address with prefix length that moves with it. @default none */
  vip6?: string | undefined;
  check: KeepalivedCheck;
  /** Absolute path of the script that reads state changes. */
  notifyScript: string;
}

/**
 * `/etc/keepalived/keepalived.conf` of one member
 * (https://www.keepalived.org/manpage.html).
 *
 * All members start as BACKUP and the priority decides, so that two copies of the file differ only
 * in address and priority. There is no authentication: VRRPv3 has none, and VRRPv2's is readable on
 * the wire; the unicast peer list keeps strangers out.
 */
export function keepalivedConf(conf: KeepalivedConf): string {
  refuseMisunderstood(conf);
  const tracked = checkedBy(conf.profile, conf.debian) === "tracked file";
  return file(
    block("global_defs", [
      `router_id ${word(conf.routerId, "router id")}`,
      "enable_script_security",
      // With any other user `keepalived -t` of 2.2.7 ends itself with SIGTERM (check_script_secure
      // takes the shell for a dead parent), so that no file could be tested before it is used.
      "script_user root",
      "vrrp_check_unicast_src",
      // Clients and switches that missed the takeover learn the new owner within a minute.
      "vrrp_garp_master_refresh 60",
      // After two members owned the address, the survivor corrects every ARP cache again.
      "vrrp_garp_lower_prio_repeat 5",
      "vrrp_higher_prio_send_advert true",
      // A FIFO keeps the order of events; separate notify scripts may overtake each other.
      "vrrp_notify_fifo /run/keepalived-notify.fifo root root",
      `vrrp_notify_fifo_script ${quoted(conf.notifyScript, "notify script")} root root`,
    ]),
    block(`track_file ${DRAIN_NAME}`, [
      `file ${quoted(DRAIN_FILE, "step aside file")}`,
      `weight ${DRAIN_WEIGHT}`,
      "init_file 0",
    ]),
    tracked ? trackFile(conf.check) : undefined,
    // Should the watcher itself hang, the file goes on saying what it said last.
    vrrpScript(tracked ? { ...conf.check, ...SECOND_LINE } : conf.check),
    vrrpInstance(conf, tracked),
  );
}

function trackFile(check: KeepalivedCheck): string[] {
  return block(`track_file ${word(check.name, "check name")}`, [
    `file ${quoted(check.trackedFile, "tracked file")}`,
    // 1 is good. The other way round a missing or empty file would count as good.
    "weight 0 reverse",
  ]);
}

function vrrpScript(check: KeepalivedCheck): string[] {
  const weighted = check.weight !== 0;
  return block(`vrrp_script ${word(check.name, "check name")}`, [
    `script ${quoted(check.script, "check script")}`,
    `interval ${word(check.intervalSec, "check interval")}`,
    `timeout ${word(check.timeoutSec, "check timeout")}`,
    `fall ${word(check.fall, "check fall")}`,
    `rise ${word(check.rise, "check rise")}`,
    weighted ? `weight ${word(check.weight, "check weight")}` : undefined,
    // Without it a member that starts before its service would take the address for `fall` checks.
    // A check without weight needs no such line: the instance waits for its first result.
    weighted ? "init_fail" : undefined,
  ]);
}

function vrrpInstance(conf: KeepalivedConf, tracked: boolean): string[] {
  const { check } = conf;
  return block(`vrrp_instance ${word(conf.instance, "instance name")}`, [
    "state BACKUP",
    `interface ${word(conf.interface, "interface")}`,
    `version ${word(conf.version, "version")}`,
    `virtual_router_id ${word(conf.virtualRouterId, "virtual router id")}`,
    `priority ${word(conf.priority, "priority")}`,
    `advert_int ${word(conf.advertIntervalSec, "advert interval")}`,
    conf.preempt ? undefined : "nopreempt",
    conf.preempt && conf.preemptDelaySec > 0
      ? `preempt_delay ${word(conf.preemptDelaySec, "preempt delay")}`
      : undefined,
    `unicast_src_ip ${word(conf.address, "address")}`,
    block(
      "unicast_peer",
      conf.peers.map((peer) => word(peer, "peer")),
    ),
    block("virtual_ipaddress", [virtualAddress(conf, conf.vip)]),
    // An instance has one family. What is excluded from its adverts may be of the other, and moves in
    // the same election, so that both addresses are always on one host.
    conf.vip6 === undefined
      ? undefined
      : block("virtual_ipaddress_excluded", [virtualAddress(conf, conf.vip6, "vip6")]),
    block("track_file", [DRAIN_NAME, tracked ? word(check.name, "check name") : undefined]),
    block("track_script", [word(check.name, "check name")]),
  ]);
}

/**
 * Of two IPv6 addresses in one network the kernel may take the virtual one for what its host begins:
 * the others would not know the member by it, and the connection would end with a takeover.
 */
function virtualAddress(
  { interface: device }: KeepalivedConf,
  vip: string,
  name: "vip" | "vip6" = "vip",
): string {
  const address = `${word(vip, name)} dev ${word(device, "interface")}`;
  return familyOf(addressOf(vip)) === 6 ? `${address} preferred_lft 0` : address;
}

/** What keepalived accepts and then does otherwise than written. */
function refuseMisunderstood(conf: KeepalivedConf): void {
  const name = word(conf.routerId, "router id");
  const timing = judgeKeepalivedTiming(conf, [{ name, debian: conf.debian }]);
  const problems = timing.filter((finding) => finding.severity === "error");
  const reasons = problems.map(({ message, fix }) => `${message}; ${fix}`);
  if (conf.peers.length === 0) {
    reasons.push("found no unicast peer; name the other members, or keepalived turns to multicast");
  }
  if (!conf.preempt && conf.check.weight !== 0) {
    reasons.push(
      `found preempt false with the check weight ${conf.check.weight}; use weight 0, because a member with nopreempt never takes over from a lower priority`,
    );
  }
  if (reasons.length > 0) throw new Error(`keepalived.conf of ${name}: ${reasons.join("; ")}`);
}
