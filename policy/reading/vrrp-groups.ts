import { isIP } from "node:net";
import { membersOf } from "../../model/keepalived/members";
import { type ConfReading, readConf } from "../../model/keepalived/read";
import { isLinkLocal } from "../../model/network/address";
import { addressOf } from "../../model/text";
import { groupMembers } from "../../model/vrrp/grouping";
import {
  type VrrpGroup,
  type VrrpMember,
  type VrrpSettings,
  vrrpGroup,
} from "../../model/vrrp/vrrp";
import type { ObservedResource } from "../rule";
import type { DeployedFile } from "./deployed";
import { type Host, Hosts } from "./hosts";
import { isFilledIn, type PlacedFile, placedFiles, startingFiles } from "./keepalived-files";
import { oncePerList } from "./memo";
import { networkOf } from "./networks";
import { flag, list, number, text } from "./resource";
import { carriers, containers, virtualMachines, vrrpComponents } from "./types";

/** A VRRP group as its files really say it. */
export interface DeployedGroup {
  group: VrrpGroup;
  /** The file of each member, in the group's order. */
  files: DeployedFile[];
  /** Names the hosts, for messages. */
  where: string;
}

/** A file that a keepalived starts from, with what it makes of it. */
export interface KeepalivedFile {
  file: PlacedFile;
  host?: Host;
  reading: ConfReading;
  /** One for each instance, in the file's order. */
  members: VrrpMember[];
}

/** The group that a VRRP component's facts describe; none while a fact is not known. */
export function componentGroup(resource: ObservedResource): VrrpGroup | undefined {
  if (!vrrpComponents.some((type) => type === resource.type)) return undefined;
  const settings = settingsOf(resource.props);
  return settings && vrrpGroup(resource.name, settings);
}

function settingsOf(props: Record<string, unknown>): VrrpSettings | undefined {
  const vip = text(props, "vip");
  const virtualRouterId = number(props, "virtualRouterId");
  const weight = number(props, "check", "weight");
  const members = list(props, "members").map((member) => ({
    name: text(member, "name"),
    node: text(member, "node"),
    address: text(member, "address"),
    priority: number(member, "priority"),
  }));
  const known = members.filter(isMember);
  if (vip === undefined || virtualRouterId === undefined || weight === undefined) return undefined;
  if (known.length < members.length) return undefined;
  return {
    vip,
    virtualRouterId,
    members: known,
    interface: text(props, "interface") ?? "eth0",
    version: number(props, "version") === 2 ? 2 : 3,
    advertIntervalSec: number(props, "advertIntervalSec") ?? 1,
    preempt: flag(props, "preempt") ?? true,
    preemptDelaySec: number(props, "preemptDelaySec") ?? 0,
    check: {
      weight,
      intervalSec: number(props, "check", "intervalSec") ?? 2,
      timeoutSec: number(props, "check", "timeoutSec") ?? 2,
      fall: number(props, "check", "fall") ?? 2,
      rise: number(props, "check", "rise") ?? 2,
    },
  };
}

type Member = VrrpSettings["members"][number];

function isMember(member: { [Key in keyof Member]: Member[Key] | undefined }): member is Member {
  return Object.values(member).every((value) => value !== undefined);
}

/** A host with the files that a stack brings to it. */
export interface HostFiles {
  host?: Host;
  files: PlacedFile[];
}

/** The files of each host, by what tells the host from others. */
export function filesByHost(resources: ObservedResource[]): Map<string, HostFiles> {
  const hosts = hostsOf(resources);
  const byHost = new Map<string, HostFiles>();
  for (const file of placedFiles(resources)) {
    const host = file.host === undefined ? undefined : hosts.find(file.host);
    const key = host?.key ?? (file.host === undefined ? file.resource.urn : addressOf(file.host));
    const entry = byHost.get(key) ?? { files: [], ...(host && { host }) };
    entry.files.push(file);
    byHost.set(key, entry);
  }
  return byHost;
}

/** The files that hold VRRP instances, read as their daemons do. */
export function readKeepalived(resources: ObservedResource[]): KeepalivedFile[] {
  return readTogether(relevant(resources));
}

/** Nothing else says anything about a keepalived; what rules see besides differs from rule to rule. */
function relevant(resources: ObservedResource[]): ObservedResource[] {
  return resources.filter(({ type }) => relevantTypes.has(type));
}

const relevantTypes = new Set<string>([
  ...vrrpComponents,
  ...carriers,
  ...containers,
  ...virtualMachines,
]);

const readTogether = oncePerList((resources): KeepalivedFile[] => {
  return [...filesByHost(resources).values()].flatMap(({ host, files }) =>
    startingFiles(files).flatMap((file) => {
      const read = readFile(file, files, host);
      const { refused, none } = read.reading;
      return read.members.length > 0 || refused || none || isFilledIn(file) ? [read] : [];
    }),
  );
});

function readFile(file: PlacedFile, all: PlacedFile[], host: Host | undefined): KeepalivedFile {
  if (file.filled) {
    const reading = { ...readConf(""), unjudged: ["what is put into it first"] };
    return { file, reading, members: [], ...(host && { host }) };
  }
  const others = all.flatMap(({ path, text: content }): [string, string][] =>
    path === undefined ? [] : [[path, content]],
  );
  const name = host?.hostName ?? nameIn(file.host);
  const reading = readConf(file.text, {
    files: new Map(others),
    ...(name !== undefined && { name }),
    ...(file.path !== undefined && { path: file.path }),
  });
  const members = membersOf(reading).map(
    (member): VrrpMember => ({
      ...member,
      name: host?.name ?? file.host ?? file.resource.name,
      ...memberAddress(member, file.host, host),
      ...nodeOf(host?.node),
    }),
  );
  return { file, reading, members, ...(host && { host }) };
}

/** The name of a host that SSH is told by name. */
function nameIn(host: string | undefined): string | undefined {
  return host === undefined || isIP(addressOf(host)) !== 0
    ? undefined
    : host.split(".", 1).join("");
}

/** The groups that the deployed keepalived.conf files make, single members too. */
export function allGroups(resources: ObservedResource[]): DeployedGroup[] {
  return groupTogether(relevant(resources));
}

const groupTogether = oncePerList((resources): DeployedGroup[] => {
  const fileOf = new Map(
    readKeepalived(resources).flatMap(({ members, file }) =>
      members.map((member) => [member, file] as const),
    ),
  );
  // The preferred member first, as people write them down.
  const members = [...fileOf.keys()].sort((a, b) => b.priority - a.priority);
  return groupMembers(members, segmentOf).map((group) => ({
    group,
    files: group.members.flatMap((member) => fileOf.get(member) ?? []),
    where: `keepalived.conf of ${group.members.map(hostText).join(" and ")}`,
  }));
});

/** The groups of two or more members that the deployed keepalived.conf files make. */
export function deployedGroups(resources: ObservedResource[]): DeployedGroup[] {
  return allGroups(resources).filter(({ group }) => group.members.length > 1);
}

/** The files that a keepalived starts from. */
export function keepalivedFiles(resources: ObservedResource[]): DeployedFile[] {
  return readKeepalived(resources).map(({ file }) => file);
}

/** The network that a member's addresses are in; adverts do not leave it. */
function segmentOf({ vips }: VrrpMember): string {
  // Every segment has the network of link-local addresses.
  const vip = vips.find((address) => !isLinkLocal(addressOf(address))) ?? vips[0] ?? "";
  return networkOf(vip);
}

/** The hosts of a stack: its guests first, then the members that components name. */
export function hostsOf(resources: ObservedResource[]): Hosts {
  return gatherHosts(relevant(resources));
}

const gatherHosts = oncePerList((resources): Hosts => {
  const members = resources.flatMap((resource) => componentGroup(resource)?.members ?? []);
  return new Hosts(resources, members);
});

function nodeOf(node: string | undefined): { node?: string } {
  return node === undefined ? {} : { node };
}

/**
 * The address that adverts come from: as the file says, else the one SSH goes to or the only one of
 * the guest, unless it lies in another network than the virtual address (a network for management,
 * a link for adverts alone).
 */
function memberAddress(
  member: VrrpMember,
  told: string | undefined,
  host: Host | undefined,
): { address?: string } {
  if (member.address !== undefined) return { address: member.address };
  // Adverts to peers leave from the network that these are in.
  const [toward] = [...(member.unicastPeers ?? []), ...member.vips];
  const vip = member.vips.find((one) => !isLinkLocal(addressOf(one))) ?? "";
  if (toward === undefined || isIP(addressOf(toward)) === 0) return {};
  const prefix = vip.split("/")[1] ?? "";
  const known = [...(told === undefined ? [] : [addressOf(told)]), ...(host?.addresses ?? [])];
  const address = known.find(
    (one) =>
      isIP(one) !== 0 &&
      networkOf(`${addressOf(toward)}/${prefix}`) === networkOf(`${one}/${prefix}`),
  );
  return address === undefined ? {} : { address };
}

/** How a message names a member. */
export function hostText(member: VrrpMember): string {
  return member.address === undefined || member.address === member.name
    ? member.name
    : `${member.name} (${member.address})`;
}
