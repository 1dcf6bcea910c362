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
  version: string;
}

const types = {
  group: "proxmoxve:index/hagroup:Hagroup",
  resource: "proxmoxve:index/haresource:Haresource",
  rule: "proxmoxve:index/harule:Harule",
  replication: "proxmoxve:index/replication:Replication",
  backup: "proxmoxve:backup/job:Job",
} as const;

/** URN of the component that the stack's `HaGroup`s are parts of; `*` stands for each of them. */
export function haGroupUrn(stack: string, project: string, name: string): string {
  return `urn:pulumi:${stack}::${project}::homelab:components:HaGroup::${name}`;
}

/**
 * Every resource that the program registers for a stack file of guests that exist, HA groups and
 * backup jobs, with its id in the cluster. An engine test holds it against the program.
 */
export function importFile(stack: string, project: string, config: StackConfig): ImportFile {
  const { haGroups, guestsOutsideHa } = resolveStack(config);
  const entries = Object.entries(haGroups);
  const outside = guestsOutsideHa.guests.some(({ backup }) => backup);
  return {
    nameTable: Object.fromEntries(
      entries.map(([name]) => [parentName(name), haGroupUrn(stack, project, name)]),
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
