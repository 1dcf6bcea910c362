import type { Stack } from "@pulumi/pulumi/automation";
import { askEach, providerOf } from "../../lib/ask-stack";
import { type DryRun, exportState, importState, unlock } from "../../lib/stack-state";
import type { ExportedState, StateResource } from "../recover/state";
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
  const seen = await askEach(stack, providersIn(await exportState(stack)), async (provider) => {
    const { seeCluster, seeJobs } = await import("../../../components/guests/location.js");
    const [cluster, jobs] = await Promise.all([seeCluster(provider), seeJobs(provider)]);
    return { cluster, jobs };
  });
  // Read last: the time in which somebody else may write another one is short.
  let state = await exportState(stack);
  const written: string[] = [];
  const left: string[] = [];
  for (const [provider, { cluster, jobs }] of seen) {
    const isOf = (resource: StateResource) => providerOf(resource) === provider;
    const without = withoutGoneJobs(state, jobs, isOf);
    const found = withFollowed(without.state, cluster, isOf);
    state = found.state;
    written.push(...without.gone, ...found.followed);
    left.push(...found.left);
  }
  if (written.length > 0 && !dryRun) await importState(stack, state);
  const changes = dryRun ? written.map((sentence) => `would do: ${sentence}`) : written;
  return [...done, ...changes, ...left];
}

/** Providers of what the state has of Proxmox: one for each site of the stack. */
function providersIn({ deployment }: ExportedState): (string | undefined)[] {
  const ofProxmox = (deployment.resources ?? []).filter(({ type }) =>
    type.startsWith("proxmoxve:"),
  );
  const found = [...new Set(ofProxmox.map(providerOf))];
  return found.length > 0 ? found : [undefined];
}
