import type { Stack } from "@pulumi/pulumi/automation";
import { askEach, providerOf } from "../../lib/ask-stack";
import { type DryRun, exportState, importState, taint, unlock } from "../../lib/stack-state";
import { jobKind } from "../sync-state/jobs";
import { pendingId } from "./ids";
import { lookUpIds } from "./lookup";
import { type ExportedState, type StateResource, withAdopted } from "./state";

/**
 * Puts a stack in order whose last `up` was killed, so that the next one converges: removes the
 * lock of a dead process, and finds out for every creation that was cut off whether it reached its
 * platform. What reached it is taken into the state, what did not is created by the next `up`. A
 * script whose new version was cut off may have done its work: the next `up` runs it in any case, or
 * whoever takes the change back would leave it on the host.
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
  if (dryRun) {
    const created = pendingOf("creating");
    const ids = await findIds(stack, created);
    return [
      ...done,
      ...created.map((resource) => intention(resource, ids.get(resource.urn))),
      ...scripts.map((script) => `${nameOf(script)} may have run; the next up would run it again`),
    ];
  }
  done.push(...(await adopt(stack, exported, pendingOf("creating"))));
  if (scripts.length > 0) {
    await taint(
      stack,
      scripts.map(({ urn }) => urn),
    );
  }
  return [
    ...done,
    ...scripts.map((script) => `${nameOf(script)} may have run; the next up runs it again`),
  ];
}

async function adopt(
  stack: Stack,
  exported: ExportedState,
  resources: StateResource[],
): Promise<string[]> {
  if (resources.length === 0) return [];
  const ids = await findIds(stack, resources);
  const adopted = resources.filter((resource) => ids.get(resource.urn) !== undefined);
  const unsolved = resources.filter((resource) => pendingId(resource).kind === "unknown");
  await importState(stack, withAdopted(exported, ids, unsolved));
  if (adopted.length > 0) await stack.refresh({ target: adopted.map(({ urn }) => urn) });

  const after = (await exportState(stack)).deployment.resources ?? [];
  const exists = new Set(after.filter((resource) => !resource.delete).map(({ urn }) => urn));
  return resources.map((resource) => sentence(resource, exists.has(resource.urn)));
}

const nameOf = ({ type, urn }: StateResource) => `${type} "${urn.split("::").at(-1)}"`;

/** Ids on the platform by URN, where they can be known. */
async function findIds(stack: Stack, resources: StateResource[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const resource of resources) {
    const found = pendingId(resource);
    if (found.kind === "id") ids.set(resource.urn, found.id);
  }
  const lookups = resources.filter((resource) => pendingId(resource).kind === "lookup");
  for (const [urn, id] of await lookUpIds(stack, lookups)) ids.set(urn, id);
  await dropGoneJobs(stack, resources, ids);
  return ids;
}

/** Of a job that is not there the provider reports an error, so the cluster's lists are asked instead. */
async function dropGoneJobs(
  stack: Stack,
  resources: StateResource[],
  ids: Map<string, string>,
): Promise<void> {
  const pending = resources.filter(({ type }) => jobKind(type) !== undefined);
  if (pending.length === 0) return;
  const jobs = await askEach(stack, [...new Set(pending.map(providerOf))], async (provider) => {
    const { seeJobs } = await import("../../../components/guests/location.js");
    return seeJobs(provider);
  });
  for (const resource of pending) {
    const list = jobKind(resource.type)?.list;
    const id = ids.get(resource.urn);
    const known = list && jobs.get(providerOf(resource))?.[list];
    if (known && id !== undefined && !known.includes(id)) ids.delete(resource.urn);
  }
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

function sentence(resource: StateResource, exists: boolean): string {
  const what = nameOf(resource);
  const found = pendingId(resource);
  if (found.kind === "repeatable") return `${what} will be created again: ${found.why}`;
  if (found.kind === "unknown") {
    return `${what} may exist already, and its id is unknown; look for it, then run \`pulumi import\` or \`pulumi refresh --clear-pending-creates\``;
  }
  return exists
    ? `${what} had been created; it was added to the state`
    : `${what} had not been created; the next up creates it`;
}
