import type { Stack } from "@pulumi/pulumi/automation";
import type { SeenJobs } from "../../../components/guests/location";
import { askEach, providerOf } from "../../lib/ask-stack";
import { jobKind } from "../sync-state/jobs";
import { pendingId } from "./ids";
import { lookUpIds } from "./lookup";
import type { StateResource } from "./state";

/** Ids on the platform by URN, where they can be known. */
export async function findIds(
  stack: Stack,
  resources: readonly StateResource[],
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const resource of resources) {
    const found = pendingId(resource);
    if (found.kind === "id") ids.set(resource.urn, found.id);
  }
  const lookups = resources.filter((resource) => pendingId(resource).kind === "lookup");
  for (const [urn, id] of await lookUpIds(stack, lookups)) ids.set(urn, id);
  // Of a job that is not there the provider reports an error, so the cluster's lists are asked instead.
  const jobs = await jobsOf(stack, resources);
  for (const resource of resources) {
    const list = jobKind(resource.type)?.list;
    const id = ids.get(resource.urn);
    const known = list && jobs.get(providerOf(resource))?.[list];
    if (known && id !== undefined && !known.includes(id)) ids.delete(resource.urn);
  }
  return ids;
}

/** The jobs of every cluster of which some resources are, by its provider; asks nobody where none is a job. */
export async function jobsOf(
  stack: Stack,
  resources: readonly StateResource[],
): Promise<Map<string | undefined, SeenJobs>> {
  const ofJobs = resources.filter(({ type }) => jobKind(type) !== undefined);
  if (ofJobs.length === 0) return new Map();
  return askEach(stack, [...new Set(ofJobs.map(providerOf))], async (provider) => {
    const { seeJobs } = await import("../../../components/guests/location.js");
    return seeJobs(provider);
  });
}
