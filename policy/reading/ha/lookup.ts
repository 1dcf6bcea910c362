import type { HaRule } from "../../../model/placement/ha-rules";
import type { ObservedResource } from "../../rule";
import { guestsOf, nodePriorities, type ObservedGuest, sidOf } from "../guests";
import { UNKNOWN } from "../plain";
import { field, flag, hasUnknown, number, text, texts } from "../resource";
import * as types from "../types";

export const isOneOf = (known: readonly string[], resource: ObservedResource) =>
  known.includes(resource.type);

/** The HA rules that a stack declares; one with an unknown part, or a disabled one, is left out. */
export function declaredRules(resources: ObservedResource[]): {
  resource: ObservedResource;
  rule: HaRule;
}[] {
  return resources.flatMap((resource) => {
    const { props } = resource;
    const kind = text(props, "type");
    if (!isOneOf(types.haRules, resource) || flag(props, "disable")) return [];
    if (kind !== "node-affinity" && kind !== "resource-affinity") return [];
    if (hasUnknown(field(props, "resources")) || hasUnknown(field(props, "nodes"))) return [];
    const affinity = text(props, "affinity");
    const nodes = nodePriorities(props);
    return [
      {
        resource,
        rule: {
          name: text(props, "rule") ?? resource.name,
          type: kind,
          resources: texts(props, "resources"),
          ...(kind === "node-affinity" && { nodes, strict: flag(props, "strict") ?? false }),
          ...((affinity === "positive" || affinity === "negative") && { affinity }),
        },
      },
    ];
  });
}

/** What the judgement of one guest needs of all resources, looked up once. */
export interface Index {
  /** Declared guests by HA id. */
  guests: Map<string, ObservedGuest>;
  /** Targets of the replication jobs of a VMID. */
  replicas: Map<number | undefined, string[]>;
  /** Whether a replication job's guest or target is not known yet. */
  openReplicas: boolean;
  /** Nodes that a strict rule limits a guest to, by HA id. */
  strictRules: Map<string, string[]>;
  /** Whether a rule's guests or nodes are not known yet. */
  openRules: boolean;
  /** Nodes that a restricted group limits its guests to, by the group's name. */
  groups: Map<string, string[]>;
  /** Names of all groups of the stack. */
  groupNames: Set<string>;
  storages: Map<string, ObservedResource>;
  /** Every node that the stack speaks of. */
  nodes: string[];
}

export function indexOf(resources: ObservedResource[]): Index {
  const strict = declaredRules(resources).filter(
    ({ rule }) => rule.type === "node-affinity" && rule.strict && rule.nodes,
  );
  const groups = resources.filter((resource) => isOneOf(types.haGroups, resource));
  const restricted = groups.filter(({ props }) => flag(props, "restricted"));
  const replicas = new Map<number | undefined, string[]>();
  let openReplicas = false;
  for (const resource of resources) {
    const { props } = resource;
    if (!isOneOf(types.replications, resource) || flag(props, "disable")) continue;
    const vmid = number(props, "guest") ?? number(text(props, "resourceId")?.split("-")[0]);
    const target = text(props, "target");
    if (vmid === undefined || field(props, "target") === UNKNOWN) openReplicas = true;
    replicas.set(vmid, [...(replicas.get(vmid) ?? []), ...(target === undefined ? [] : [target])]);
  }
  const named = resources.flatMap(({ props }) => [
    ...texts([text(props, "nodeName"), text(props, "target")]),
    ...Object.keys(nodePriorities(props) ?? {}),
  ]);
  return {
    guests: new Map(guestsOf(resources).flatMap((guest) => entry(sidOf(guest), guest))),
    replicas,
    openReplicas,
    openRules: resources.some(
      (resource) =>
        isOneOf(types.haRules, resource) &&
        flag(resource.props, "disable") !== true &&
        (hasUnknown(field(resource.props, "resources")) ||
          hasUnknown(field(resource.props, "nodes"))),
    ),
    strictRules: new Map(
      strict.flatMap(({ rule }) =>
        rule.resources.map((sid): [string, string[]] => [sid, Object.keys(rule.nodes ?? {})]),
      ),
    ),
    groups: new Map(
      restricted.flatMap(({ props }) =>
        entry(text(props, "group"), Object.keys(nodePriorities(props) ?? {})),
      ),
    ),
    groupNames: new Set(groups.flatMap(({ props }) => text(props, "group") ?? [])),
    storages: new Map(
      resources
        .filter((resource) => isOneOf(types.storages, resource))
        .flatMap((resource) => storageNames(resource).map((name) => [name, resource] as const)),
    ),
    nodes: [...new Set(named)],
  };
}

/** The id under the names that the provider's releases gave it. */
function storageNames({ props }: ObservedResource): string[] {
  return ["resourceId", "storageId", "name"].flatMap((key) => text(props, key) ?? []);
}

function entry<K, V>(key: K | undefined, value: V): [K, V][] {
  return key === undefined ? [] : [[key, value]];
}
