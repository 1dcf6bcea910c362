import { simulate } from "../resilience/resilience";
import { RESTORE_SEC } from "../resilience/times";
import type { GuestModel } from "../resilience/types";
import { listed } from "../text";
import { type Context, concerned, type Downtime, type Phase } from "./types";

/** A container is stopped, its disk copied, and started again: an estimate, it grows with the disk. */
const CONTAINER_MOVE_SEC: [number, number] = [60, 3600];

/** A shared storage that a guest's disk can wait on while a node is away. */
function parkingFor({ cluster }: Context, node: string): string | undefined {
  const usable = Object.entries(cluster.storages).find(
    ([, { kind, nodes }]) =>
      (kind === "ceph" || kind === "shared") &&
      nodes.includes(node) &&
      nodes.some((other) => other !== node),
  );
  return usable?.[0];
}

/** How long guests are off when their disks or they themselves move. */
export function moves(context: Context, guests: readonly GuestModel[], how: string): Downtime[] {
  const names = (some: readonly GuestModel[]) => some.map(({ name }) => name);
  const stopped = guests.filter(({ name }) => context.containers.has(name));
  const live = guests.filter(({ name }) => !context.containers.has(name));
  return [
    ...(live.length > 0
      ? [{ guests: names(live), sec: [0, 0] as [number, number], why: `${how} while they run` }]
      : []),
    ...(stopped.length > 0
      ? [{ guests: names(stopped), sec: CONTAINER_MOVE_SEC, why: `containers: stopped, ${how}` }]
      : []),
  ];
}

function reinstallRisks(context: Context, node: string): string[] {
  const { cluster } = context;
  const others = cluster.nodes.filter((other) => other !== node);
  const lost = (key: "corosyncQuorum" | "cephQuorum") =>
    others.filter((other) => simulate({ ...cluster, services: [] }, [node, other])[key] === false);
  const [quorum, ceph] = [lost("corosyncQuorum"), lost("cephQuorum")];
  return [
    ...(quorum.length > 0
      ? [`while ${node} is away, the loss of ${listed(quorum, 5, "or")} takes the cluster's quorum`]
      : []),
    ...(ceph.length > 0
      ? [
          `while ${node} is away, the loss of ${listed(ceph, 5, "or")} freezes Ceph and every guest on it, parked ones included`,
        ]
      : []),
  ];
}

/** A node is emptied, reinstalled with the storages that it lacks, and joined again. */
export function reinstall(context: Context, node: string, storages: readonly string[]): Phase {
  const here = context.cluster.guests.filter((guest) => guest.node === node);
  const stuck = here.filter(({ immovable }) => immovable !== undefined);
  const own = here.filter((guest) => concerned(context, guest) && !stuck.includes(guest));
  const shared = here.filter((guest) => !concerned(context, guest) && !stuck.includes(guest));
  const parking = parkingFor(context, node);
  const off = parking === undefined ? [...stuck, ...own] : stuck;
  const reason = parking === undefined ? "no shared storage to park on" : "bound to the node";
  return {
    id: `reinstall ${node}`,
    stage: 2,
    what: `reinstall ${node} with ${listed(storages)}${own.length > 0 && parking ? `; the disks of ${listed(own.map(({ name }) => name))} are parked on ${parking} meanwhile` : ""}`,
    downtime: [
      ...(parking === undefined ? [] : moves(context, own, `moved to another node and ${parking}`)),
      ...moves(context, shared, "moved to another node"),
      ...(off.length > 0
        ? [
            {
              guests: off.map(({ name }) => name),
              sec: RESTORE_SEC,
              why: `${reason}: off until ${node} is back, and restored from a backup made just before`,
            },
          ]
        : []),
    ],
    blockedBy: [],
    blocks: [],
    risks: [
      ...reinstallRisks(context, node),
      ...(parking && own.length > 0
        ? [
            `until ${own.length === 1 ? "its disk is" : "their disks are"} back, ${listed(own.map(({ name }) => name))} ${own.length === 1 ? "goes" : "go"} down with ${parking}`,
          ]
        : []),
    ],
  };
}
