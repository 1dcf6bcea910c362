import { isIP } from "node:net";
import { DRAIN_NAME } from "../vrrp/drain";
import { addressOf } from "../vrrp/text";
import type { TrackedFile, VrrpCheck, VrrpGroup, VrrpMember } from "../vrrp/types";
import { keepalivedBlocks, type Statement } from "./blocks";
import { addresses, argument, inside, numberIn, setting, statements, value } from "./lookup";

/** What the whole file says, beside the instances. */
interface FileFacts {
  version: 2 | 3;
  scripts: Map<string, VrrpCheck>;
  files: Map<string, TrackedFile>;
  /** An included file may define scripts and tracked files that this one only names. */
  includes: boolean;
}

/**
 * Reads the VRRP instances of a `keepalived.conf`, hand-written ones too: unknown keywords are
 * skipped, missing ones have keepalived's defaults (priority 100, or 255 with `state MASTER`;
 * version 2; adverts every second; a script every second, one failure, FAULT).
 *
 * A `track_script` or `track_file` that names an undefined one is left out, as keepalived does. Scripts with a
 * weight do not count in a sync group without `sync_group_tracking_weight`. A script whose weight
 * is `reverse` succeeds when something is wrong; its weight is returned with the other sign.
 *
 * @returns one member per `vrrp_instance`, named like it
 * @throws Error with the line number if the braces do not match
 */
export function parseKeepalivedConf(text: string): VrrpMember[] {
  const file = keepalivedBlocks(text);
  const facts: FileFacts = {
    version: versionIn(inside(file, "global_defs"), "vrrp_version", 2),
    scripts: new Map(statements(file, "vrrp_script").map((one) => [argument(one, 1), script(one)])),
    files: new Map(
      ["track_file", "vrrp_track_file"]
        .flatMap((keyword) => statements(file, keyword))
        .map((one) => [argument(one, 1), trackedFile(one)]),
    ),
    includes: file.some((one) => argument(one, 0).startsWith("include")),
  };
  const groups = statements(file, "vrrp_sync_group").map(({ block }) => ({
    names: new Set(inside(block, "group").flatMap(({ words }) => words.map((word) => word.text))),
    checks: checksIn(block, facts),
    files: filesIn(block, facts),
    other: tracksOther(block, facts),
    weighted: setting(block, "sync_group_tracking_weight") !== undefined,
  }));

  return statements(file, "vrrp_instance").map((one) => {
    const name = argument(one, 1);
    const joined = groups.filter(({ names }) => names.has(name));
    const unweighted = joined.some(({ weighted }) => !weighted);
    const files = [...filesIn(one.block, facts), ...joined.flatMap((group) => group.files)];
    return {
      name,
      ...instance(one.block ?? [], facts.version),
      checks: [...checksIn(one.block, facts), ...joined.flatMap(({ checks }) => checks)].filter(
        ({ weight }) => weight === 0 || !unweighted,
      ),
      otherTracking: tracksOther(one.block, facts) || joined.some(({ other }) => other),
      ...(files.length > 0 && { trackedFiles: files }),
    };
  });
}

/**
 * Puts members with a common virtual address together, also when their lists differ. A group is
 * named after its first address in text order; a member without any stands alone.
 */
export function groupByVip(members: readonly VrrpMember[]): VrrpGroup[] {
  const groups = new Set<VrrpMember[]>();
  const byVip = new Map<string, VrrpMember[]>();
  for (const member of members) {
    // A member with addresses of two groups shows that they are one.
    const known = new Set(member.vips.flatMap((vip) => [byVip.get(addressOf(vip)) ?? []]));
    const group = [...known].flat().concat(member);
    for (const part of known) groups.delete(part);
    groups.add(group);
    for (const vip of group.flatMap(({ vips }) => vips)) byVip.set(addressOf(vip), group);
  }
  const place = new Map(members.map((member, index) => [member, index]));
  const first = (group: VrrpMember[]) => Math.min(...group.map((one) => place.get(one) ?? 0));
  return [...groups]
    .sort((a, b) => first(a) - first(b))
    .map((group) => {
      const vips = group.flatMap((member) => member.vips.map(addressOf)).sort();
      return {
        name: vips[0] ?? group[0]?.name ?? "",
        members: group.toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)),
      };
    });
}

function instance(
  block: Statement[],
  fileVersion: 2 | 3,
): Omit<VrrpMember, "name" | "checks" | "otherTracking"> {
  const state = value(block, "state");
  const priority = value(block, "priority");
  const vips = addresses(inside(block, "virtual_ipaddress"));
  const peers = addresses(inside(block, "unicast_peer"));
  const address = value(block, "unicast_src_ip") ?? value(block, "mcast_src_ip");
  const device = value(block, "interface");
  const authPass = value(inside(block, "authentication"), "auth_pass");
  // VRRPv2 has no IPv6.
  const six = vips.some((vip) => isIP(addressOf(vip)) === 6);
  return {
    priority: priority === undefined && state === "MASTER" ? 255 : numberIn(priority, 100, 1, 255),
    ...((state === "MASTER" || state === "BACKUP") && { state }),
    version: six ? 3 : versionIn(block, "version", fileVersion),
    virtualRouterId: numberIn(value(block, "virtual_router_id"), 0, 1, 255),
    advertIntervalSec: numberIn(value(block, "advert_int"), 1),
    vips,
    ...(address !== undefined && { address }),
    ...(device !== undefined && { interface: device }),
    ...(peers.length > 0 && { unicastPeers: peers }),
    ...(authPass !== undefined && { authPass }),
    nopreempt: setting(block, "nopreempt") !== undefined,
    preemptDelaySec: numberIn(value(block, "preempt_delay"), 0, 0, 1000),
  };
}

function script(statement: Statement): VrrpCheck {
  const block = statement.block ?? [];
  const intervalSec = numberIn(value(block, "interval"), 1, 0.001);
  return {
    name: argument(statement, 1),
    weight: signed(setting(block, "weight") ?? [], 0),
    intervalSec,
    timeoutSec: numberIn(value(block, "timeout"), intervalSec, 0.001),
    fall: numberIn(value(block, "fall"), 1, 1),
    rise: numberIn(value(block, "rise"), 1, 1),
  };
}

/** Weight with its sign turned by `reverse`. */
function signed([weight, option]: string[], missing: number): number {
  const number = numberIn(weight, missing, -254, 254);
  return option === "reverse" && number !== 0 ? -number : number;
}

function checksIn(block: readonly Statement[] | undefined, facts: FileFacts): VrrpCheck[] {
  const tracked = new Map<string, VrrpCheck>();
  for (const { words } of inside(block, "track_script")) {
    const [name = "", keyword, ...weight] = words.map(({ text }) => text);
    const unknown: VrrpCheck = { name, weight: 0, intervalSec: 1, timeoutSec: 1, fall: 1, rise: 1 };
    const defined = facts.scripts.get(name) ?? (facts.includes ? unknown : undefined);
    // keepalived ignores a line with another word than `weight`, and a name that comes twice.
    if (defined === undefined || tracked.has(name)) continue;
    if (keyword !== undefined && keyword !== "weight") continue;
    tracked.set(name, {
      ...defined,
      ...(keyword && { weight: signed(weight, defined.weight) }),
    });
  }
  return [...tracked.values()];
}

/** A tracked file's weight is 1 where none is stated. */
function trackedFile(statement: Statement): TrackedFile {
  const block = statement.block ?? [];
  const [weight, option] = setting(block, "weight") ?? [];
  return {
    name: argument(statement, 1),
    path: value(block, "file") ?? "",
    weight: numberIn(weight, 1, -254, 254),
    reverse: option === "reverse",
  };
}

function filesIn(block: readonly Statement[] | undefined, facts: FileFacts): TrackedFile[] {
  return inside(block, "track_file").flatMap(({ words }) => {
    const [name = "", keyword, weight, option] = words.map(({ text }) => text);
    const defined = facts.files.get(name);
    if (defined === undefined || (keyword !== undefined && keyword !== "weight")) return [];
    const own = keyword && {
      weight: numberIn(weight, defined.weight, -254, 254),
      ...(option !== undefined && { reverse: option === "reverse" }),
    };
    return [{ ...defined, ...own }];
  });
}

function tracksOther(block: readonly Statement[] | undefined, facts: FileFacts): boolean {
  const other = ["track_process", "track_interface", "track_bfd"].some(
    (keyword) => inside(block, keyword).length > 0,
  );
  const included =
    facts.includes && inside(block, "track_file").some((one) => argument(one, 0) !== DRAIN_NAME);
  // A file with which people step aside says nothing about the service.
  return other || included || filesIn(block, facts).some(({ name }) => name !== DRAIN_NAME);
}

function versionIn(block: readonly Statement[], keyword: string, missing: 2 | 3): 2 | 3 {
  const version = value(block, keyword);
  return version === "2" ? 2 : version === "3" ? 3 : missing;
}
