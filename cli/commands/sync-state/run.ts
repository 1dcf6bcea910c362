import type { Stack } from "@pulumi/pulumi/automation";
import type { SeenCluster } from "../../../model/placement/guest-location";
import { realStack } from "../../lib/real-stack";
import { exportState, importState, unlock } from "../../lib/stack-state";
import { withFollowed } from "./state";

/**
 * Writes into a stack's state on which node each of its containers runs now. HA moves containers,
 * and the provider looks for one on the node of the state and nowhere else: a refresh would drop it
 * and a change would fail. Nothing on the cluster is changed.
 *
 * @returns what was done and what was left, in sentences; empty if the state is right already
 * @throws Failure if somebody holds the stack
 */
export async function follow(stack: Stack): Promise<string[]> {
  const done = await unlock(stack);
  const cluster = await askCluster(stack);
  // Read last: the time in which somebody else may write another one is short.
  const { state, followed, left } = withFollowed(await exportState(stack), cluster);
  if (followed.length > 0) await importState(stack, state);
  return [...done, ...followed, ...left];
}

/** {@link follow} for a stack that the user's own Pulumi knows. */
export async function followReal(stackName: string): Promise<string[]> {
  return follow(await realStack(stackName));
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
