import provider from "@muhlba91/pulumi-proxmoxve/package.json";
import { haGroupArgsSchema, placementOf, replicaJobs } from "../../../components/ha-group/facts";
import { haId } from "../../../config/guest-facts";
import { resolveStack } from "../../../config/resolve";
import type { StackConfig } from "../../../config/stack";
import { nodeRuleId, rulesOf } from "../../../model/placement/group-rules";

/** What `pulumi import --file` reads: https://www.pulumi.com/docs/iac/cli/commands/pulumi_import */
export interface ImportFile {
  /** URNs of the parents, by the name that a resource gives as its parent. */
  nameTable: Record<string, string>;
  resources: ImportedResource[];
}

/** One object of the cluster, and the resource of the program that it becomes. */
export interface ImportedResource {
  type: string;
  name: string;
  id: string;
  /** @default the stack itself */
  parent?: string;
  /** @default that of all stacks */
  provider?: string;
  version: string;
}

const types = {
  group: "proxmoxve:index/hagroup:Hagroup",
  resource: "proxmoxve:index/haresource:Haresource",
  rule: "proxmoxve:index/harule:Harule",
  replication: "proxmoxve:index/replication:Replication",
  backup: "proxmoxve:backup/job:Job",
} as const;

/**
 * URN of the component that the stack's `HaGroup`s are parts of; `*` stands for each of them.
 *
 * @param site the site that they are in. @default the stack has one cluster
 */
export function haGroupUrn(stack: string, project: string, name: string, site?: string): string {
  const type = "homelab:components:HaGroup";
  return site === undefined
    ? `urn:pulumi:${stack}::${project}::${type}::${name}`
    : `urn:pulumi:${stack}::${project}::${SITE_TYPE}$${type}::${site}-${name}`;
}

const SITE_TYPE = "homelab:components:Site";

/** URN of the component of a site. */
export function siteUrn(stack: string, project: string, site: string): string {
  return `urn:pulumi:${stack}::${project}::${SITE_TYPE}::${site}`;
}

/** URN of the provider that asks a site's Proxmox. */
export function providerUrn(stack: string, project: string, site: string): string {
  return `urn:pulumi:${stack}::${project}::pulumi:providers:proxmoxve::${site}-proxmox`;
}

/**
 * Every resource that the program registers for a stack file of guests that exist, HA groups and
 * backup jobs, with its id in the cluster. An engine test holds it against the program.
 *
 * @param site the site that they are of. @default the stack has one cluster
 */
export function importFile(
  stack: string,
  project: string,
  config: StackConfig,
  site?: string,
): ImportFile {
  const file = clusterFile(stack, project, config, site);
  if (site === undefined) return file;
  const names = { site: `Site ${site}`, provider: `Provider ${site}` };
  return {
    nameTable: {
      ...file.nameTable,
      [names.site]: siteUrn(stack, project, site),
      [names.provider]: providerUrn(stack, project, site),
    },
    resources: file.resources.map(({ version, ...resource }) => ({
      parent: names.site,
      ...resource,
      name: `${site}-${resource.name}`,
      provider: names.provider,
      version,
    })),
  };
}

function clusterFile(
  stack: string,
  project: string,
  config: StackConfig,
  site: string | undefined,
): ImportFile {
  const { haGroups, guestsOutsideHa } = resolveStack(config);
  const entries = Object.entries(haGroups);
  const outside = guestsOutsideHa.guests.some(({ backup }) => backup);
  return {
    nameTable: Object.fromEntries(
      entries.map(([name]) => [parentName(name), haGroupUrn(stack, project, name, site)]),
    ),
    resources: [
      ...entries.flatMap(([name, args]) => groupResources(name, haGroupArgsSchema.parse(args))),
      ...(outside ? [made(types.backup, "outside-ha-backup", "outside-ha-backup")] : []),
    ],
  };
}

// Not the group's own name, which one of its resources has too.
const parentName = (group: string): string => `HaGroup ${group}`;

const made = (type: string, name: string, id: string, parent?: string): ImportedResource => ({
  type,
  name,
  id,
  ...(parent !== undefined && { parent }),
  version: provider.version,
});

function groupResources(
  name: string,
  facts: ReturnType<typeof haGroupArgsSchema.parse>,
): ImportedResource[] {
  const { pveVersion, groupId = name, ruleIds = {} } = facts;
  const child = (type: string, own: string, id: string) => made(type, own, id, parentName(name));
  const placed = Object.keys(facts.nodes).length > 0;
  const rules = pveVersion === 9 ? rulesOf(placementOf(name, facts)) : [];
  return [
    ...(pveVersion === 8 && placed ? [child(types.group, name, groupId)] : []),
    ...facts.guests.flatMap((guest) => [
      ...(facts.replication ? replicaJobs(facts, guest) : []).map(({ number }) =>
        child(
          types.replication,
          `${name}-${guest.name}-replica-${number}`,
          `${guest.vmid}-${number}`,
        ),
      ),
      child(types.resource, `${name}-${guest.name}-ha`, haId(guest)),
    ]),
    ...rules.map((rule) => {
      const id = rule.type === "node-affinity" ? nodeRuleId(groupId) : rule.name;
      return child(types.rule, rule.name, ruleIds[id] ?? id);
    }),
    ...(facts.guests.some(({ backup }) => backup)
      ? [child(types.backup, `${name}-backup`, `${name}-backup`)]
      : []),
  ];
}
