import { type Finding, pathText } from "../../model/finding";
import { addressOf } from "../../model/text";
import { judgeVrrp } from "../../model/vrrp/vrrp";
import { mastersOnOneNode } from "../reading/api-masters";
import { lonelyMembers, missingCounterparts } from "../reading/counterparts";
import { placeOf } from "../reading/resource";
import { carriers, containers, virtualMachines, vrrpComponents } from "../reading/types";
import { componentGroup, type DeployedGroup, deployedGroups } from "../reading/vrrp-groups";
import { docsPage, type Located, type ObservedResource, type Rule } from "../rule";

const types = [...vrrpComponents, ...carriers, ...containers, ...virtualMachines];

/** A failed check must move the virtual address, whatever sign the weight has. */
export const vrrpWeight = vrrpRule(
  "vrrp-weight",
  "A failed health check moves the virtual address to another member.",
);

/** Members that disagree drop each other's adverts and both own the address. */
export const vrrpDisagreement: Rule = {
  ...vrrpRule(
    "vrrp-disagreement",
    "Members of one virtual address agree on version, router id, interval, password and peers.",
  ),
  stack: (resources) => [
    ...judgeDeployed("vrrp-disagreement", resources),
    ...missingCounterparts(resources),
  ],
};

/** Two members on one node die together. */
export const pairOnOneNode: Rule = {
  ...vrrpRule(
    "pair-on-one-node",
    "Members that share a virtual address run on different Proxmox nodes.",
  ),
  stack: (resources) => [
    ...judgeDeployed("pair-on-one-node", resources),
    ...lonelyMembers(resources),
    ...mastersOnOneNode(resources),
  ],
};

/** Without a check keepalived only notices its own death. */
export const pairWithoutCheck = vrrpRule(
  "pair-without-check",
  "Every member of a virtual address has a health check of the service behind it.",
);

function vrrpRule(name: string, description: string): Rule {
  return {
    name,
    description,
    severity: "mandatory",
    docs: docsPage(name),
    types,
    advises: true,
    resource: (resource) => judgeComponent(name, resource),
    stack: (resources) => judgeDeployed(name, resources),
  };
}

function judgeComponent(rule: string, resource: ObservedResource): Located[] {
  const group = componentGroup(resource);
  if (!group) return [];
  return judgeVrrp(group)
    .filter((finding) => finding.rule === rule)
    .map((finding) => ({
      finding,
      where: [placeOf(resource), pathText(finding.path)].filter(Boolean).join(" "),
    }));
}

/**
 * The last word: what the files say. A virtual address whose component was already refused by the
 * same rule is left out, so that nobody reads the same sentence twice.
 */
function judgeDeployed(rule: string, resources: ObservedResource[]): Located[] {
  const reported = new Set(
    resources
      .filter((resource) => judgeComponent(rule, resource).length > 0)
      .flatMap((resource) => componentGroup(resource)?.members.flatMap(addresses) ?? []),
  );
  return deployedGroups(resources)
    .filter(({ group }) => !group.members.flatMap(addresses).some((vip) => reported.has(vip)))
    .flatMap((deployed) =>
      judgeVrrp(deployed.group)
        .filter((finding) => finding.rule === rule)
        .map((finding) => ({ finding, where: deployed.where, urn: urnOf(deployed, finding) })),
    );
}

function addresses(member: { vips: string[] }): string[] {
  return member.vips.map(addressOf);
}

/** The file of the member that a finding points at, else the first one. */
function urnOf({ files }: DeployedGroup, { path }: Finding): string | undefined {
  const [section, index] = path;
  const file = section === "members" && typeof index === "number" ? files[index] : undefined;
  return (file ?? files[0])?.resource.urn;
}
