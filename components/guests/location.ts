import { getJobs } from "@muhlba91/pulumi-proxmoxve/backup/getJobs";
import { getContainersLegacy } from "@muhlba91/pulumi-proxmoxve/getContainersLegacy";
import { getHaresources } from "@muhlba91/pulumi-proxmoxve/getHaresources";
import { getNodesLegacy } from "@muhlba91/pulumi-proxmoxve/getNodesLegacy";
import { getReplications } from "@muhlba91/pulumi-proxmoxve/getReplications";
import { getVmsLegacy } from "@muhlba91/pulumi-proxmoxve/getVmsLegacy";
import * as pulumi from "@pulumi/pulumi";
import {
  type DeclaredGuest,
  lostContainer,
  placeOf,
  refusalToChange,
  refusalToCreate,
  type SeenCluster,
  sightingOf,
} from "../../model/placement/guest-location";
import { errorText } from "../../model/text";
import { inSite } from "../shared/site-names";

/** The site whose cluster is asked, through its own provider. @default the stack has one cluster */
type Parent = pulumi.Resource | undefined;

const asked = (parent: Parent): pulumi.InvokeOptions => {
  if (parent === undefined) return {};
  return parent instanceof pulumi.ProviderResource ? { provider: parent } : { parent };
};

const guestTypes = [
  "proxmoxve:index/containerLegacy:ContainerLegacy",
  "proxmoxve:index/vmLegacy:VmLegacy",
];

/** Asks the cluster where its guests are, with the credentials of the stack's own provider. */
export async function seeCluster(parent?: Parent): Promise<SeenCluster> {
  const [nodes, { containers }, { vms }] = await Promise.all([
    getNodesLegacy(asked(parent)),
    getContainersLegacy({}, asked(parent)),
    getVmsLegacy({}, asked(parent)),
  ]);
  const seen =
    (type: "ct" | "vm") => (guest: { vmId: number; name: string; nodeName: string }) => ({
      vmid: guest.vmId,
      type,
      name: guest.name,
      node: guest.nodeName,
    });
  return {
    nodes: nodes.names,
    silent: nodes.names.filter((_, index) => nodes.onlines[index] === false),
    guests: [...containers.map(seen("ct")), ...vms.map(seen("vm"))],
  };
}

/** Ids of the jobs that the cluster has. */
export interface SeenJobs {
  replication: readonly string[];
  backup: readonly string[];
}

/**
 * Asks the cluster for its jobs by list: of one that is gone the provider cannot be asked, for it takes
 * Proxmox's answer for a failure.
 */
export async function seeJobs(parent?: Parent): Promise<SeenJobs> {
  const [{ replications }, { jobs }] = await Promise.all([
    getReplications(asked(parent)),
    getJobs(asked(parent)),
  ]);
  return {
    replication: replications.map(({ id }) => id),
    backup: jobs.map(({ id }) => id),
  };
}

/** Where the guests of a stack were found. */
export interface FoundGuests {
  /** Node by name of each container of the stack that exists but is not in the state any more. */
  lost: Map<string, string>;
  /** Node by name on which each guest runs. */
  runsOn: Record<string, string>;
  /** Whether the cluster has HA resources; `true` where nobody knows. */
  haInUse: boolean;
}

/**
 * Says for every guest that is not where the stack declares it where it is now.
 *
 * @param parent the site. @default the stack has one cluster
 */
export async function lookForGuests(
  guests: readonly DeclaredGuest[],
  parent?: Parent,
): Promise<FoundGuests> {
  const found: FoundGuests = { lost: new Map(), runsOn: {}, haInUse: true };
  if (guests.length === 0) return found;
  let cluster: SeenCluster;
  try {
    cluster = await seeCluster(parent);
  } catch (error) {
    // A plan that touches no guest must not fail because of a note on where they are.
    void pulumi.log.warn(`could not read where the cluster's guests are: ${reason(error)}`);
    return found;
  }
  const recorded = await recordedNodes(guests);
  const managed = await managedByHa(guests, parent);
  found.haInUse = managed?.size !== 0;
  for (const guest of guests) {
    const node = recorded?.get(inSite(guest.name, parent));
    const sighting = sightingOf(guest, cluster, node, followCommand(), managed);
    if (sighting?.severity === "warning") void pulumi.log.warn(sighting.message);
    if (sighting?.severity === "info") void pulumi.log.info(sighting.message);
    const back = recorded && lostContainer(guest, cluster, node);
    if (back !== undefined) found.lost.set(guest.name, back);
    const place = placeOf(guest, cluster);
    if (place.kind === "home") found.runsOn[guest.name] = guest.node;
    if (place.kind === "moved") found.runsOn[guest.name] = place.to;
  }
  return found;
}

/**
 * The guests that HA manages now.
 *
 * @returns undefined if the token may not see them, or nothing depends on it
 */
async function managedByHa(
  guests: readonly DeclaredGuest[],
  parent: Parent,
): Promise<Set<string> | undefined> {
  if (!guests.some((guest) => guest.underHa)) return undefined;
  try {
    return new Set(await haIds(parent));
  } catch (error) {
    void pulumi.log.warn(`could not read which guests HA manages: ${reason(error)}`);
    return undefined;
  }
}

/**
 * Ids of all HA resources. Each kind is asked for by name: asked for all, the provider lists virtual
 * machines only, because it writes the kind that it was not given as `vm` (bpg, ha/resources/resources.go).
 */
async function haIds(parent: Parent): Promise<string[]> {
  const lists = await Promise.all(
    ["ct", "vm"].map((type) => getHaresources({ type }, asked(parent))),
  );
  return lists.flatMap(({ resourceIds }) => resourceIds);
}

/**
 * The node on which the stack's state has each container, by name. The program cannot see the state
 * that the engine works on; this is the last one that was written, which lacks a refresh of the same
 * run.
 *
 * @returns undefined if it cannot be read, or nothing depends on it
 */
async function recordedNodes(
  guests: readonly DeclaredGuest[],
): Promise<Map<string, string> | undefined> {
  // The SDK's mock monitor has no state; and a large state takes time to read.
  if (!hasEngine() || !guests.some((guest) => guest.created)) return undefined;
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  try {
    const { outputs } = await pulumi.runtime.invoke(
      "pulumi:pulumi:readStackResourceOutputs",
      { stackName },
      { async: true },
    );
    return nodesIn(outputs);
  } catch (error) {
    void pulumi.log.warn(`could not compare the state of ${stackName}: ${reason(error)}`);
    return undefined;
  }
}

function nodesIn(outputs: Record<string, { type: string; outputs: { nodeName?: string } }>) {
  const guests = Object.entries(outputs).filter(([, { type }]) => guestTypes.includes(type));
  return new Map(
    guests.flatMap(([urn, resource]): [string, string][] => {
      const { nodeName } = resource.outputs;
      return nodeName === undefined ? [] : [[urn.split("::").at(-1) ?? "", nodeName]];
    }),
  );
}

/** Whether an engine runs the program; the SDK's mock monitor knows no hooks and no state. */
export function hasEngine(): boolean {
  return pulumi.runtime.getMonitor()?.registerResourceHook !== undefined;
}

/**
 * Throws if the cluster has a guest of that VMID: the last guard before a creation, for a container
 * that a refresh of the same run has dropped from the state (bpg issue 1665).
 */
export async function refuseExisting(
  name: string,
  vmid: number,
  type: "ct" | "vm" = "ct",
  parent?: Parent,
): Promise<void> {
  const cluster = await seeCluster(parent);
  const managed = cluster.silent.length > 0 ? await haIds(parent) : [];
  const refusal = refusalToCreate({ name, vmid, type }, cluster, managed, followCommand());
  if (refusal !== undefined) throw new Error(refusal);
}

/**
 * Throws if the state's place of a container has no such container: the provider would fail there
 * with "Configuration file ... does not exist", or change another container that has its VMID now.
 */
export async function refuseElsewhere(
  name: string,
  vmid: number,
  recorded: string,
  parent?: Parent,
): Promise<void> {
  const cluster = await seeCluster(parent);
  const refusal = refusalToChange({ name, vmid }, recorded, cluster, followCommand());
  if (refusal !== undefined) throw new Error(refusal);
}

function followCommand(): string {
  return `homelab sync-state --stack ${pulumi.getStack()}`;
}

/** The first lines that say something: a list of one error has it in its second line. */
export function reason(error: unknown): string {
  const lines = errorText(error).split("\n");
  const said = lines.map((line) => line.replace(/^\s*\*?\s*/, "").trim()).filter(Boolean);
  const [first = "", second] = said;
  return /errors? occurred:$/.test(first) && second !== undefined ? `${first} ${second}` : first;
}
