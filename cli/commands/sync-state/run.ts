import type { Stack } from "@pulumi/pulumi/automation";
import { askStack } from "../../lib/ask-stack";
import { type DryRun, exportState, importState, unlock } from "../../lib/stack-state";
import { withoutGoneJobs } from "./jobs";
import { withFollowed } from "./state";

/**
 * Writes into a stack's state on which node each of its containers runs now, and takes out the jobs
 * that somebody deleted. HA moves containers, and the provider looks for one on the node of the state
 * and nowhere else: a refresh would drop it and a change would fail. Of a job that is gone it reports
 * an error, at which every refresh stops. Nothing on the cluster is changed.
 *
 * @returns what was, or would be, done and what is left, in sentences; empty if the state is right already
 * @throws Failure if somebody holds the stack
 */
export async function syncState(stack: Stack, { dryRun = false }: DryRun = {}): Promise<string[]> {
  const done = await unlock(stack, { dryRun });
  const { cluster, jobs } = await askStack(stack, async () => {
    const { seeCluster, seeJobs } = await import("../../../components/guests/location.js");
    const [cluster, jobs] = await Promise.all([seeCluster(), seeJobs()]);
    return { cluster, jobs };
  });
  // Read last: the time in which somebody else may write another one is short.
  const { state: present, gone } = withoutGoneJobs(await exportState(stack), jobs);
  const { state, followed, left } = withFollowed(present, cluster);
  const written = [...gone, ...followed];
  if (written.length > 0 && !dryRun) await importState(stack, state);
  const changes = dryRun ? written.map((sentence) => `would do: ${sentence}`) : written;
  return [...done, ...changes, ...left];
}
