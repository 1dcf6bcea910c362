import { isIP } from "node:net";
import { isLinkLocal } from "../../model/network/address";
import { addressOf, listed } from "../../model/text";
import { allAddresses } from "../../model/vrrp/grouping";
import type { VrrpMember } from "../../model/vrrp/types";
import type { Located, ObservedResource } from "../rule";
import { networkOf } from "./networks";
import {
  allGroups,
  componentGroup,
  type DeployedGroup,
  hostsOf,
  hostText,
  type KeepalivedFile,
  readKeepalived,
} from "./vrrp-groups";

/** Members that list a host of the stack as peer where nobody answers. */
export function missingCounterparts(resources: ObservedResource[]): Located[] {
  const files = readKeepalived(resources);
  const hosts = hostsOf(resources);
  return allGroups(resources).flatMap((deployed) =>
    deployed.group.members.flatMap((member, index) =>
      (member.unicastPeers ?? []).flatMap((peer): Located[] => {
        if (answers(peer, deployed)) return [];
        const host = hosts.find(peer);
        const there = files.filter((file) => isAt(file, peer, host?.key));
        // What that host's keepalived does is told at its own file.
        if ((host === undefined && there.length === 0) || there.some(unreadable)) return [];
        const name = host?.name ?? there[0]?.file.host ?? peer;
        const error = there.length > 0;
        return [
          {
            where: `keepalived.conf of ${hostText(member)}`,
            urn: deployed.files[index]?.resource.urn,
            finding: {
              rule: "vrrp-disagreement",
              path: ["members", index, "unicastPeers"],
              message: error
                ? `it lists ${peer} as unicast peer, and no instance of "${name}" has router id ${member.virtualRouterId} and sends from that address, so nobody there takes the virtual address over`
                : `it lists ${peer} as unicast peer, and this stack brings no keepalived.conf to "${name}"`,
              fix: `give "${name}" an instance with router id ${member.virtualRouterId}, or remove the peer`,
              severity: error ? "error" : "warning",
            },
          },
        ];
      }),
    ),
  );
}

/** Instances whose adverts are to come from an address that their host has not. */
export function foreignSources(resources: ObservedResource[]): Located[] {
  const hosts = hostsOf(resources);
  return readKeepalived(resources).flatMap(({ file, host, reading }) => {
    const told = file.host === undefined ? [] : [addressOf(file.host)];
    const own = [...new Set([...(host?.addresses ?? []), ...told])].filter(
      (address) => isIP(address) !== 0,
    );
    return reading.instances.flatMap(({ name, source }): Located[] => {
      if (source === undefined || own.length === 0 || own.includes(source)) return [];
      const other = hosts.find(source);
      const foreign = other !== undefined && other.key !== host?.key;
      // A host may have a further address, on a link for adverts above all.
      if (!foreign && !own.some((address) => isBeside(address, source))) return [];
      return [
        {
          where: `keepalived.conf of ${host?.name ?? file.host ?? file.resource.name}`,
          urn: file.resource.urn,
          finding: {
            rule: "keepalived-file",
            path: [],
            message: foreign
              ? `instance "${name}" sends from ${source}, which is the address of "${other.name}", so it stays in FAULT`
              : `instance "${name}" sends from ${source}, and the host is known by ${listed(own)}: without that address it stays in FAULT`,
            fix: `write unicast_src_ip ${own[0]}, or leave it out`,
            severity: foreign ? "error" : "warning",
          },
        },
      ];
    });
  });
}

function isBeside(address: string, source: string): boolean {
  // Every link has the network of link-local addresses.
  if (isIP(address) === 0 || isIP(source) === 0 || isLinkLocal(source)) return false;
  return networkOf(address) === networkOf(source);
}

function answers(peer: string, { group }: DeployedGroup): boolean {
  return group.members.some(({ address }) => address !== undefined && addressOf(address) === peer);
}

function isAt({ file, host, members }: KeepalivedFile, peer: string, key?: string): boolean {
  if (key !== undefined && host?.key === key) return true;
  if (file.host !== undefined && addressOf(file.host) === peer) return true;
  return members.some(({ address }) => address === peer);
}

function unreadable({ reading }: KeepalivedFile): boolean {
  return reading.refused !== undefined || reading.unjudged.length > 0;
}

/** Virtual addresses that only one member of the stack has. */
export function lonelyMembers(resources: ObservedResource[]): Located[] {
  const stated = new Set(
    resources.flatMap((resource) => componentGroup(resource)?.members.flatMap(allAddresses) ?? []),
  );
  // The others may be in a file that is not known here.
  if (readKeepalived(resources).some(({ file }) => file.filled)) return [];
  return allGroups(resources).flatMap(({ group, files }) => {
    const [member, ...others] = group.members;
    if (member === undefined || others.length > 0 || !isAlone(member, stated)) return [];
    return [
      {
        where: `keepalived.conf of ${hostText(member)}`,
        urn: files[0]?.resource.urn,
        finding: {
          rule: "pair-on-one-node",
          path: [],
          message: `"${member.name}" is the only member of ${member.vips[0]} in this stack, so its death takes the virtual address down`,
          fix: "add a second member on another node, or ignore this where another stack has it",
          severity: "warning" as const,
        },
      },
    ];
  });
}

function isAlone(member: VrrpMember, stated: ReadonlySet<string>): boolean {
  return member.vips.length > 0 && !allAddresses(member).some((address) => stated.has(address));
}
