import {
  type DeclaredGuest,
  type Place,
  placeOf,
  type SeenCluster,
} from "../../../model/placement/guest-location";
import type { ExportedState, StateResource } from "../recover/state";

const containerType = "proxmoxve:index/containerLegacy:ContainerLegacy";

/**
 * The state with every container on the node that runs it now, and a sentence for each that is not
 * where the state has it.
 *
 * @param isOf what is of that cluster. @default everything
 */
export function withFollowed(
  state: ExportedState,
  cluster: SeenCluster,
  isOf: (resource: StateResource) => boolean = () => true,
): { state: ExportedState; followed: string[]; left: string[] } {
  const followed: string[] = [];
  const left: string[] = [];
  const resources = (state.deployment.resources ?? []).map((resource) => {
    const guest = isOf(resource) ? containerOf(resource) : undefined;
    if (guest === undefined) return resource;
    const what = `${guest.vmid} ${resource.urn.split("::").at(-1)}`;
    const place = placeOf(guest, cluster);
    if (place.kind === "moved") {
      followed.push(`${what}: the state follows it from ${guest.node} to ${place.to}`);
      return onNode(resource, place.to);
    }
    const why = whyLeft(place, cluster);
    if (why !== undefined) left.push(`${what}: left as it is, for ${why}`);
    return resource;
  });
  return { state: { ...state, deployment: { ...state.deployment, resources } }, followed, left };
}

function whyLeft(
  place: Exclude<Place, { kind: "moved" }>,
  { silent }: SeenCluster,
): string | undefined {
  switch (place.kind) {
    case "home":
      return undefined;
    case "taken":
      return `its VMID belongs to another guest, "${place.by.name}" on ${place.by.node}`;
    case "hidden":
      return `no node that answers has it; silent: ${silent.join(", ")}`;
    case "gone":
      return "no node has it; `pulumi refresh` forgets it";
  }
}

/** A container of the state, with its node there as the declared one. */
function containerOf(resource: StateResource): DeclaredGuest | undefined {
  const { urn, type, inputs = {}, outputs = {} } = resource;
  if (type !== containerType || resource.delete || resource.pendingReplacement) return undefined;
  const initialization = (outputs.initialization ?? inputs.initialization) as
    | { hostname?: unknown }
    | undefined;
  return {
    name: String(initialization?.hostname ?? urn.split("::").at(-1)),
    vmid: Number(resource.id),
    type: "ct",
    node: String(outputs.nodeName ?? inputs.nodeName),
    created: true,
    underHa: false,
  };
}

function onNode(resource: StateResource, nodeName: string): StateResource {
  return {
    ...resource,
    inputs: { ...resource.inputs, nodeName },
    outputs: { ...resource.outputs, nodeName },
  };
}
