import { Job } from "@muhlba91/pulumi-proxmoxve/backup/job";
import { Haresource } from "@muhlba91/pulumi-proxmoxve/haresource";
import { Harule } from "@muhlba91/pulumi-proxmoxve/harule";
import { Replication } from "@muhlba91/pulumi-proxmoxve/replication";
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
import { ZeroTrustTunnelCloudflared } from "@pulumi/cloudflare/zeroTrustTunnelCloudflared";
import { ZeroTrustTunnelCloudflaredConfig } from "@pulumi/cloudflare/zeroTrustTunnelCloudflaredConfig";
import { Command } from "@pulumi/command/remote/command";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import type * as pulumi from "@pulumi/pulumi";
import type { RegisteredResource } from "../sim/registered";

/** The constructor of an SDK's resource, its arguments being what was recorded. */
type ResourceClass = new (
  name: string,
  args: never,
  opts: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;

/** What somebody who writes the same stack by hand would call. */
const classes = new Map<string, ResourceClass>(
  [
    Command,
    DnsRecord,
    Deployment,
    Haresource,
    Harule,
    Job,
    Namespace,
    PodDisruptionBudget,
    Replication,
    Secret,
    Service,
    ZeroTrustTunnelCloudflared,
    ZeroTrustTunnelCloudflaredConfig,
  ].map((made) => [(made as unknown as { __pulumiType: string }).__pulumiType, made]),
);

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
      const Class = classes.get(type);
      if (!Class) throw new Error(`the flat program has no class for ${type}`);
      made.set(urn, new Class(name, props as never, { dependsOn: before }));
    }
    return {};
  };
}
