import type { Command } from "@pulumi/command/remote/command";
import { FORCED_COMMAND_FILE } from "../../templates/replication/forced-command";
import type { Rollout } from "../shared/member-scope";
import { replicate } from "../shared/replication";
import { copiedTrees, ownedCertificates } from "./copied-trees";
import { ROUTES_FILE, type TraefikFacts } from "./facts";
import type { TraefikKind } from "./options";

/** Times of copies where the stack states none, because only certificates travel. */
const USUAL = { delaySec: 0.3, fullSyncMinutes: 30 };

/**
 * Copies hand-written dynamic configuration, and certificates that the first member owns, from the
 * first member to the others.
 *
 * @param healthy what has to be there before, on every member
 */
export function replicateTraefik(
  rollout: Rollout<TraefikKind>,
  facts: TraefikFacts,
  healthy: readonly Command[],
): void {
  const trees = copiedTrees(facts);
  if (trees.length === 0) return;
  const { delaySec, fullSyncMinutes } = facts.replication ?? USUAL;
  const copies = {
    members: facts.members,
    trees,
    guardFile: `${facts.traefik.dynamicDirectory}/${ROUTES_FILE}`,
    made: ownedCertificates(facts),
    delaySec,
    fullSyncMinutes,
    forcedCommandFile: FORCED_COMMAND_FILE,
  };
  replicate(rollout, copies, healthy);
}
