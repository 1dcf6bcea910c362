import { z } from "zod";
import type { PendingResource } from "./ids";

// Loose everywhere: what is not read here has to be written back as it was.
const resourceSchema = z.looseObject({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  parent: z.string().optional(),
  provider: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
  delete: z.boolean().optional(),
  pendingReplacement: z.boolean().optional(),
});

/** What `pulumi stack export` writes, as far as it is read here. */
export const stateSchema: z.ZodType<ExportedState> = z.looseObject({
  version: z.number(),
  deployment: z.looseObject({
    resources: z.array(resourceSchema).optional(),
    pending_operations: z
      .array(z.looseObject({ type: z.string(), resource: resourceSchema }))
      .optional(),
  }),
});

/** A resource as `pulumi stack export` writes it. */
export interface StateResource extends PendingResource {
  id?: string;
  /** Whether a provider looks after it. */
  custom?: boolean;
  /** URN of the parent. */
  parent?: string | undefined;
  /** URN and id of the provider. */
  provider?: string | undefined;
  outputs?: Record<string, unknown>;
  /** URNs of what it depends on, in all and by property. */
  dependencies?: string[];
  propertyDependencies?: Record<string, string[] | null>;
  /** URNs of what it is replaced together with. */
  replaceWith?: string[];
  /** Whether it was replaced and still has to be deleted. */
  delete?: boolean;
  /** Whether it was deleted already, ahead of its replacement. */
  pendingReplacement?: boolean;
}

/** What `pulumi stack export` writes; only the parts that are read here. */
export interface ExportedState {
  version: number;
  deployment: {
    resources?: StateResource[];
    pending_operations?: { type: string; resource: StateResource }[];
  };
}

/**
 * The state with its pending creations that have an id as resources. They stay pending as well, until it
 * is known which of them exist (`withoutPending`): whoever is killed before may not claim what is not there.
 *
 * @param ids ids on the platform by URN; the resource may or may not exist there
 */
export function withAdopted(state: ExportedState, ids: ReadonlyMap<string, string>): ExportedState {
  const operations = state.deployment.pending_operations ?? [];
  const resources = state.deployment.resources ?? [];
  const adopted = operations.flatMap(({ type, resource }) => {
    const id = type === "creating" ? ids.get(resource.urn) : undefined;
    // What is there under the same id is the old resource still, or one whose existence a killed
    // recovery did not come to ask for.
    const old = resources.some((other) => other.urn === resource.urn && isSame(other, id));
    return id === undefined || old ? [] : [withId(resource, id)];
  });
  const urns = new Set(adopted.map(({ urn }) => urn));
  const kept = resources.filter((old) => !(urns.has(old.urn) && old.pendingReplacement));
  return withResources(state, [
    // Replaced, as the engine would have marked it after the creation.
    ...kept.map((old) => (urns.has(old.urn) ? { ...old, delete: true } : old)),
    ...adopted,
  ]);
}

/** The state with other resources. */
export function withResources(state: ExportedState, resources: StateResource[]): ExportedState {
  return { ...state, deployment: { ...state.deployment, resources } };
}

/**
 * The state without its pending creations: what does not exist is created by the next `up`.
 *
 * @param unsolved URNs of resources that stay pending, for nobody knows what became of them
 */
export function withoutPending(
  state: ExportedState,
  unsolved: readonly string[] = [],
): ExportedState {
  const operations = state.deployment.pending_operations ?? [];
  const pending = operations.filter(
    ({ type, resource }) => type !== "creating" || unsolved.includes(resource.urn),
  );
  return { ...state, deployment: { ...state.deployment, pending_operations: pending } };
}

function isSame(old: StateResource, id: string | undefined): boolean {
  return id !== undefined && old.id === id && !old.delete && !old.pendingReplacement;
}

/**
 * As if it had been created. Without outputs a Terraform provider takes a read for an import, and
 * an import of what does not exist is an error there instead of the answer "gone"
 * (pulumi-terraform-bridge, pkg/pf/tfbridge/provider_read.go). The Kubernetes provider answers
 * properly, and would take these outputs for a live object.
 */
function withId(resource: StateResource, id: string): StateResource {
  if (resource.type.startsWith("kubernetes:")) return { ...resource, id };
  return { ...resource, id, outputs: { ...resource.inputs, id } };
}

/**
 * Whether a resource is in a site, by its URN: the component of the site is above it.
 *
 * @param site its name. @default the stack has one cluster, and everything is in it
 */
export function inSiteOf(
  { deployment }: ExportedState,
  site: string | undefined,
): (urn: string | undefined) => boolean {
  const parents = new Map((deployment.resources ?? []).map(({ urn, parent }) => [urn, parent]));
  const isHere = (urn: string | undefined): boolean =>
    site === undefined ||
    (urn !== undefined &&
      (urn.endsWith(`::homelab:components:Site::${site}`) || isHere(parents.get(urn))));
  return isHere;
}
