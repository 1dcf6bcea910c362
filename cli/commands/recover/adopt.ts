import type { Stack } from "@pulumi/pulumi/automation";
import { providerOf } from "../../lib/ask-stack";
import { exportState, importState } from "../../lib/stack-state";
import { jobKind, withoutResources } from "../sync-state/jobs";
import { findIds, jobsOf } from "./find-ids";
import { pendingId } from "./ids";
import { type Plan, planNext } from "./plan";
import { nameOf, sentence } from "./sentences";
import { type ExportedState, type StateResource, withAdopted, withoutPending } from "./state";
import { differing, maybeCreated, maybeDeleted } from "./unanswered";

/**
 * Takes into the state what exists of all that was being created, and out of it what does not exist of
 * all that was to be deleted.
 *
 * @param plan of the next update, for what the engine has forgotten. @default nothing is forgotten
 */
export async function adopt(
  stack: Stack,
  exported: ExportedState,
  { steps }: Plan,
): Promise<string[]> {
  const pending = creationsIn(exported);
  const known = new Set(pending.map(({ urn }) => urn));
  const forgotten = maybeCreated(steps, exported).filter(({ urn }) => !known.has(urn));
  const deleted = ofState(exported, maybeDeleted(steps));
  if (pending.length + forgotten.length + deleted.length === 0) return [];
  const ids = await findIds(stack, [...pending, ...forgotten]);
  const found = forgotten.filter(({ urn }) => ids.has(urn));
  const gone = await goneJobs(stack, deleted);
  const asked = [...pending, ...found].filter(({ urn }) => ids.has(urn));
  asked.push(...deleted.filter(({ type }) => jobKind(type) === undefined));
  const claimed = withAdopted(withPending(exported, found), ids);
  const unsolved = pending.filter((resource) => pendingId(resource).kind === "unknown");
  const after = await verified(stack, {
    before: exported,
    claimed: withoutResources(claimed, gone),
    asked: asked.map(({ urn }) => urn),
    unsolved: unsolved.map(({ urn }) => urn),
  });
  const exists = new Set(
    (after.deployment.resources ?? []).filter((one) => !one.delete).map(({ urn }) => urn),
  );
  const left = new Set((after.deployment.resources ?? []).map(keyOf));
  const taken = found.filter(({ urn }) => exists.has(urn));
  return [
    ...pending.map((resource) => sentence(resource, exists.has(resource.urn))),
    ...deleted
      .filter((resource) => !left.has(keyOf(resource)))
      .map((resource) => `${nameOf(resource)} had been deleted; it was taken out of the state`),
    ...(await onlyAlike(stack, taken)),
  ];
}

const keyOf = ({ urn, id }: StateResource) => `${urn} ${id}`;

const creationsIn = ({ deployment }: ExportedState) =>
  (deployment.pending_operations ?? [])
    .filter(({ type }) => type === "creating")
    .map(({ resource }) => resource);

/** The resources of a state that a plan means. */
function ofState({ deployment }: ExportedState, planned: readonly StateResource[]) {
  const keys = new Set(planned.map(keyOf));
  return (deployment.resources ?? []).filter((resource) => keys.has(keyOf(resource)));
}

function withPending(state: ExportedState, created: readonly StateResource[]): ExportedState {
  const operations = state.deployment.pending_operations ?? [];
  const more = created.map((resource) => ({ type: "creating", resource }));
  return {
    ...state,
    deployment: { ...state.deployment, pending_operations: [...operations, ...more] },
  };
}

/** Of the jobs that were to be deleted those that the cluster does not have. */
async function goneJobs(stack: Stack, deleted: readonly StateResource[]) {
  const jobs = await jobsOf(stack, deleted);
  return deleted.filter((resource) => {
    const list = jobKind(resource.type)?.list;
    const there = list && jobs.get(providerOf(resource))?.[list];
    return there && resource.id !== undefined && !there.includes(resource.id);
  });
}

/** A state that claims more, or less, than is known, and whose providers are asked. */
interface Claim {
  before: ExportedState;
  claimed: ExportedState;
  /** URNs of what has to be asked for. */
  asked: readonly string[];
  /** URNs of what stays pending. */
  unsolved: readonly string[];
}

/** Writes a state and lets the providers say what of it is true; where they cannot, nothing is changed. */
async function verified(stack: Stack, { before, claimed, asked, unsolved }: Claim) {
  await importState(stack, claimed);
  try {
    if (asked.length > 0) await stack.refresh({ target: [...asked] });
  } catch (error) {
    await importState(stack, before);
    throw error;
  }
  const after = withoutPending(await exportState(stack), unsolved);
  await importState(stack, after);
  return after;
}

/**
 * Keeps of what was found only what is as the next update would have made it: the rest was made by
 * somebody else, and is not for this stack to change.
 */
async function onlyAlike(stack: Stack, found: readonly StateResource[]): Promise<string[]> {
  if (found.length === 0) return [];
  const urns = new Set(found.map(({ urn }) => urn));
  const { steps, ended } = await planNext(stack);
  const differences = new Map(
    steps
      .filter(({ resource }) => urns.has(resource.urn))
      .map((step) => [step.resource.urn, differing(step)] as const),
  );
  const alike = ({ urn }: StateResource) => differences.get(urn)?.length === 0;
  const others = found.filter((resource) => !alike(resource));
  if (others.length > 0) {
    const state = await exportState(stack);
    const foreign = (state.deployment.resources ?? []).filter(({ urn }) =>
      others.some((other) => other.urn === urn),
    );
    await importState(stack, withoutResources(state, foreign));
  }
  return found.map((resource) => {
    if (alike(resource)) return `${nameOf(resource)} had been created; it was added to the state`;
    const how = differences.get(resource.urn)?.join(", ");
    return how === undefined
      ? `${nameOf(resource)} exists, and nobody can tell whether as it is wanted (${ended ?? "the next up does not plan it"}); it was left out of the state`
      : `${nameOf(resource)} exists with another ${how}, so it was not made by this stack and was left alone; remove it, or take it over with \`pulumi import\``;
  });
}
