import { nodeRuleId } from "../../../model/placement/group-rules";
import { type ExportedState, inSiteOf, type StateResource } from "../recover/state";

const groupType = "proxmoxve:index/hagroup:Hagroup";
const resourceType = "proxmoxve:index/haresource:Haresource";
const ruleType = "proxmoxve:index/harule:Harule";
const componentType = "homelab:components:HaGroup";

/** What a resource in the state hangs on, beside what recovering needs of it. */
interface LinkedResource extends StateResource {
  parent?: string;
  provider?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[] | null>;
}

/** One HA group that Proxmox has turned into a rule, and both as the state has them. */
export interface GroupMove {
  group: LinkedResource;
  /** Id of the rule in the cluster. */
  ruleId: string;
  /** Under which the program registers the rule on version 9. */
  ruleUrn: string;
}

/** What has to change in a state after the upgrade of its cluster. */
export interface MigrationPlan {
  moves: GroupMove[];
  /** Groups that no `HaGroup` made: how their program writes the rule is not known. */
  strangers: StateResource[];
}

const resourcesOf = (state: ExportedState): LinkedResource[] => state.deployment.resources ?? [];

const groupId = ({ id, inputs }: StateResource): string => id ?? String(inputs?.group);

/**
 * The HA groups of a state, and the rules that stand in their place on version 9.
 *
 * @param site only those of this site. @default the stack has one cluster
 */
export function planMigration(state: ExportedState, site?: string): MigrationPlan {
  const isHere = inSiteOf(state, site);
  const groups = resourcesOf(state)
    .filter(({ type, urn }) => type === groupType && isHere(urn))
    .sort((one, other) => (one.urn < other.urn ? -1 : 1));
  const ours = (group: LinkedResource) => typeOf(group.parent ?? "").endsWith(componentType);
  return {
    moves: groups.filter(ours).map((group) => ({
      group,
      ruleId: nodeRuleId(groupId(group)),
      ruleUrn: group.urn.replace(`$${groupType}::`, `$${ruleType}::`),
    })),
    strangers: groups.filter((group) => !ours(group)),
  };
}

function typeOf(urn: string): string {
  return urn.split("::")[2] ?? "";
}

/**
 * The state with the rules in it as well, made up from the groups; a refresh then reads what the
 * cluster has, and drops those that it has not. Rules that are there already stay as they are.
 */
export function withRules(state: ExportedState, { moves }: MigrationPlan): ExportedState {
  const resources = resourcesOf(state);
  const known = new Set(resources.map(({ urn }) => urn));
  const claimed = moves.filter(({ ruleUrn }) => !known.has(ruleUrn)).map(claimedRule);
  return withResources(state, [...resources, ...claimed]);
}

function claimedRule({ group, ruleId, ruleUrn }: GroupMove): LinkedResource {
  const { nodes, restricted } = group.inputs ?? {};
  const inputs = {
    rule: ruleId,
    type: "node-affinity",
    resources: [],
    nodes,
    strict: restricted === true,
  };
  const { outputs: _, ...kept } = group;
  // With outputs, because a read without is taken for an import (see recover-state.ts).
  const claimed = { id: ruleId, urn: ruleUrn, type: ruleType, inputs };
  return { ...kept, ...claimed, outputs: { ...inputs, id: ruleId }, dependencies: [] };
}

/** URNs of the HA resources that may have lost a group. */
export function managedUrns(state: ExportedState): string[] {
  return live(state, resourceType).map(({ urn }) => urn);
}

/** HA ids of each rule that was taken in, by URN; none for a rule that the cluster has not. */
export function ruleMembers(state: ExportedState, urn: string): string[] | undefined {
  const rule = live(state, ruleType).find((resource) => resource.urn === urn);
  const resources = rule?.outputs?.resources;
  return rule && (Array.isArray(resources) ? resources.map(String) : []);
}

function live(state: ExportedState, type: string): LinkedResource[] {
  return resourcesOf(state).filter((resource) => resource.type === type && !resource.delete);
}

/** The state without the groups: nothing names one or hangs on one any more. */
export function withoutGroups(state: ExportedState, { moves }: MigrationPlan): ExportedState {
  const gone = new Set(moves.map(({ group }) => group.urn));
  const rules = new Set(moves.map(({ ruleUrn }) => ruleUrn));
  const managed = new Map(
    live(state, resourceType).map(({ id, urn, provider }) => [`${provider} ${id}`, urn]),
  );
  const resources = resourcesOf(state)
    .filter(({ urn }) => !gone.has(urn))
    .map((resource) => unlinked(resource, gone))
    .map((resource) =>
      rules.has(resource.urn)
        ? {
            ...resource,
            // A rule goes before its resources do, also if nothing is run in between.
            dependencies: (ruleMembers(state, resource.urn) ?? []).flatMap(
              (sid) => managed.get(`${resource.provider} ${sid}`) ?? [],
            ),
          }
        : resource,
    );
  return withResources(state, resources);
}

function unlinked(resource: LinkedResource, gone: ReadonlySet<string>): LinkedResource {
  const { dependencies, propertyDependencies } = resource;
  const left = (urns: string[]) => urns.filter((urn) => !gone.has(urn));
  const without = (props: Record<string, unknown> | undefined) => {
    const { group: _, ...others } = props ?? {};
    return props && others;
  };
  return {
    ...resource,
    ...(dependencies && { dependencies: left(dependencies) }),
    ...(propertyDependencies && {
      propertyDependencies: Object.fromEntries(
        Object.entries(propertyDependencies)
          .filter(([key]) => resource.type !== resourceType || key !== "group")
          .map(([key, urns]) => [key, urns && left(urns)]),
      ),
    }),
    ...(resource.type === resourceType && {
      inputs: without(resource.inputs) ?? {},
      outputs: without(resource.outputs) ?? {},
    }),
  };
}

function withResources(state: ExportedState, resources: StateResource[]): ExportedState {
  return { ...state, deployment: { ...state.deployment, resources } };
}
