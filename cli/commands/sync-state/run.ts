import type { Stack } from "@pulumi/pulumi/automation";
import type { SeenCluster } from "../../../model/placement/guest-location";
import { type DryRun, exportState, importState, unlock } from "../../lib/stack-state";
import { withFollowed } from "./state";

/**
 * Writes into a stack's state on which node each of its containers runs now. HA moves containers,
 * and the provider looks for one on the node of the state and nowhere else: a refresh would drop it
 * and a change would fail. Nothing on the cluster is changed.
 *
 * @returns what was, or would be, done and what is left, in sentences; empty if the state is right already
 * @throws Failure if somebody holds the stack
 */
export async function syncState(stack: Stack, { dryRun = false }: DryRun = {}): Promise<string[]> {
  const done = await unlock(stack, { dryRun });
  const cluster = await askCluster(stack);
  // Read last: the time in which somebody else may write another one is short.
  const { state, followed, left } = withFollowed(await exportState(stack), cluster);
  if (followed.length > 0 && !dryRun) await importState(stack, state);
  const changes = dryRun ? followed.map((sentence) => `would do: ${sentence}`) : followed;
  return [...done, ...changes, ...left];
}

/** Through the engine, so that the stack's own provider and credentials are used. */
async function askCluster(stack: Stack): Promise<SeenCluster> {
  let cluster: SeenCluster | undefined;
  const program = async () => {
    const { seeCluster } = await import("../../../components/guests/location.js");
    cluster = await seeCluster();
    // A program that ends well without registering anything would make a plan to delete everything.
    throw new Error("every question was answered; nothing is planned");
  };
  try {
    await stack.preview({ program });
  } catch (error) {
    if (cluster === undefined) throw error;
  }
  if (cluster === undefined) throw new Error("the engine ended before the cluster was asked");
  return cluster;
}
