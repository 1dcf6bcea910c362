import { pendingId } from "./ids";
import type { PlannedStep } from "./plan";
import type { ExportedState, StateResource } from "./state";

/** How the engine writes a value that it does not know before something else is there. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** What the engine tells of a secret. */
const HIDDEN = "[secret]";

const creations: readonly string[] = ["create", "create-replacement"];
const deletions: readonly string[] = ["delete", "delete-replaced"];

/**
 * Kinds that look after themselves: a script may run twice, providers are nowhere but in the state, and
 * of guests the program asks the cluster.
 */
const apart = /^(command|pulumi):|[:/](containerLegacy:ContainerLegacy|vmLegacy:VmLegacy)$/;

/**
 * What the next update would create, and what may yet exist: when the answer to a creation is lost, the
 * engine takes it for one that failed and forgets it. Without what cannot have been created, for it
 * needs something that is not there.
 */
export function maybeCreated(
  steps: readonly PlannedStep[],
  { deployment }: ExportedState,
): StateResource[] {
  const resources = deployment.resources ?? [];
  const there = new Set(resources.map(({ urn }) => urn));
  const providers = new Set(resources.map(({ urn, id }) => `${urn}::${id}`));
  return steps
    .filter(({ operation }) => creations.includes(operation))
    .map(({ resource }) => resource)
    .filter(
      ({ type, parent, provider }) =>
        !apart.test(type) &&
        (parent === undefined || there.has(parent)) &&
        provider !== undefined &&
        providers.has(provider),
    )
    .filter(
      (resource) =>
        !JSON.stringify(resource.inputs).includes(UNKNOWN) &&
        ["id", "lookup"].includes(pendingId(resource).kind),
    );
}

/** What the next update would delete, and what may be gone: the answer to a deletion can be lost too. */
export function maybeDeleted(steps: readonly PlannedStep[]): StateResource[] {
  return steps
    .filter(
      ({ operation, resource }) => deletions.includes(operation) && !apart.test(resource.type),
    )
    .map(({ resource }) => resource);
}

/**
 * The settings in which something that exists differs from what the next update would have created;
 * none: it is what was created. Of a secret nobody can tell.
 */
export function differing({ operation, resource, changed }: PlannedStep): string[] {
  if (operation === "same") return [];
  const inputs = resource.inputs ?? {};
  return changed.filter((key) => !JSON.stringify(inputs[key] ?? "").includes(HIDDEN));
}
