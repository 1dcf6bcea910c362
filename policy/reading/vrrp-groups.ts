import { groupByVip, parseKeepalivedConf } from "../../model/keepalived/conf";
import { isAddress } from "../../model/network/address-ranges";
import {
  type VrrpGroup,
  type VrrpMember,
  type VrrpSettings,
  vrrpGroup,
} from "../../model/vrrp/vrrp";
import type { ObservedResource } from "../rule";
import { type DeployedFile, deployedFiles } from "./deployed";
import { bare, guestsOf } from "./guests";
import { networkOf } from "./networks";
import { flag, list, number, text } from "./resource";
import { vrrpComponents } from "./types";

/** A VRRP group as its files really say it. */
export interface DeployedGroup {
  group: VrrpGroup;
  /** The file of each member, in the group's order. */
  files: DeployedFile[];
  /** Names the hosts, for messages. */
  where: string;
}

/** A file that looks like a keepalived configuration and cannot be read. */
export interface BrokenFile {
  file: DeployedFile;
  /** What the parser said. */
  problem: string;
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

/** The groups of two or more members that the deployed keepalived.conf files make. */
export function deployedGroups(resources: ObservedResource[]): {
  groups: DeployedGroup[];
  broken: BrokenFile[];
} {
  const broken: BrokenFile[] = [];
  const files = new Map<string, DeployedFile>();
  const hosts = hostsOf(resources);
  const members = keepalivedFiles(resources).flatMap((file) => {
    const host = file.host === undefined ? undefined : hosts.get(bare(file.host));
    const name = host?.name ?? file.host ?? file.resource.name;
    try {
      const instances = parseKeepalivedConf(file.text);
      files.set(name, file);
      return instances.map(
        (instance): VrrpMember => ({
          ...instance,
          name,
          ...addressOf(instance, file.host),
          ...nodeOf(host?.node),
        }),
      );
    } catch (error) {
      // Anything but the parser's own complaint is a fault of this program and must be seen.
      if (!(error instanceof Error) || error.constructor !== Error) throw error;
      broken.push({ file, problem: error.message });
      return [];
    }
  });
  // The preferred member first, as people write them down.
  members.sort((a, b) => b.priority - a.priority);
  const groups = groupByVip(members).filter((group) => group.members.length > 1);
  return {
    broken,
    groups: groups.map((group) => ({
      group,
      files: group.members.flatMap((member) => files.get(member.name) ?? []),
      where: `keepalived.conf of ${group.members.map(hostText).join(" and ")}`,
    })),
  };
}

/** The files that hold a VRRP instance; a later resource for the same host wins. */
export function keepalivedFiles(resources: ObservedResource[]): DeployedFile[] {
  const files = deployedFiles(resources, /^\s*vrrp_instance\s/m);
  const last = new Map(files.map((file) => [file.host ?? file.resource.urn, file]));
  return [...last.values()];
}

interface Host {
  name: string;
  node?: string;
}

/** Who lives at an address: declared guests first, then the members that components name. */
function hostsOf(resources: ObservedResource[]): Map<string, Host> {
  const named = resources.flatMap((resource) =>
    (componentGroup(resource)?.members ?? []).flatMap((member): [string, Host][] =>
      member.address === undefined
        ? []
        : [[bare(member.address), { name: member.name, ...nodeOf(member.node) }]],
    ),
  );
  const declared = guestsOf(resources).flatMap((guest) =>
    guest.addresses.map((address): [string, Host] => [
      bare(address),
      { name: guest.name, ...nodeOf(guest.node) },
    ]),
  );
  return new Map([...named, ...declared]);
}

function nodeOf(node: string | undefined): { node?: string } {
  return node === undefined ? {} : { node };
}

/**
 * The address that adverts come from: as the file says, else the one SSH goes to, unless that is a
 * name or lies in another network than the virtual address (a network for management).
 */
function addressOf(instance: VrrpMember, host: string | undefined): { address?: string } {
  if (instance.address !== undefined) return { address: instance.address };
  const [vip] = instance.vips;
  if (host === undefined || vip === undefined) return {};
  if (!isAddress(host) || !isAddress(bare(vip))) return {};
  return networkOf(vip) === networkOf(`${host}/${vip.split("/")[1] ?? ""}`)
    ? { address: host }
    : {};
}

function hostText(member: VrrpMember): string {
  return member.address === undefined || member.address === member.name
    ? member.name
    : `${member.name} (${member.address})`;
}
