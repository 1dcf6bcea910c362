import type { Finding } from "../finding";
import { addressOf } from "../text";
import { advertSec } from "./budget";
import { namesText } from "./text";
import type { VrrpGroup, VrrpMember } from "./types";

/** One setting that all members must share, or they do not hear each other. */
interface SharedSetting {
  /** Name in the stack file and in the path of the finding. */
  path: string;
  label: string;
  /** Members that differ in this text disagree. */
  same: (member: VrrpMember) => string;
  /** What the message says a member has. @default the text of `same` */
  shown?: (member: VrrpMember) => string;
  /** @default give every member the same */
  fix?: string;
}

const deaf = "so they discard each other's adverts and both own the virtual address";

/** Settings in which the members differ: one finding per setting, with every member's value. */
export function judgeAgreement(group: VrrpGroup): Finding[] {
  const { members } = group;
  const settings: SharedSetting[] = [
    { path: "version", label: "VRRP version", same: ({ version }) => `${version}` },
    {
      path: "virtualRouterId",
      label: "virtual router id",
      same: ({ virtualRouterId }) => `${virtualRouterId}`,
    },
    {
      path: "vip",
      label: "list of virtual addresses",
      same: ({ vips }) => [...new Set(vips.map(addressOf))].sort().join(" ") || "none",
    },
    {
      path: "unicastPeers",
      label: "way adverts are sent",
      same: (member) => (isUnicast(member) ? "unicast" : "multicast"),
      fix: "list the other members as unicast peers on every member",
    },
    {
      path: "multicastGroup",
      label: "multicast group",
      same: ({ multicastGroup = "" }) => (members.some(isUnicast) ? "" : multicastGroup),
    },
  ];
  return [
    ...settings.flatMap((setting) => disagreement(members, setting, deaf, "error")),
    ...judgeAdverts(members),
    ...judgeAuthentication(members),
    ...judgePeers(members),
  ];
}

function disagreement(
  members: readonly VrrpMember[],
  { path, label, same, shown = same, fix = `give every member the same ${label}` }: SharedSetting,
  consequence: string,
  severity: Finding["severity"],
): Finding[] {
  if (new Set(members.map(same)).size < 2) return [];
  const values = members.map((member) => `"${member.name}" has ${shown(member)}`).join(", ");
  return [
    {
      rule: "vrrp-disagreement",
      path: [path],
      message: `members disagree on the ${label} (${values}), ${consequence}`,
      fix,
      severity,
    },
  ];
}

/** A v2 member drops adverts with another interval; v3 members learn the master's. */
function judgeAdverts(members: readonly VrrpMember[]): Finding[] {
  const setting: SharedSetting = {
    path: "advertIntervalSec",
    label: "advert interval",
    same: ({ version, advertIntervalSec }) => `${advertSec(version, advertIntervalSec)} s`,
  };
  return members.some(({ version }) => version === 2)
    ? disagreement(members, setting, deaf, "error")
    : disagreement(
        members,
        setting,
        "so the failover time changes with the master whose interval they learn",
        "warning",
      );
}

/** How adverts are signed goes before what they are signed with. */
function judgeAuthentication(all: readonly VrrpMember[]): Finding[] {
  const members = all.filter(({ version }) => version === 2);
  const types = disagreement(
    members,
    {
      path: "authType",
      label: "authentication",
      same: ({ authType, authPass }) => authType ?? (authPass === undefined ? "none" : "PASS"),
    },
    deaf,
    "error",
  );
  return types.length > 0 ? types : judgePasswords(members);
}

/** Compares passwords without showing them; VRRPv3 has none, and v2 sends the first 8 characters. */
function judgePasswords(members: readonly VrrpMember[]): Finding[] {
  const used = [...new Set(members.map(({ authPass }) => authPass?.slice(0, 8)))].filter(
    (pass) => pass !== undefined,
  );
  const setting: SharedSetting = {
    path: "authPass",
    label: "first 8 characters of auth_pass",
    same: ({ authPass }) => authPass?.slice(0, 8) ?? "",
    shown: ({ authPass }) =>
      authPass === undefined ? "none" : `password ${used.indexOf(authPass.slice(0, 8)) + 1}`,
  };
  return disagreement(members, setting, deaf, "error");
}

/** A unicast member hears only of those it sends to: each must list every other. */
function judgePeers(members: readonly VrrpMember[]): Finding[] {
  return members.flatMap((member, index) => {
    const peers = new Set(member.unicastPeers?.map(addressOf));
    const missing = members.filter(
      (other) =>
        other !== member && other.address !== undefined && !peers.has(addressOf(other.address)),
    );
    if (!isUnicast(member) || missing.length === 0) return [];
    const listed = missing.map(({ address }) => address).join(", ");
    const names = namesText(
      missing.map(({ name }) => name),
      "and",
    );
    return [
      {
        rule: "vrrp-disagreement",
        path: ["members", index, "unicastPeers"],
        message: `"${member.name}" does not list ${listed} of ${names} as unicast peer, so that member never hears it and becomes a second master`,
        fix: `add ${listed} to the unicast peers of "${member.name}"`,
        severity: "error" as const,
      },
    ];
  });
}

/** keepalived falls back to multicast when the list of peers is empty. */
function isUnicast({ unicastPeers = [] }: VrrpMember): boolean {
  return unicastPeers.length > 0;
}
