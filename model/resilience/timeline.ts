import { pageUrl } from "../pages";
import { counted, duration, listed } from "../text";
import { saidOfSeveral } from "./plural";
import type { Explained } from "./resilience";
import { isDown } from "./severity";
import { openingSteps } from "./timeline-cluster";
import type { ClusterModel, Outcome, Step } from "./types";

/** Where the times of HA's recovery come from. */
const HA_SOURCE =
  "a bound: pve-ha-manager with its real round lengths, 115 to 155 s for a worker node, up to 225 s for the master's; the documentation says about 2 minutes";

/** Where the time of a start on the same node comes from. */
const ROUNDS_SOURCE = "pve-ha-manager, LRM.pm and CRM.pm: rounds of 5 and 10 s; a bound";

const lossText = ({ rpoSec }: Outcome) => {
  if (rpoSec === 0) return "";
  return Number.isFinite(rpoSec)
    ? `; up to ${duration(rpoSec)} of data are lost`
    : "; its data is lost";
};

function guestSteps({ report, choices, state }: Explained): Step[] {
  return Object.entries(report.guests).flatMap(([name, outcome]): Step[] => {
    if (outcome.status !== "restarts" || outcome.toNode === undefined) return [];
    if (state.loss.guests.some((guest) => guest.name === name)) {
      return [{ atSec: outcome.rtoSec, text: `${name}: ${outcome.reason}`, source: ROUNDS_SOURCE }];
    }
    const why = choices.get(name);
    const from = outcome.rpoSec > 0 ? "from its replica" : "from the shared disk";
    return [
      {
        atSec: outcome.rtoSec,
        text: `HA starts ${name} on ${outcome.toNode} ${from}${why ? ` (${why})` : ""}${lossText(outcome)}`,
        source: HA_SOURCE,
      },
    ];
  });
}

/** What is off for good, told once for all that share a reason. */
function lastingSteps({ report }: Explained): Step[] {
  const byReason = new Map<string, { names: string[]; outcome: Outcome }>();
  for (const [name, outcome] of Object.entries(report.guests)) {
    if (!isDown(outcome)) continue;
    const reported = byReason.get(`${outcome.status} ${outcome.reason}`);
    if (reported) reported.names.push(name);
    else byReason.set(`${outcome.status} ${outcome.reason}`, { names: [name], outcome });
  }
  return [...byReason.values()].map(({ names, outcome }) => ({
    atSec: outcome.rtoSec,
    text: `${listed(names, 6)}: ${names.length > 1 ? saidOfSeveral(outcome.reason) : outcome.reason}`,
    source: outcome.status === "restore" ? "an estimate: hours for a restore by hand" : "",
  }));
}

/** What happens to the services that stand on more than one guest. */
export function serviceSteps(cluster: ClusterModel, { report }: Explained): Step[] {
  const alone = new Set(
    cluster.services
      .filter(({ layers }) => layers.length === 1 && layers[0]?.members.length === 1)
      .map(({ name }) => name),
  );
  return Object.entries(report.services).flatMap(([name, outcome]): Step[] => {
    // A service of one guest fares as the guest does, which is told there.
    if (outcome.status === "unaffected" || outcome.status === "degraded" || alone.has(name))
      return [];
    return [
      {
        atSec: outcome.rtoSec,
        text: `service ${name}: ${outcome.reason}${lossText(outcome)}`,
        source:
          outcome.status === "failover"
            ? `bounds from timers of keepalived, HAProxy, MetalLB, tunnels and Kea, typical where clients of DNS wait; see ${pageUrl("resilience.md")}, Every figure`
            : "",
      },
    ];
  });
}

/** What Kubernetes does not replace by itself. */
function volumeSteps(cluster: ClusterModel, { state }: Explained): Step[] {
  const pods = cluster.services.flatMap(({ layers }) =>
    layers.filter(({ kind }) => kind === "pods").flatMap(({ members }) => members),
  );
  const lost = pods.filter(({ node }) => state.failed.has(node) || state.fenced.has(node));
  const names = [...new Set(lost.map(({ name }) => name))];
  if (names.length === 0) return [];
  return [
    {
      atSec: null,
      text: `pods of StatefulSets and volumes for one node (ReadWriteOnce) on ${listed(names, 6)} are stuck until these are back or a person removes them; the model knows none of them`,
      source: "Kubernetes: a pod of a StatefulSet is not replaced while its node may still run it",
    },
  ];
}

function roomSteps({ report }: Explained): Step[] {
  return (report.load ?? []).map(({ node, memoryMb, cores }) => {
    const parts = [
      ...(memoryMb ? [`${memoryMb.used} of ${memoryMb.total} MB for guests`] : []),
      ...(cores
        ? [
            `${cores.used} of ${counted(cores.total, "core")}${cores.used > cores.total ? " (overcommitted)" : ""}`,
          ]
        : []),
    ];
    return {
      atSec: null,
      text: `${node} carries ${parts.join(", ")}`,
      source: "",
    };
  });
}

/**
 * What happens after a failure, step by step: the cluster first, then services that another member
 * takes over, guests that HA starts again, and at the end what stays off.
 */
export function timeline(cluster: ClusterModel, explained: Explained): Step[] {
  const steps = [
    ...openingSteps(cluster, explained),
    ...serviceSteps(cluster, explained),
    ...guestSteps(explained),
    ...lastingSteps(explained),
    ...volumeSteps(cluster, explained),
  ];
  return [...byTime(steps), ...roomSteps(explained)];
}

/** By their earliest time, then by their latest; steps of one time keep their order, endless ones come last. */
export function byTime(steps: readonly Step[]): Step[] {
  const at = ({ atSec }: Step) => atSec?.[0] ?? Number.POSITIVE_INFINITY;
  const end = ({ atSec }: Step) => atSec?.[1] ?? Number.POSITIVE_INFINITY;
  return [...steps].sort((a, b) => compare(at(a), at(b)) || compare(end(a), end(b)));
}

/** Infinite times are equal: their difference would be no number. */
const compare = (a: number, b: number) => (a === b ? 0 : a - b);
