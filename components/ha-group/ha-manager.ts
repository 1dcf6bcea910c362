import { AsyncResource } from "node:async_hooks";
import type { Command } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { haManagerUpScript } from "../../templates/proxmox/ha-manager-up";
import { hasEngine } from "../guests/location";
import { type Connection, hostCommand } from "../shared/host-files";
import type { Owner } from "../shared/transform";
import type { HaGroupFacts } from "./facts";
import type { PlacementTransforms } from "./options";

// In a cluster that has never used HA the manager becomes master some seconds after the first HA
// resource. Until then it lists no nodes, and Proxmox refuses a keep-apart rule: "rule defines more
// resources than available nodes" (pve-ha-manager, API2/HA/Rules.pm `$check_feasibility`).

/** A manager looks every 5 s whether it is needed, and a round takes 10 s; twice that. */
const USUAL_START_SEC = 30;

/** What keep-apart rules wait for, where the HA manager may not have started yet. */
export interface StartedManager {
  /** The step that waits for it. */
  up: pulumi.Resource[];
  /** What else a rule waits for, by its name. @default nothing */
  hooks?: (rule: string) => Pick<pulumi.CustomResourceOptions, "hooks">;
}

/** What the keep-apart rules of a group wait for. */
export function startedManager(
  owner: Owner<PlacementTransforms>,
  facts: HaGroupFacts,
  resources: readonly pulumi.Resource[],
  how: { connection: Connection | undefined; haInUse: boolean },
): StartedManager {
  const { connection, haInUse } = how;
  if (facts.pveVersion !== 9 || facts.keepApart.length === 0) return { up: [] };
  if (connection === undefined) return { up: [], ...(!haInUse && { hooks: afterUsualStart }) };
  const after = { ...owner, opts: { ...owner.opts, dependsOn: [...resources] } };
  return { up: [managerUp(after, connection)] };
}

/**
 * Waits on a node of the cluster until the HA manager lists the nodes.
 *
 * @param owner `opts.dependsOn` the HA resources, without which no manager starts
 */
function managerUp(
  { name, transform, opts }: Owner<PlacementTransforms>,
  connection: Connection,
): Command {
  const command = { connection, script: haManagerUpScript(name) };
  return hostCommand(`${name}-ha-manager`, command, opts, transform?.manager);
}

/**
 * The same for a program that cannot log in anywhere: the provider does not tell of the manager, so
 * that a rule waits as long as a manager takes to start.
 *
 * @param rule name of the rule's resource
 */
function afterUsualStart(rule: string): Pick<pulumi.CustomResourceOptions, "hooks"> {
  if (!hasEngine()) return {};
  // The engine calls back outside the program's asynchronous context.
  const wait = AsyncResource.bind(async () => {
    void pulumi.log.info(`${rule}: waits ${USUAL_START_SEC} s, for HA was not used here before`);
    await new Promise((resolve) => setTimeout(resolve, USUAL_START_SEC * 1000));
  });
  return {
    hooks: { beforeCreate: [new pulumi.ResourceHook(`${rule}-waits-for-ha-manager`, wait)] },
  };
}
