import { type Explained, explainer } from "../resilience/resilience";
import { serviceSteps } from "../resilience/timeline";
import { MOVE_CT, MOVE_CT_SEC, takes } from "../resilience/times";
import type { ClusterModel, GuestModel, Outcome, Step } from "../resilience/types";
import { listed } from "../text";

/** What the return of a node means, guest by guest; empty sets are left out of the steps. */
export interface NodeReturn extends Explained {
  back: string[];
  stay: string[];
  /** Guests whose disk on the returned node is older than where they run. */
  stale: string[];
  starts: string[];
  error: string[];
}

/** Whether HA moves a guest home once its node is back: only to a higher priority, and with failback. */
function failsBack({ ha, node }: GuestModel, from: string): boolean {
  if (!ha || ha.failback === false) return false;
  return (ha.nodes[node] ?? -1) > (ha.nodes[from] ?? -1);
}

function movedBack({ sid, node }: GuestModel): Outcome {
  const live = sid?.startsWith("vm:") === true;
  return {
    status: live ? "unaffected" : "restarts",
    toNode: node,
    ...(live ? { rtoSec: [0, 0] } : takes(MOVE_CT)),
    rpoSec: 0,
    reason: live
      ? `HA moves it back to ${node} while it runs`
      : `failback: HA stops it, moves it back to ${node} and starts it, a planned outage`,
  };
}

/** What happens when a node that crashed, its disks whole, is there again. */
export function nodeReturn(cluster: ClusterModel, node: string): NodeReturn {
  const explain = explainer(cluster);
  const crash = explain([node]);
  const found = { back: [], stay: [], stale: [], starts: [], error: [] } as Record<
    "back" | "stay" | "stale" | "starts" | "error",
    string[]
  >;
  const given: Record<string, Outcome> = {};
  for (const guest of cluster.guests) {
    const outcome = crash.report.guests[guest.name];
    if (guest.node !== node || !outcome) continue;
    if (outcome.status === "error" || outcome.status === "no-room") {
      found.error.push(guest.name);
      given[guest.name] = outcome;
    } else if (outcome.status === "restarts") {
      const { toNode = "" } = outcome;
      if (failsBack(guest, toNode)) {
        found.back.push(guest.name);
        given[guest.name] = movedBack(guest);
      } else found.stay.push(guest.name);
      if (guest.replica && outcome.rpoSec > 0) found.stale.push(guest.name);
    } else found.starts.push(guest.name);
  }
  return { ...explain([], given), ...found };
}

/** The return of a node, step by step. */
export function returnSteps(cluster: ClusterModel, node: string, result: NodeReturn): Step[] {
  const { back, stay, stale, starts, error } = result;
  const live = back.filter((name) => result.report.guests[name]?.status === "unaffected");
  const stopped = back.filter((name) => !live.includes(name));
  const ha = "pve-ha-manager, Manager.pm: failback of groups and rules";
  const step = (
    names: readonly string[],
    text: string,
    source = ha,
    atSec: Step["atSec"] = null,
  ) => (names.length > 0 ? [{ atSec, text: `${listed(names, 6)}: ${text}`, source }] : []);
  return [
    {
      atSec: [0, 0],
      text: `${node} is back after a crash, with its disks; its guests run elsewhere where HA could start them`,
      source: "",
    },
    ...step(
      stopped,
      `failback: stopped, moved back to ${node} and started, a planned outage of ${MOVE_CT_SEC.join(" to ")} s each, boot not included`,
      "typical: pve-ha-manager's own tester; set failback to false to choose the hour yourself",
      MOVE_CT_SEC,
    ),
    ...step(live, `failback: moved back to ${node} while they run`, ha),
    ...step(stay, "stay where they are: no failback, or no higher priority here"),
    ...step(
      stale,
      `the disk on ${node} is as old as the last replication before the crash, and what came after it and is only there is lost: the first replication, or the move back, overwrites it`,
      "pvesr: jobs turn round to where the guest runs",
    ),
    ...step(
      starts,
      `start on ${node} again, those outside HA if they are set to start at boot`,
      "",
    ),
    ...step(
      error,
      'stay off (state "error"): a person sets them to disabled, mends the cause and sets them to started',
    ),
    ...serviceSteps(cluster, result),
  ];
}
