import { type Explain, type Explained, explainer } from "../resilience/resilience";
import { MOVE_CT, REBOOT, SHUTDOWN_RECOVERY, takes } from "../resilience/times";
import type {
  ClusterModel,
  FailureReport,
  GuestModel,
  Outcome,
  ShutdownPolicy,
} from "../resilience/types";

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
  ...(isVm(guest) ? { rtoSec: [0, 0] } : takes(MOVE_CT)),
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
  ...takes(REBOOT),
  rpoSec: 0,
  reason,
});

/** What moving the guests away does to those of the node. */
function evacuation(
  cluster: ClusterModel,
  node: string,
  migrate: Explain,
): Record<string, Outcome> {
  const { report } = migrate([node]);
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
      return againOn(
        node,
        `HA freezes it: it is off until ${node} has booted, and HA moves it nowhere`,
      );
    }
    return {
      status: "stopped",
      rtoSec: null,
      rpoSec: 0,
      reason: `HA freezes it: it is off until ${node} is back, and HA starts it nowhere else`,
    };
  }
  if (crash.status !== "restarts") return crash;
  const early = rebooted ? `, unless ${node} is back within a minute` : "";
  const lost = crash.rpoSec > 0 ? "; what was written since the last replication is lost" : "";
  const { typicalSec: _, ...rest } = crash;
  return {
    ...rest,
    ...takes(SHUTDOWN_RECOVERY),
    reason: `it is stopped in order, and HA starts it on ${crash.toNode ?? "another node"}${early}${lost}`,
  };
}

/** What is known before a node goes down. */
interface Away {
  /** The same node without a warning. */
  crash: Explained;
  /** Whom HA moves away before, with policy `migrate`. */
  evacuated?: Readonly<Record<string, Outcome>>;
}

/** What becomes of the guests of a node that goes down, by name. */
function guestsOf(
  cluster: ClusterModel,
  stop: PlannedStop,
  policy: ShutdownPolicy,
  away: Away,
): Record<string, Outcome> {
  const outcomes = cluster.guests
    .filter((guest) => guest.node === stop.node)
    .map((guest): [string, Outcome] => {
      const moves = away.evacuated?.[guest.name];
      if (moves?.toNode !== undefined) return [guest.name, moves];
      const crashed = away.crash.report.guests[guest.name] as Outcome;
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
 * Makes a cluster ready once, to ask for any number of planned reboots, shutdowns and maintenances of
 * its nodes. With policy `migrate` the node goes down only once HA has moved its guests away; whoever
 * cannot be moved holds it up.
 * pve-ha-manager's documentation, "Shutdown Policy" and "Maintenance Mode"; LRM.pm.
 */
export function planner(cluster: ClusterModel): (stop: PlannedStop) => PlannedResult {
  const explain = explainer(cluster);
  // What a migration sees is a cluster of its own, and most policies migrate nothing.
  let migrating: Explain | undefined;
  const evacuated = (node: string) => {
    migrating ??= explainer(forMigration(cluster));
    return evacuation(cluster, node, migrating);
  };
  return (stop) => {
    const { node, kind } = stop;
    const policy = kind === "maintenance" ? "migrate" : (cluster.shutdownPolicy ?? "conditional");
    const away = policy === "migrate" ? evacuated(node) : undefined;
    const stuck = cluster.guests
      .filter((guest) => guest.node === node && guest.ha && away && !away[guest.name]?.toNode)
      .map(({ name }) => name);
    if (away && (kind === "maintenance" || stuck.length > 0)) {
      return { ...explain([], away), stuck, policy };
    }
    const known = { crash: explain([node]), ...(away && { evacuated: away }) };
    return { ...explain([node], guestsOf(cluster, stop, policy, known)), stuck, policy };
  };
}

/** One planned stop of a cluster of which nothing else is asked. */
export function planned(cluster: ClusterModel, stop: PlannedStop): PlannedResult {
  return planner(cluster)(stop);
}

/** A planned stop, as a summary has it. */
export interface PlannedReport extends PlannedStop {
  policy: ShutdownPolicy;
  stuck: string[];
  report: FailureReport;
}

/** The reboot and the shutdown of every node, in the order of the nodes. */
export function plannedReports(cluster: ClusterModel): PlannedReport[] {
  const plan = planner(cluster);
  return cluster.nodes.flatMap((node) =>
    (["reboot", "shutdown"] as const).map((kind) => {
      const { policy, stuck, report } = plan({ kind, node });
      return { kind, node, policy, stuck, report: { ...report, failed: [`${kind}:${node}`] } };
    }),
  );
}
