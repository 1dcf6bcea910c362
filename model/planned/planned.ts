import { type Explained, explain } from "../resilience/resilience";
import { MOVE_CT_SEC, REBOOT_SEC, SHUTDOWN_RECOVERY_SEC } from "../resilience/times";
import type { ClusterModel, GuestModel, Outcome, ShutdownPolicy } from "../resilience/types";

/** What a person does to a node on purpose. */
export interface PlannedStop {
  kind: "reboot" | "shutdown" | "maintenance";
  node: string;
}

/** A planned stop with what becomes of everything, and whom HA cannot move away. */
export interface PlannedResult extends Explained {
  /** Guests that keep the node from going down, or from being empty. */
  stuck: string[];
  policy: ShutdownPolicy;
}

/** `reboot:pve1` as a planned stop; nothing for another name, or where there is no such node. */
export function plannedStop(cluster: ClusterModel, name: string): PlannedStop | undefined {
  const [, kind, node = ""] = /^(reboot|shutdown|maintenance):(.+)$/.exec(name) ?? [];
  if (kind === undefined || !cluster.nodes.includes(node)) return undefined;
  return { kind: kind as PlannedStop["kind"], node };
}

/** Names of what stands alone in `simulate --fail`. */
export function eventNames({ nodes }: ClusterModel): string[] {
  const kinds = ["reboot", "shutdown", "maintenance", "return"];
  return [...kinds.flatMap((kind) => nodes.map((node) => `${kind}:${node}`)), COLD_START];
}

/** The start of everything after everything was off. */
export const COLD_START = "cold-start";

/**
 * The cluster as a migration sees it: disks that die with their node are copied along where the
 * target has the storage, shared ones are there, and both nodes vote while it runs.
 */
function forMigration(cluster: ClusterModel): ClusterModel {
  const storages = Object.entries(cluster.storages).map(([name, { kind, nodes }]) => [
    name,
    { kind: kind === "ceph" || kind === "shared" ? ("shared" as const) : ("zfs" as const), nodes },
  ]);
  const guests = cluster.guests.map((guest) => ({
    ...guest,
    replica: { nodes: cluster.storages[guest.storage]?.nodes ?? [], everySec: 0 },
  }));
  return { ...cluster, storages: Object.fromEntries(storages), guests, quorumDevice: true };
}

const isVm = ({ sid }: GuestModel) => sid?.startsWith("vm:") === true;

const moved = (guest: GuestModel, toNode: string): Outcome => ({
  status: isVm(guest) ? "unaffected" : "restarts",
  toNode,
  rtoSec: isVm(guest) ? [0, 0] : MOVE_CT_SEC,
  rpoSec: 0,
  reason: isVm(guest)
    ? `HA moves it to ${toNode} while it runs`
    : `HA moves it to ${toNode}: containers are stopped, moved and started`,
});

const runsOn = (reason: string): Outcome => ({
  status: "unaffected",
  rtoSec: [0, 0],
  rpoSec: 0,
  reason,
});

const againOn = (node: string, reason: string): Outcome => ({
  status: "restarts",
  toNode: node,
  rtoSec: REBOOT_SEC,
  rpoSec: 0,
  reason,
});

/** What moving the guests away does to those of the node. */
function evacuation(cluster: ClusterModel, node: string): Record<string, Outcome> {
  const { report } = explain(forMigration(cluster), [node]);
  return Object.fromEntries(
    cluster.guests
      // Whoever is kept together with one of them follows it.
      .filter((guest) => guest.node === node || report.guests[guest.name]?.toNode !== undefined)
      .map((guest) => {
        const { toNode, reason = "" } = report.guests[guest.name] ?? {};
        if (!guest.ha) return [guest.name, runsOn("it is not under HA: nothing moves it")];
        if (guest.immovable !== undefined) {
          return [guest.name, runsOn(`HA cannot move it (${guest.immovable}), it runs on`)];
        }
        if (toNode !== undefined) return [guest.name, moved(guest, toNode)];
        return [guest.name, runsOn(`HA finds no node that can take it, it runs on: ${reason}`)];
      }),
  );
}

/** A guest under HA whose node is stopped in order, with a policy that does not move it. */
function stoppedOutcome(
  { kind, node }: PlannedStop,
  policy: ShutdownPolicy,
  crash: Outcome,
): Outcome {
  const rebooted = kind === "reboot";
  if (policy === "freeze" || (policy === "conditional" && rebooted)) {
    if (rebooted) {
      return againOn(node, `HA freezes it: it is off until ${node} has booted, and moves nowhere`);
    }
    return {
      status: "stopped",
      rtoSec: null,
      rpoSec: 0,
      reason: `HA freezes it: it is off until ${node} is back, and is started nowhere else`,
    };
  }
  if (crash.status !== "restarts") return crash;
  const early = rebooted ? `, unless ${node} is back within a minute` : "";
  const lost = crash.rpoSec > 0 ? "; what was written since the last replication is lost" : "";
  return {
    ...crash,
    rtoSec: SHUTDOWN_RECOVERY_SEC,
    reason: `it is stopped in order, and HA starts it on ${crash.toNode ?? "another node"}${early}${lost}`,
  };
}

/** What becomes of the guests of a node that goes down, by name. */
function guestsOf(
  cluster: ClusterModel,
  stop: PlannedStop,
  policy: ShutdownPolicy,
  evacuated: Readonly<Record<string, Outcome>> | undefined,
): Record<string, Outcome> {
  const crash = explain(cluster, [stop.node]);
  const outcomes = cluster.guests
    .filter((guest) => guest.node === stop.node)
    .map((guest): [string, Outcome] => {
      const away = evacuated?.[guest.name];
      if (away?.toNode !== undefined) return [guest.name, away];
      const crashed = crash.report.guests[guest.name] as Outcome;
      if (guest.ha) return [guest.name, stoppedOutcome(stop, policy, crashed)];
      if (stop.kind === "shutdown") return [guest.name, crashed];
      return [
        guest.name,
        againOn(
          stop.node,
          `it is off until ${stop.node} has booted, which starts it if it is set to start at boot`,
        ),
      ];
    });
  return Object.fromEntries(outcomes);
}

/**
 * What a planned reboot, shutdown or maintenance of a node does. With policy `migrate` the node goes
 * down only once HA has moved its guests away; whoever cannot be moved holds it up.
 * pve-ha-manager's documentation, "Shutdown Policy" and "Maintenance Mode"; LRM.pm.
 */
export function planned(cluster: ClusterModel, stop: PlannedStop): PlannedResult {
  const policy =
    stop.kind === "maintenance" ? "migrate" : (cluster.shutdownPolicy ?? "conditional");
  const away = policy === "migrate" ? evacuation(cluster, stop.node) : undefined;
  const stuck = cluster.guests
    .filter(({ name, node, ha }) => node === stop.node && ha && away && !away[name]?.toNode)
    .map(({ name }) => name);
  if (away && (stop.kind === "maintenance" || stuck.length > 0)) {
    return { ...explain(cluster, [], away), stuck, policy };
  }
  return { ...explain(cluster, [stop.node], guestsOf(cluster, stop, policy, away)), stuck, policy };
}
