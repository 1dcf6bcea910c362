import { addTo } from "../maps";
import { saidOfSeveral } from "../resilience/plural";
import { isDown } from "../resilience/severity";
import { byTime, serviceSteps } from "../resilience/timeline";
import { MOVE_CT_SEC, REBOOT_SEC, SHUTDOWN_RECOVERY_SEC } from "../resilience/times";
import type { ClusterModel, Outcome, Step } from "../resilience/types";
import { listed } from "../text";
import type { PlannedResult, PlannedStop } from "./planned";

const POLICY_SOURCE =
  "pve-ha-manager, shutdown policies and maintenance mode; the policy is cluster.shutdownPolicy, default conditional";

/** Where a time comes from; each has one source. */
function sourceOf({ rtoSec }: Outcome): string {
  if (rtoSec === REBOOT_SEC) return "an estimate: firmware and memory test decide";
  if (rtoSec === SHUTDOWN_RECOVERY_SEC) {
    return "typical: pve-ha-manager's own tester, 60 s without a sign of life and rounds; boot not included";
  }
  if (rtoSec === MOVE_CT_SEC) return "typical: pve-ha-manager's own tester; boot not included";
  return "";
}

function doing({ kind, node }: PlannedStop, policy: string): string {
  if (kind === "maintenance")
    return `${node} is put into maintenance mode: HA moves its guests away`;
  const what = kind === "reboot" ? "rebooted" : "shut down";
  return `${node} is ${what} in order, with shutdown policy ${policy}`;
}

/** What happens around a planned stop, step by step. */
export function plannedSteps(
  cluster: ClusterModel,
  stop: PlannedStop,
  result: PlannedResult,
): Step[] {
  const { stuck, policy, report, state } = result;
  const groups = new Map<string, string[]>();
  for (const guest of cluster.guests) {
    const outcome = report.guests[guest.name];
    const told = outcome && (guest.node === stop.node || isDown(outcome));
    if (told) addTo(groups, outcome.reason, guest.name);
  }
  const guests = [...groups].map(([reason, names]): Step => {
    const outcome = report.guests[names[0] ?? ""] as Outcome;
    return {
      atSec: outcome.rtoSec,
      text: `${listed(names, 6)}: ${names.length > 1 ? saidOfSeveral(reason) : reason}`,
      source: sourceOf(outcome),
    };
  });
  const [run, them] = stuck.length === 1 ? ["runs", "it"] : ["run", "them"];
  const held =
    stop.kind === "maintenance"
      ? `${stop.node} is not empty while ${listed(stuck, 6)} ${run} there: move or stop ${them} by hand before you work on the node`
      : `${stop.node} does not go down while ${listed(stuck, 6)} ${run} there: it waits until a person moves or stops ${them}`;
  const moves = Object.values(report.guests).some(
    ({ toNode }) => toNode !== undefined && toNode !== stop.node,
  );
  const back =
    stop.kind === "maintenance"
      ? "when maintenance ends, HA moves them back: the same times again"
      : `when ${stop.node} is back, HA moves those with failback back: the same times again, see return:${stop.node}`;
  return byTime([
    { atSec: [0, 0], text: doing(stop, policy), source: POLICY_SOURCE },
    ...guests,
    ...(stuck.length > 0 ? [{ atSec: null, text: held, source: POLICY_SOURCE }] : []),
    ...(state.quorum
      ? []
      : [
          {
            atSec: [60, 60] as [number, number],
            text: `without ${stop.node} the cluster has no quorum: nodes with guests under HA reset themselves`,
            source: "pve-ha-manager, watchdog-mux.c: client watchdog 60 s",
          },
        ]),
    ...serviceSteps(cluster, result),
    ...(moves ? [{ atSec: null, text: back, source: POLICY_SOURCE }] : []),
  ]);
}
