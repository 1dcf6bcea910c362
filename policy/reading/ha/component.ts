import { allowedNodes, type PlacementGroup } from "../../../model/placement/group-rules";
import { type GuestDisk, replicationTargets } from "../../../model/storage/storage";
import type { ObservedResource } from "../../rule";
import { nodePriorities } from "../guests";
import { field, flag, list, number, text, texts } from "../resource";
import { haGroupComponent } from "../types";

/** What an HaGroup component says, in the words of the model. */
export interface HaGroupFacts {
  pveVersion: 8 | 9;
  clusterNodes: string[];
  group: PlacementGroup;
  disks: GuestDisk[];
}

/** The facts of an HaGroup; none of another resource, or while a fact is not known. */
export function haGroupFacts(resource: ObservedResource): HaGroupFacts | undefined {
  if (resource.type !== haGroupComponent) return undefined;
  const { props } = resource;
  const guests = list(props, "guests").flatMap(guestOf);
  if (guests.length < list(props, "guests").length) return undefined;
  const sidOf = new Map(guests.map((guest) => [guest.name, guest.sid]));
  const sets = (key: string) =>
    list(props, key).map((set) => texts(set).map((guest) => sidOf.get(guest) ?? guest));
  const group: PlacementGroup = {
    name: resource.name,
    resources: guests.map((guest) => guest.sid),
    nodes: nodePriorities(props) ?? {},
    strict: flag(props, "strict") ?? false,
    failback: flag(props, "failback") ?? false,
    keepApart: sets("keepApart"),
    keepTogether: sets("keepTogether"),
  };
  const clusterNodes = texts(props, "clusterNodes");
  const replicated = field(props, "replication") !== undefined;
  return {
    pveVersion: number(props, "pveVersion") === 8 ? 8 : 9,
    clusterNodes,
    group,
    disks: guests.map(({ name, sid, ...guest }) => {
      const disk = { ...guest, guest: name, sid, allowedNodes: allowedNodes(group, clusterNodes) };
      return { ...disk, replicaNodes: replicated ? replicationTargets(disk) : [] };
    }),
  };
}

type Guest = Omit<GuestDisk, "guest" | "allowedNodes" | "replicaNodes"> & { name: string };

function guestOf(guest: unknown): Guest[] {
  const name = text(guest, "name");
  const vmid = number(guest, "vmid");
  const homeNode = text(guest, "node");
  const storage = text(guest, "storage", "name");
  const kind = storageKind(text(guest, "storage", "kind"));
  if (!name || vmid === undefined || !homeNode || !storage || !kind) return [];
  const pinned = text(guest, "pinned");
  return [
    {
      name,
      sid: `${text(guest, "type") ?? "ct"}:${vmid}`,
      homeNode,
      storage,
      kind,
      storageNodes: texts(guest, "storage", "nodes"),
      passthrough: list(guest, "passthrough").map(
        (device) => `${text(device, "kind") ?? "device"} ${text(device, "device") ?? ""}`,
      ),
      ...(pinned !== undefined && { pinned }),
    },
  ];
}

function storageKind(kind: string | undefined): GuestDisk["kind"] | undefined {
  return (["ceph", "shared", "zfs", "local"] as const).find((known) => known === kind);
}
