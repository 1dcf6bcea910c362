import * as pulumi from "@pulumi/pulumi";
import type { RegisteredResource } from "../sim/registered";

/** The SDK's base class is abstract; each resource type of a package is such a class. */
class Managed extends pulumi.CustomResource {}

/**
 * A program that registers the same resources with the same inputs and dependencies, one call each:
 * no configuration, no components, no judgement.
 */
export function flatProgram(resources: readonly RegisteredResource[]) {
  const managed = resources.filter((resource) => resource.custom);
  // A tunnel's configuration has the tunnel's id: the first resource with an id owns it.
  const owners = new Map(managed.toReversed().map(({ id, urn }) => [id, urn]));
  return async (): Promise<Record<string, unknown>> => {
    const made = new Map<string, pulumi.CustomResource>();
    // Ids such as a tunnel's are new in each run.
    const current = (value: unknown) =>
      (typeof value === "string" && made.get(owners.get(value) ?? "")?.id) || value;
    for (const { urn, type, name, inputs, dependsOn } of managed) {
      const before = dependsOn.flatMap((dependency) => made.get(dependency) ?? []);
      const props = Object.fromEntries(
        Object.entries(inputs).map(([key, value]) => [key, current(value)]),
      );
      made.set(urn, new Managed(type, name, props, { dependsOn: before }));
    }
    return {};
  };
}
