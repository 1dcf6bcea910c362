import { addTo } from "../maps";
import { counted, duration, listed } from "../text";
import { phaseEffects } from "./effects";
import { moves, reinstall } from "./reinstall";
import {
  type Context,
  concerned,
  type Phase,
  type PhaseGroup,
  type PhaseInput,
  type PhasePlan,
} from "./types";

export type * from "./types";

function haFirst(group: PhaseGroup): Phase {
  return {
    id: `ha ${group.name}`,
    stage: 1,
    what: `HA for ${counted(group.guests.length, "guest")} of ${group.name}, whose disks are ready: in force as soon as the group is applied`,
    downtime: [],
    blockedBy: [],
    blocks: [],
    risks: [],
  };
}

/** Nodes that a group's disks need the new storage on: homes and replicas. */
function nodesOf(context: Context, group: PhaseGroup): Set<string> {
  const nodes = group.guests.flatMap((name) => {
    const guest = context.guests.get(name);
    return guest ? [guest.node, ...(guest.replica?.nodes ?? [])] : [];
  });
  return new Set(nodes);
}

function groupPhases(
  context: Context,
  group: PhaseGroup,
  reinstalls: ReadonlyMap<string, Phase>,
): Phase[] {
  const guests = group.guests.flatMap((name) => context.guests.get(name) ?? []);
  const nodes = nodesOf(context, group);
  const replicas = [...new Set(guests.flatMap(({ replica }) => replica?.nodes ?? []))];
  const needed = [...reinstalls].filter(([node]) => nodes.has(node));
  const storage = guests.find((guest) => concerned(context, guest))?.storage ?? "";
  const blockedBy = needed.map(([node, { id }]) => ({
    id,
    why: replicas.includes(node) ? "takes the replica" : "holds the disks",
  }));
  const every =
    group.everyMinutes === undefined ? "" : ` every ${duration(group.everyMinutes * 60)}`;
  const replicate: Phase = {
    id: `replicate ${group.name}`,
    stage: 3,
    what: `disks of ${group.name} back to ${storage}, replicated to ${listed(replicas)}${every}`,
    downtime: moves(context, guests, `moved back to ${storage}`),
    blockedBy,
    blocks: [],
    risks: [],
  };
  const ha: Phase = {
    id: `ha ${group.name}`,
    stage: 4,
    what: `HA for ${counted(group.guests.length, "guest")} of ${group.name}`,
    downtime: [],
    blockedBy: [{ id: replicate.id, why: "HA would start a guest where its disk is not" }],
    blocks: [],
    risks: group.failback
      ? [
          "failback is on: a node that returns holds a stale replica, and guests would move back to it by themselves; set failback to false",
        ]
      : [],
  };
  return replicas.length > 0 ? [replicate, ha] : [];
}

/**
 * The work that leads from today to what the stack file states: HA for groups that need nothing
 * new; the pending nodes reinstalled one at a time, their guests parked on a shared storage; then
 * replication, and HA for the groups that needed it.
 */
export function phasePlan(input: PhaseInput): PhasePlan {
  const context: Context = {
    ...input,
    storages: new Set(input.pending.map(({ storage }) => storage)),
    guests: new Map(input.cluster.guests.map((guest) => [guest.name, guest])),
  };
  if (input.pending.every(({ nodes }) => nodes.length === 0)) return { phases: [], effects: [] };
  const waiting = input.groups.filter(({ guests }) =>
    guests.some((name) => concerned(context, context.guests.get(name))),
  );
  const first = input.groups.filter((group) => !waiting.includes(group)).map(haFirst);
  const lacking = new Map<string, string[]>();
  for (const { storage, nodes } of input.pending) {
    for (const node of nodes) addTo(lacking, node, storage);
  }
  const reinstalls = new Map(
    [...lacking].map(([node, storages]) => [node, reinstall(context, node, storages)]),
  );
  const inTurn = [...reinstalls.values()];
  inTurn.forEach((phase, index) => {
    const before = inTurn[index - 1];
    phase.blockedBy = before
      ? [
          {
            id: before.id,
            why: "one node at a time: quorum and Ceph do not survive the absence of a second one",
          },
        ]
      : first.map(({ id }) => ({
          id,
          why: "the remaining guests must restart by themselves while a node is away",
        }));
  });
  const later = waiting.flatMap((group) => groupPhases(context, group, reinstalls));
  const phases = [...first, ...inTurn, ...later].sort((a, b) => a.stage - b.stage);
  for (const phase of phases) {
    phase.blocks = phases
      .filter(({ blockedBy }) => blockedBy.some(({ id }) => id === phase.id))
      .map(({ id }) => id);
  }
  return { phases, effects: phaseEffects(context) };
}
