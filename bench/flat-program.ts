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
  return async (): Promise<Record<string, unknown>> => {
    const made = new Map<string, pulumi.Resource>();
    for (const { urn, type, name, inputs, dependsOn } of managed) {
      const before = dependsOn.flatMap((dependency) => made.get(dependency) ?? []);
      made.set(urn, new Managed(type, name, inputs, { dependsOn: before }));
    }
    return {};
  };
}
