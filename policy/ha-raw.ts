import type { HaRule } from "../model/placement";
import type { GuestDisk } from "../model/storage";
import {
  guestsOf,
  nodePriorities,
  type ObservedGuest,
  passthroughOf,
  sidOf,
  storagesOf,
} from "./guests";
import { field, flag, hasUnknown, number, text, texts } from "./resource";
import type { ObservedResource } from "./rule";
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
 */
export function haDisks(resources: ObservedResource[]): RawDisk[] {
  const guests = new Map(guestsOf(resources).flatMap((guest) => entry(sidOf(guest), guest)));
  const nodes = knownNodes(resources);
  return resources
    .filter((resource) => isOneOf(types.haResources, resource))
    .flatMap((resource) => {
      const sid = text(resource.props, "resourceId");
      const guest = sid === undefined ? undefined : guests.get(sid);
      const homeNode = guest?.node;
      if (sid === undefined || !guest || homeNode === undefined) return [];
      const replicaNodes = replicasOf(resources, guest);
      const strict = strictNodes(resources, sid, text(resource.props, "group"));
      const storages = storagesOf(guest);
      return (storages.length > 0 ? storages : [""]).map((storage, index) => {
        const kind = storageKind(resources, storage);
        const elsewhere = kind === "zfs" && replicaNodes.length > 0 ? replicaNodes : nodes;
        const away = strict ?? elsewhere.filter((node) => node !== homeNode);
        const allowed = strict ?? [homeNode, ...(away.length > 0 ? away : ["another node"])];
        return {
          resource,
          replicationUnseen: !resources.some((other) => isOneOf(types.replications, other)),
          disk: {
            guest: guest.name,
            sid,
            storage,
            kind,
            homeNode,
            replicaNodes,
            allowedNodes: allowed,
            storageNodes: allowed,
            passthrough: index === 0 ? passthroughOf(guest) : [],
          },
        };
      });
    });
}

function entry<K, V>(key: K | undefined, value: V): [K, V][] {
  return key === undefined ? [] : [[key, value]];
}

function replicasOf(resources: ObservedResource[], guest: ObservedGuest): string[] {
  return resources
    .filter((resource) => isOneOf(types.replications, resource))
    .filter(({ props }) => {
      const id = number(props, "guest") ?? Number(text(props, "resourceId")?.split("-")[0]);
      return id === guest.vmid && !flag(props, "disable");
    })
    .flatMap(({ props }) => text(props, "target") ?? []);
}

/** Nodes that a strict rule or a restricted group limits a guest to; none when nothing does. */
function strictNodes(
  resources: ObservedResource[],
  sid: string,
  group: string | undefined,
): string[] | undefined {
  const rule = declaredRules(resources).find(
    ({ rule }) => rule.type === "node-affinity" && rule.strict && rule.resources.includes(sid),
  )?.rule;
  if (rule?.nodes) return Object.keys(rule.nodes);
  const restricted = resources.find(
    (resource) =>
      isOneOf(types.haGroups, resource) &&
      group !== undefined &&
      text(resource.props, "group") === group &&
      flag(resource.props, "restricted"),
  );
  const nodes = restricted && nodePriorities(restricted.props);
  return nodes && Object.keys(nodes);
}

/** Every node that the stack speaks of. */
function knownNodes(resources: ObservedResource[]): string[] {
  const named = resources.flatMap((resource) => [
    ...(text(resource.props, "nodeName") ?? "").split("\n").filter(Boolean),
    ...Object.keys(nodePriorities(resource.props) ?? {}),
  ]);
  return [...new Set(named)];
}

/** Kind by the storage the stack declares, else by the names that the Proxmox installer gives. */
function storageKind(resources: ObservedResource[], storage: string): GuestDisk["kind"] {
  const declared = resources.find((resource) => text(resource.props, "resourceId") === storage);
  if (declared && flag(declared.props, "shared")) return "shared";
  if (declared && isOneOf(types.localStorages, declared)) return "local";
  if (declared && isOneOf(types.zfsStorages, declared)) return "zfs";
  if (declared && isOneOf(types.sharedStorages, declared)) return "shared";
  if (storage === "local" || storage === "local-lvm") return "local";
  return storage === "local-zfs" ? "zfs" : "shared";
}
