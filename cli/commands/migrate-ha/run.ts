import type { Stack } from "@pulumi/pulumi/automation";
import { engineReason, isEngineFailure } from "../../../clients/pulumi/engine-error";
import { listed } from "../../../model/text";
import { exportState, importState, unlock } from "../../lib/stack-state";
import { Failure } from "../../lib/usage";
import type { StateResource } from "../recover/state";
import {
  type GroupMove,
  type MigrationPlan,
  managedUrns,
  planMigration,
  ruleMembers,
  withoutGroups,
  withRules,
} from "./state";

/** What to do with a stack whose cluster was upgraded. */
export interface MigrateHaOptions {
  /** Changes the state; without, only what would be done is said. */
  apply: boolean;
  /** Which of the sites of the stack. @default it has one cluster */
  site?: string | undefined;
}

/**
 * Follows an upgrade from Proxmox VE 8 to 9 in the state of a stack. Proxmox turns HA groups into
 * rules by itself and then refuses every call about a group, so that a refresh, an `up` and a
 * `destroy` fail on the groups of the state. They are taken out, the rules in their place are taken
 * in, and HA resources are read anew. Nothing in the cluster is changed.
 *
 * The groups leave last: a run that was killed is finished by the next.
 *
 * @returns what was, or would be, done, in sentences; empty when there is nothing to do
 * @throws Failure if the cluster has its groups still, or an earlier `up` was cut off
 */
export async function migrateHa(
  stack: Stack,
  { apply, site }: MigrateHaOptions,
): Promise<string[]> {
  const before = apply ? await unlock(stack) : [];
  const state = await exportState(stack);
  const plan = planMigration(state, site);
  const others = plan.strangers.map(byHand);
  if (plan.moves.length === 0) return [...before, ...others];
  if ((state.deployment.pending_operations ?? []).length > 0) {
    throw new Failure(
      `an earlier update of stack ${stack.name} was cut off; run \`homelab recover --stack ${stack.name}\` first`,
    );
  }
  await assertMigrated(stack, plan);
  if (!apply) return [...plan.moves.flatMap(intention), ...others];

  const claimed = withRules(state, plan);
  await importState(stack, claimed);
  await stack.refresh({
    target: [...plan.moves.map(({ ruleUrn }) => ruleUrn), ...managedUrns(claimed)],
  });
  const read = await exportState(stack);
  await importState(stack, withoutGroups(read, plan));
  const done = plan.moves.flatMap((move) => result(move, ruleMembers(read, move.ruleUrn)));
  return [...before, ...done, ...others];
}

/** The cluster itself says whether it has migrated: then, and only then, it refuses to show a group. */
async function assertMigrated(stack: Stack, { moves }: MigrationPlan): Promise<void> {
  try {
    await stack.previewRefresh({ target: moves.map(({ group }) => group.urn) });
  } catch (error) {
    if (!isEngineFailure(error)) throw error;
    if (/migrated to rules/.test(error.message)) return;
    throw new Failure(`the HA groups of the cluster cannot be read: ${engineReason(error)}`);
  }
  throw new Failure(
    "the cluster still has its HA groups; Proxmox turns them into rules about a minute after the last node runs version 9 with every node online (`journalctl -u pve-ha-crm` says why not), so wait for that, then run this again",
  );
}

function intention({ group, ruleId }: GroupMove): string[] {
  return [
    `HA group "${group.id}" will be removed from the state: the cluster no longer has it`,
    `rule ${ruleId}, which Proxmox created from it, will be imported into the state`,
  ];
}

function result({ group, ruleId }: GroupMove, members: string[] | undefined): string[] {
  return [
    `HA group "${group.id}" was removed from the state`,
    members === undefined
      ? `the cluster has no rule ${ruleId}, as of a group without resources; the next up makes it`
      : `rule ${ruleId} of ${listed(members)} was imported into the state`,
  ];
}

function byHand({ id, urn }: StateResource): string {
  return `HA group "${id}" belongs to no HaGroup and stays in the state; write its rule into the program, then run \`pulumi import proxmoxve:index/harule:Harule NAME ha-group-${id}\` and \`pulumi state delete '${urn}'\``;
}
