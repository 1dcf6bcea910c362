import { missingMb } from "../capacity/capacity";
import { duration, listed } from "../text";
import { carriers } from "./ha-manager";
import { type Considered, considered, type Managed, type Manager } from "./node-choice";
import { HA_RESTART, MOVE_CT, takes } from "./times";
import type { ClusterModel, Outcome } from "./types";

/** An outcome without an end of its own. */
export const off = (
  status: "waits" | "no-room" | "error" | "stopped" | "frozen",
  reason: string,
): Outcome => ({ status, rtoSec: null, rpoSec: 0, reason });

/** Why HA finds no node for it, and keeps trying. */
function waitingText({ guest, ha }: Managed, { allowed, top, taken }: Considered): string {
  const until = `it waits for ${guest.node}`;
  if (allowed.length === 0) {
    return `it may run on ${listed(Object.keys(ha.nodes))} only, and none of them is left: ${until}`;
  }
  const blockers = [...new Set(top.flatMap((node) => taken.get(node) ?? []))];
  const only = `only ${listed(top)} is left for it, and it is kept apart from ${listed(blockers)}`;
  const lower = allowed.filter((node) => !top.includes(node));
  const why =
    lower.length > 0
      ? `; ${listed(lower)} would be free, but HA tries no lower priority while a node of a higher one is there`
      : "";
  return `${only}${why}: ${until}`;
}

/** Why HA gave up, and what brings the guest back. */
function gaveUp(manager: Manager, one: Managed): Outcome {
  const { guest, failures } = one;
  const byHand = `HA gives up (state "error") and does nothing until a person sets it to disabled, mends the cause and sets it to started`;
  const noDisk = failures.find(({ why }) => why === "disk");
  if (noDisk) {
    return off(
      "error",
      `HA puts it on ${noDisk.node}, where its disk is not, so it does not start: ${byHand}`,
    );
  }
  const lacks = [...new Set(failures.map(({ node }) => node))].map((node) => {
    const short = missingMb(manager.index.cluster, manager.usage, node, guest);
    return `${node} (${short} MB short)`;
  });
  return off(
    "no-room",
    `it takes ${guest.memoryMb} MB and finds no room on ${listed(lacks, 5, "or")}: ${byHand}`,
  );
}

/**
 * What becomes of a guest that HA recovers. HA fences the lost node, chooses a node for the guest and
 * starts it there; where that fails it tries `maxRelocate` further nodes of the same class. The
 * model takes a start that would exceed the node's memory as failed.
 */
export function recoveredOutcome(manager: Manager, one: Managed): Outcome {
  const { guest, node } = one;
  if (one.state === "recovery") return off("waits", waitingText(one, considered(manager, one)));
  if (!one.running) return gaveUp(manager, one);
  const replica = carriers(manager.index, guest) ? guest.replica : undefined;
  const source = replica
    ? `its replica, at most ${duration(replica.everySec)} old`
    : "the shared disk";
  const others = unpredictable(manager, one);
  const where = others ? `one of ${listed(others, 5, "or")}` : node;
  const recovery = guest.database ? "; the crash recovery of its database comes on top" : "";
  const load = others ? "; scheduler `dynamic` chooses by the load of that moment" : "";
  return {
    status: "restarts",
    ...(!others && { toNode: node }),
    ...takes(HA_RESTART),
    rpoSec: replica?.everySec ?? 0,
    reason: `HA fences ${guest.node}, then starts it on ${where} from ${source}${load}${recovery}`,
  };
}

/** Nodes among which nobody can say which one the dynamic scheduler takes. */
function unpredictable({ index }: Manager, { choice }: Managed): string[] | undefined {
  const open = index.cluster.scheduler === "dynamic" && choice && choice.among.length > 1;
  return open ? choice.among : undefined;
}

/** What becomes of a running guest that HA moves after a partner; nothing when it stays. */
export function followedOutcome({ guest, node, ha }: Managed): Outcome | undefined {
  if (node === guest.node) return undefined;
  const live = guest.sid?.startsWith("vm:") === true;
  return {
    status: live ? "unaffected" : "restarts",
    toNode: node,
    ...(live ? { rtoSec: [0, 0] } : takes(MOVE_CT)),
    rpoSec: 0,
    reason: `${ha.group === undefined ? "" : `group ${ha.group} `}keeps it together with guests that HA started on ${node}, so HA moves it there`,
  };
}

/** Why it is that node, for a person who asks. */
export function choiceText({ index }: Manager, { guest, ha, choice, failures }: Managed): string {
  if (!choice) return "";
  const { node, among, gathered, count } = choice;
  const refused = [...new Set(failures.map((failure) => failure.node))];
  const full = refused.length > 0 ? `, after finding no room on ${listed(refused)}` : "";
  if (gathered) {
    const partners = listed([...(index.together.get(guest.name) ?? [])], 3);
    return `kept together with ${partners}${full}`;
  }
  const priority = ha.nodes[node];
  const group = ha.group === undefined ? "its group" : `group ${ha.group}`;
  const rank =
    Object.keys(ha.nodes).length === 0
      ? "no preference"
      : priority === undefined
        ? `no node that ${group} lists is left`
        : `priority ${priority} in ${group}`;
  if (among.length === 1) return `${rank}, the only node that is left of these${full}`;
  return `${rank}, and ${schedulerText(index.cluster, count)}${full}`;
}

function schedulerText({ scheduler, outsideHaCounts = true }: ClusterModel, count: number): string {
  if (scheduler === "static") return "the best score by memory and cores";
  if (scheduler === "dynamic") return "the least load at that time, which nobody can predict";
  return `the fewest guests ${outsideHaCounts ? "" : "under HA "}there (${count})`;
}
