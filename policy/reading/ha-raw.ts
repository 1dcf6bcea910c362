import type { HaRule } from "../../model/placement/placement";
import type { GuestDisk } from "../../model/storage/storage";
import type { ObservedResource } from "../rule";
import {
  guestsOf,
  nodePriorities,
  type ObservedGuest,
  passthroughOf,
  sidOf,
  storagesOf,
} from "./guests";
import { field, flag, hasUnknown, number, text, texts } from "./resource";
import * as types from "./types";

/** A guest under HA that the stack declares, as far as the stack tells. */
export interface RawDisk {
  resource: ObservedResource;
  disk: GuestDisk;
  /** Whether replication may exist outside the stack, since the stack declares none at all. */
  replicationUnseen: boolean;
}

const isOneOf = (known: readonly string[], resource: ObservedResource) =>
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

/**
 * Guests that the stack both declares and puts under HA, one entry for each storage of theirs.
 * A storage of a kind that nothing here tells is taken for shared: an absent fact is no fault.
 *
 * @param judged HA ids that need no entry, because a component's facts say more
 */
export function haDisks(resources: ObservedResource[], judged: ReadonlySet<string>): RawDisk[] {
  const index = indexOf(resources);
  return resources
    .filter((resource) => isOneOf(types.haResources, resource))
    .flatMap((resource) => {
      const sid = text(resource.props, "resourceId");
      if (sid === undefined || judged.has(sid)) return [];
      const guest = index.guests.get(sid);
      const homeNode = guest?.node;
      if (!guest || homeNode === undefined) return [];
      const replicaNodes = index.replicas.get(guest.vmid) ?? [];
      const group = text(resource.props, "group");
      const strict =
        index.strictRules.get(sid) ?? (group === undefined ? undefined : index.groups.get(group));
      const storages = storagesOf(guest);
      return (storages.length > 0 ? storages : [""]).map((storage, at) => {
        const kind = storageKind(index.storages.get(storage), storage);
        const elsewhere = kind === "zfs" && replicaNodes.length > 0 ? replicaNodes : index.nodes;
        const away = elsewhere.filter((node) => node !== homeNode);
        const allowed = strict ?? [homeNode, ...(away.length > 0 ? away : ["another node"])];
        return {
          resource,
          replicationUnseen: index.replicas.size === 0,
          disk: {
            guest: guest.name,
            sid,
            storage,
            kind,
            homeNode,
            replicaNodes,
            allowedNodes: allowed,
            storageNodes: allowed,
            passthrough: at === 0 ? passthroughOf(guest) : [],
          },
        };
      });
    });
}

/** What the judgement of one guest needs of all resources, looked up once. */
interface Index {
  /** Declared guests by HA id. */
  guests: Map<string, ObservedGuest>;
  /** Targets of the replication jobs of a VMID. */
  replicas: Map<number | undefined, string[]>;
  /** Nodes that a strict rule limits a guest to, by HA id. */
  strictRules: Map<string, string[]>;
  /** Nodes that a restricted group limits its guests to, by the group's name. */
  groups: Map<string, string[]>;
  storages: Map<string, ObservedResource>;
  /** Every node that the stack speaks of. */
  nodes: string[];
}

function indexOf(resources: ObservedResource[]): Index {
  const strict = declaredRules(resources).filter(
    ({ rule }) => rule.type === "node-affinity" && rule.strict && rule.nodes,
  );
  const restricted = resources.filter(
    (resource) => isOneOf(types.haGroups, resource) && flag(resource.props, "restricted"),
  );
  const replicas = new Map<number | undefined, string[]>();
  for (const { type, props } of resources) {
    if (!types.replications.some((known) => known === type) || flag(props, "disable")) continue;
    const vmid = number(props, "guest") ?? number(text(props, "resourceId")?.split("-")[0]);
    const target = text(props, "target");
    replicas.set(vmid, [...(replicas.get(vmid) ?? []), ...(target === undefined ? [] : [target])]);
  }
  const named = resources.flatMap(({ props }) => [
    ...texts([text(props, "nodeName")]),
    ...Object.keys(nodePriorities(props) ?? {}),
  ]);
  return {
    guests: new Map(guestsOf(resources).flatMap((guest) => entry(sidOf(guest), guest))),
    replicas,
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
    storages: new Map(
      resources
        .filter((resource) => isOneOf(storageTypes, resource))
        .flatMap((resource) => entry(text(resource.props, "resourceId"), resource)),
    ),
    nodes: [...new Set(named)],
  };
}

const storageTypes = [...types.localStorages, ...types.zfsStorages, ...types.sharedStorages];

function entry<K, V>(key: K | undefined, value: V): [K, V][] {
  return key === undefined ? [] : [[key, value]];
}

/** Kind by the storage the stack declares, else by the names that the Proxmox installer gives. */
function storageKind(declared: ObservedResource | undefined, storage: string): GuestDisk["kind"] {
  if (declared && flag(declared.props, "shared")) return "shared";
  if (declared && isOneOf(types.localStorages, declared)) return "local";
  if (declared && isOneOf(types.zfsStorages, declared)) return "zfs";
  if (declared && isOneOf(types.sharedStorages, declared)) return "shared";
  if (storage === "local" || storage === "local-lvm") return "local";
  return storage === "local-zfs" ? "zfs" : "shared";
}
