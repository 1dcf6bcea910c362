import type { Stack } from "@pulumi/pulumi/automation";
import { type DryRun, exportState, taint, unlock } from "../../lib/stack-state";
import { adopt } from "./adopt";
import { findIds } from "./find-ids";
import { pendingId } from "./ids";
import { type Plan, planNext } from "./plan";
import { nameOf, sentence } from "./sentences";
import type { ExportedState, StateResource } from "./state";

/**
 * Puts a stack in order whose last `up` was killed or failed, so that the next one converges: removes the
 * lock of a dead process, and finds out for every creation that was cut off whether it reached its
 * platform. What reached it is taken into the state, what did not is created by the next `up`. A
 * script whose new version was cut off may have done its work: the next `up` runs it in any case, or
 * whoever takes the change back would leave it on the host.
 *
 * The answer to a creation or a deletion can be lost as well, and the engine takes it for one that
 * failed and forgets it. So a plan of the next `up` says what else to look for.
 * Nothing on any platform is changed.
 *
 * `pulumi refresh --import-pending-creates` is meant for this, but (tried with 3.230) it only drops
 * the pending operation: the resource is then created a second time. So the state is edited here,
 * and a refresh of just these resources lets the provider say which of them exist. Not of the whole
 * stack, for a guest that HA has moved would be taken for deleted.
 *
 * @returns what was, or would be, done, in sentences; empty when there is nothing to do
 */
export async function recover(stack: Stack, { dryRun = false }: DryRun = {}): Promise<string[]> {
  const done = await unlock(stack, { dryRun });
  const exported = await exportState(stack);
  const operations = exported.deployment.pending_operations ?? [];
  const pendingOf = (type: string) =>
    operations.filter((operation) => operation.type === type).map(({ resource }) => resource);
  const scripts = pendingOf("updating").filter(({ type }) => type.startsWith("command:"));
  const cutOff = done.length > 0 || operations.length > 0;
  const doubtful = cutOff || !(await endedWell(stack, exported));
  if (dryRun) {
    const created = pendingOf("creating");
    const ids = await findIds(stack, created);
    return [
      ...done,
      ...created.map((resource) => intention(resource, ids.get(resource.urn))),
      ...scripts.map((script) => `${nameOf(script)} may have run; the next up would run it again`),
      ...(doubtful ? [LOOK] : []),
    ];
  }
  const plan: Plan = doubtful ? await planNext(stack) : { steps: [] };
  done.push(...(await adopt(stack, exported, plan)));
  if (scripts.length > 0) {
    await taint(
      stack,
      scripts.map(({ urn }) => urn),
    );
  }
  return [
    ...done,
    ...scripts.map((script) => `${nameOf(script)} may have run; the next up runs it again`),
    ...(plan.ended === undefined
      ? []
      : [
          `the plan of the next up ended early, so that not all was looked for whose answer may have been lost: ${plan.ended}`,
        ]),
  ];
}

const LOOK =
  "would plan the next up, and look for what it would create or delete: an answer may have been lost";

/** Whether the last update ended well; one that was killed is not among those that the backend knows. */
async function endedWell(stack: Stack, { deployment }: ExportedState): Promise<boolean> {
  const [last] = await stack.history(1, 1, false);
  return last === undefined
    ? (deployment.resources ?? []).length === 0
    : last.result === "succeeded";
}

/** What would be done with a creation that was cut off; whether it exists only a refresh can say. */
function intention(resource: StateResource, id: string | undefined): string {
  const found = pendingId(resource);
  if (found.kind === "repeatable" || found.kind === "unknown") return sentence(resource, false);
  const what = nameOf(resource);
  return id === undefined
    ? `${what} was not found; the next up creates it`
    : `would look ${what} up as ${id}, and take it into the state if it exists`;
}
