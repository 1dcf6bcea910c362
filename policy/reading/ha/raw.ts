import type { GuestDisk } from "../../../model/storage/storage";
import type { ObservedResource } from "../../rule";
import { disksOf, type ObservedGuest, passthroughOf } from "../guests";
import { flag, text } from "../resource";
import { siteViews } from "../site-views";
import type { StatedStorages } from "../stated-storages";
import * as types from "../types";
import { type Index, indexOf, isOneOf } from "./lookup";

/** A guest under HA that the stack declares, as far as the stack tells. */
export interface RawDisk {
  resource: ObservedResource;
  disk: GuestDisk;
  /** Whether replication may exist outside the stack, since the stack declares none at all. */
  replicationUnseen: boolean;
}

/** Guests under HA that a stack declares, judged or not. */
export interface HaGuests {
  disks: RawDisk[];
  /** Guests about which too little is known, with the reason. */
  unjudged: { resource: ObservedResource; why: string }[];
}

/** HA states in which Proxmox leaves a guest where it is. */
const leftAlone = new Set(["ignored", "disabled"]);

/**
 * Guests that the stack both declares and puts under HA, one entry for each storage of theirs. What
 * is only known after the update is never held against a guest: it is named instead.
 *
 * @param judged HA ids that need no entry, because a component's facts say more
 * @param stated kinds of storages that the stack does not declare
 */
export function haDisks(
  resources: ObservedResource[],
  judged: ReadonlySet<string>,
  stated: StatedStorages = {},
): HaGuests {
  const found: HaGuests = { disks: [], unjudged: [] };
  for (const site of siteViews(resources).views) {
    const index = indexOf(site);
    for (const resource of site) {
      if (!isOneOf(types.haResources, resource)) continue;
      const state = text(resource.props, "state");
      if (state !== undefined && leftAlone.has(state)) continue;
      const sid = text(resource.props, "resourceId");
      if (sid === undefined) {
        found.unjudged.push({ resource, why: "which guest it is, is known after the update" });
      } else if (!judged.has(sid)) {
        const { disks, unjudged } = disksOfGuest(index, resource, sid, stated);
        found.disks.push(...disks);
        found.unjudged.push(...unjudged.map((why) => ({ resource, why })));
      }
    }
  }
  return found;
}

function disksOfGuest(
  index: Index,
  resource: ObservedResource,
  sid: string,
  stated: StatedStorages,
): { disks: RawDisk[]; unjudged: string[] } {
  const guest =
    index.guests.get(sid) ?? index.guests.get(`vm:${sid}`) ?? index.guests.get(`ct:${sid}`);
  const homeNode = guest?.node;
  if (!guest || homeNode === undefined) return { disks: [], unjudged: [] };
  const replicaNodes = index.replicas.get(guest.vmid) ?? [];
  const group = text(resource.props, "group");
  const strict =
    index.strictRules.get(sid) ?? (group === undefined ? undefined : index.groups.get(group));
  const foreign = group !== undefined && group !== "" && !index.groupNames.has(group);
  const unsure =
    strict === undefined && index.openRules
      ? "an HA rule's guests or nodes are known after the update"
      : foreign
        ? `its HA group "${group}" is not of this stack`
        : undefined;
  const away = index.nodes.filter((node) => node !== homeNode);
  const allowed = strict ?? [homeNode, ...(away.length > 0 ? away : ["another node"])];
  const unjudged: string[] = [];
  const disks = observedDisks(guest).flatMap(({ storage, unreplicated }, at): RawDisk[] => {
    const kind = stated[storage] ?? storageKind(index.storages.get(storage), storage);
    if (storage !== "" && kind === undefined) {
      unjudged.push(`the kind of its storage ${storage} is not stated`);
    }
    const risky = kind === "local" || kind === "zfs";
    if (risky && unsure !== undefined) unjudged.push(unsure);
    if (kind === "zfs" && index.openReplicas) {
      unjudged.push("a replication job's guest or target is known after the update");
    }
    const judgeable = risky && unsure === undefined && !(kind === "zfs" && index.openReplicas);
    return [
      {
        resource,
        replicationUnseen: index.replicas.size === 0,
        disk: {
          guest: guest.name,
          sid,
          storage,
          // An absent fact is no fault.
          kind: judgeable ? kind : "shared",
          homeNode,
          replicaNodes: unreplicated ? [] : replicaNodes,
          allowedNodes: allowed,
          storageNodes: allowed,
          passthrough: at === 0 ? passthroughOf(guest) : [],
        },
      },
    ];
  });
  return { disks, unjudged: [...new Set(unjudged)] };
}

/** At least one entry, so that the devices of a guest without a disk are judged too. */
function observedDisks(guest: ObservedGuest): ReturnType<typeof disksOf> {
  const disks = disksOf(guest);
  return disks.length > 0 ? disks : [{ storage: "", unreplicated: false }];
}

/**
 * Kind by the storage the stack declares, else by the names that the Proxmox installer gives.
 *
 * @returns undefined where nothing tells
 */
function storageKind(
  declared: ObservedResource | undefined,
  storage: string,
): GuestDisk["kind"] | undefined {
  if (declared && flag(declared.props, "shared")) return "shared";
  if (declared && isOneOf(types.localStorages, declared)) return "local";
  if (declared && isOneOf(types.zfsStorages, declared)) return "zfs";
  if (declared && isOneOf(types.sharedStorages, declared)) return "shared";
  if (storage === "local" || storage === "local-lvm") return "local";
  return storage === "local-zfs" ? "zfs" : undefined;
}
