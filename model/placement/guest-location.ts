import { firstMoveNote, type GroupFacts } from "./first-placement";

/** A guest as its stack declares it. */
export interface DeclaredGuest {
  name: string;
  vmid: number;
  type: "ct" | "vm";
  /** Node on which it belongs when all is well. */
  node: string;
  /** Whether the stack created it. */
  created: boolean;
  /** Whether it is in an HA group. */
  underHa: boolean;
  /** What its HA group asks for. @default it is in none */
  group?: GroupFacts;
}

/** A guest as the cluster lists it. */
export interface SeenGuest {
  vmid: number;
  type: "ct" | "vm";
  name: string;
  node: string;
}

/** What the cluster answers when it is asked for all its guests. */
export interface SeenCluster {
  nodes: readonly string[];
  /** Nodes that do not answer; what they hold is in no list. */
  silent: readonly string[];
  guests: readonly SeenGuest[];
}

/** Where a declared guest is. */
export type Place =
  | { kind: "home" }
  | { kind: "moved"; to: string }
  /** Another guest has its VMID. */
  | { kind: "taken"; by: SeenGuest }
  /** No node that answers has it, but not every node answers. */
  | { kind: "hidden" }
  | { kind: "gone" };

/**
 * Finds a declared guest in the cluster. A guest that the stack did not create may have any name
 * there; one that it created is another one if its name differs.
 */
export function placeOf(guest: DeclaredGuest, cluster: SeenCluster): Place {
  const seen = cluster.guests.find(({ vmid }) => vmid === guest.vmid);
  if (seen === undefined) return { kind: cluster.silent.length > 0 ? "hidden" : "gone" };
  const renamed = guest.created && seen.name !== guest.name;
  if (seen.type !== guest.type || renamed) return { kind: "taken", by: seen };
  return seen.node === guest.node ? { kind: "home" } : { kind: "moved", to: seen.node };
}

/** Something that a reader of the plan should know about where a guest is. */
export interface Sighting {
  /** `warning`: somebody has to do something. */
  severity: "info" | "warning";
  message: string;
}

/**
 * What to tell about a guest: nothing when it is at home.
 *
 * @param managed guests that HA manages now, e.g. `ct:110`; absent if nobody knows, and then those
 * that are declared under HA count
 * @param recordedNode node on which the stack's state has it; absent if it is not in the state, or nobody knows
 * @param follow command that corrects the state
 */
export function sightingOf(
  guest: DeclaredGuest,
  cluster: SeenCluster,
  recordedNode: string | undefined,
  follow: string,
  managed?: ReadonlySet<string>,
): Sighting | undefined {
  const underHa = managed?.has(`${guest.type}:${guest.vmid}`) ?? guest.underHa;
  const place = placeOf(guest, cluster);
  const what = `${guest.vmid} ${guest.name}`;
  switch (place.kind) {
    case "home":
    case "moved": {
      const now = place.kind === "moved" ? place.to : guest.node;
      const stale = recordedNode !== undefined && recordedNode !== now;
      if (place.kind === "home" && !stale) return undefined;
      const newcomer = place.kind === "moved" && guest.underHa && !underHa;
      if (newcomer && !stale && guest.group && cluster.nodes.includes(guest.node)) {
        return { severity: "warning", message: firstMoveNote(guest, place.to, guest.group) };
      }
      const declared = place.kind === "moved" ? movement(guest, underHa, cluster) : "as declared";
      // The provider looks for a machine in the whole cluster, for a container on one node.
      const run =
        guest.type === "vm"
          ? "run `pulumi refresh` before changing it"
          : `run \`${follow}\` before you refresh or change it`;
      const todo = `; the state still has it on ${recordedNode}: ${run}`;
      return {
        severity: stale ? "warning" : "info",
        message: `${what}: runs on ${now}, ${declared}${stale ? todo : ""}`,
      };
    }
    case "taken":
      return {
        severity: "warning",
        message: `${what}: its VMID belongs to ${label(place.by)} on ${place.by.node}; give ${guest.name} another vmid, or rename that guest if it is the same one`,
      };
    case "hidden":
      return {
        severity: "warning",
        message: `${what}: on no node that answers; ${list(cluster.silent)} ${cluster.silent.length === 1 ? "does" : "do"} not`,
      };
    case "gone": {
      // It is yet to be created.
      if (guest.created && recordedNode === undefined) return undefined;
      const todo = guest.created
        ? "after `pulumi refresh` the next up creates it again"
        : "restore it, or take it out of the stack file";
      return {
        severity: "warning",
        message: `${what}: no node has it; it was deleted, or the API token may not see it (VM.Audit); ${todo}`,
      };
    }
  }
}

/** Where it should be, and who took it elsewhere. */
function movement(guest: DeclaredGuest, underHa: boolean, cluster: SeenCluster): string {
  if (!cluster.nodes.includes(guest.node)) {
    return `declared on ${guest.node}, which is not a node of the cluster; if the node was renamed, rename it in the stack file`;
  }
  return `declared on ${guest.node}, moved by ${underHa ? "HA" : "hand (it is not under HA)"}`;
}

/**
 * Where the container is that the state has lost, so that it can be taken back instead of being
 * created a second time.
 */
export function lostContainer(
  guest: DeclaredGuest,
  cluster: SeenCluster,
  recordedNode: string | undefined,
): string | undefined {
  if (!guest.created || recordedNode !== undefined) return undefined;
  const place = placeOf(guest, cluster);
  if (place.kind === "home") return guest.node;
  return place.kind === "moved" ? place.to : undefined;
}

/**
 * Why a VMID must not be created, or nothing if it is free.
 *
 * @param haIds guests that HA manages, e.g. `ct:110`; they exist even if no node that answers has them
 */
export function refusalToCreate(
  guest: Pick<DeclaredGuest, "name" | "vmid"> & Partial<Pick<DeclaredGuest, "type">>,
  cluster: SeenCluster,
  haIds: readonly string[],
  follow: string,
): string | undefined {
  const { name, vmid, type = "ct" } = guest;
  const what = `${type === "ct" ? "container" : "virtual machine"} ${vmid} (${name})`;
  const seen = cluster.guests.find((other) => other.vmid === vmid);
  if (seen !== undefined && (seen.type !== type || seen.name !== name)) {
    return `${what} cannot be created: its VMID belongs to ${label(seen)} on ${seen.node}; give ${name} another vmid`;
  }
  if (seen !== undefined && type === "vm") {
    return `${what} exists on ${seen.node}, but is not in the state; run \`pulumi refresh\`, then repeat: it is taken back from there`;
  }
  if (seen !== undefined) {
    return `${what} exists on ${seen.node}, and the refresh of this run looked for it elsewhere; run \`${follow}\`, then repeat`;
  }
  const id = haIds.find((haId) => haId.endsWith(`:${vmid}`));
  if (id === undefined || cluster.silent.length === 0) return undefined;
  return `${what} exists, for HA manages ${id}, but no node that answers has it; wait for ${list(cluster.silent)}, or until HA has started it elsewhere`;
}

/**
 * Why a container must not be changed where the state has it, or nothing if it is there. One that is
 * on no node that answers is left to the provider.
 *
 * @param recordedNode node on which the state has it
 */
export function refusalToChange(
  guest: Pick<DeclaredGuest, "name" | "vmid">,
  recordedNode: string,
  cluster: SeenCluster,
  follow: string,
): string | undefined {
  const { name, vmid } = guest;
  const what = `container ${vmid} (${name})`;
  const seen = cluster.guests.find((other) => other.vmid === vmid);
  if (seen === undefined) return undefined;
  if (seen.type !== "ct" || seen.name !== name) {
    return `${what} was not changed: its VMID belongs to ${label(seen)} on ${seen.node} now; give ${name} another vmid, or rename that guest if it is the same one`;
  }
  if (seen.node === recordedNode) return undefined;
  return `${what} runs on ${seen.node}, and the state still has it on ${recordedNode}; run \`${follow}\`, then repeat: the change is made where it runs`;
}

function label({ type, name }: SeenGuest): string {
  return `${type === "ct" ? "CT" : "VM"} "${name}"`;
}

function list(nodes: readonly string[]): string {
  return [...nodes].sort().join(", ");
}
