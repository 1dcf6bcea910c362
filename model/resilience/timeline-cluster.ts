import { counted, duration, listed } from "../text";
import type { Explained } from "./resilience";
import { partitionSteps } from "./timeline-partition";
import {
  CEPH_HEARTBEAT_SEC,
  CEPH_OUT_SEC,
  FENCE_DELAY_SEC,
  HA_RESTART_SEC,
  LOCK_SEC,
  SELF_FENCE_SEC,
  tokenSec,
} from "./times";
import type { ClusterModel, Step } from "./types";

function firstStep(cluster: ClusterModel, { state }: Explained): Step[] {
  const { loss } = state;
  const { dead, off, isolated, storages, corosync } = loss;
  const guests = (nodes: readonly string[]) =>
    counted(cluster.guests.filter(({ node }) => nodes.includes(node)).length, "guest");
  const at = (text: string): Step => ({ atSec: [0, 0], text, source: "" });
  return [
    ...(dead.length > 0
      ? [
          at(
            `${listed(dead, 8)} ${dead.length > 1 ? "die with their disks" : "dies with its disks"} and ${guests(dead)}`,
          ),
        ]
      : []),
    ...(off.length > 0
      ? [
          at(
            `${listed(off, 8)} ${off.length > 1 ? "are" : "is"} off (crash or power) with ${guests(off)}; the disks are whole`,
          ),
        ]
      : []),
    ...(loss.sides
      ? [
          at(
            `the network is cut in two: ${listed(loss.sides[0], 8)} on one side, ${listed(loss.sides[1], 8)} on the other; both sides run`,
          ),
        ]
      : []),
    ...(isolated.length > 0 && !loss.sides
      ? [
          at(
            `${listed(isolated, 8)} ${isolated.length > 1 ? "run on, each" : "runs on,"} cut off from everything, with ${guests(isolated)}`,
          ),
        ]
      : []),
    ...(storages.length > 0 ? [at(`storage ${listed(storages, 8)} fails, no node does`)] : []),
    ...loss.guests.map(({ name, how }) =>
      at(
        how === "dead"
          ? `guest ${name} dies; its node lives`
          : `guest ${name} runs and answers nothing`,
      ),
    ),
    ...loss.pools.map(({ node, storage }) =>
      at(`storage ${storage} of ${node} is gone with what is on it; the node lives`),
    ),
    ...(loss.outside.length > 0 ? [at(`${listed(loss.outside, 8)} cannot be reached`)] : []),
    ...(loss.quorumDevice ? [at("the quorum device is gone, no node is")] : []),
    ...(loss.backups ? [at("the backups are gone; what runs goes on")] : []),
    ...(loss.deviceFor !== undefined
      ? [
          at(
            `corosync fails: no node sees another, and all reach the QDevice, which votes for ${loss.deviceFor} (of equal sides, that of the lowest node id)`,
          ),
        ]
      : []),
    ...(loss.unlinked.length > 0 && loss.deviceFor === undefined
      ? [
          at(
            `corosync of ${listed(loss.unlinked, 8)} reaches nobody; clients and storage reach its guests`,
          ),
        ]
      : []),
    ...loss.certificates.map((pair) =>
      at(`the certificates of ${pair} run out; a standby has the same ones and is no help`),
    ),
    ...(corosync && !loss.sides
      ? [at("corosync fails on every node, as when its network does")]
      : []),
  ];
}

/** Seconds until corosync misses a node, and until those that are left agree: 1.2 times the token more. */
function agreedSec({ nodes, tokenCoefficientMs }: ClusterModel): [number, number] {
  const [least, most] = tokenSec(nodes.length, tokenCoefficientMs);
  return [least, Math.round(most * 220) / 100];
}

function quorumSteps(cluster: ClusterModel, { state }: Explained): Step[] {
  const { failed, survivors, votes, quorum, loss, fenced } = state;
  if (failed.size + loss.unlinked.length === 0 && !loss.corosync) return [];
  const [least, most] = tokenSec(cluster.nodes.length, cluster.tokenCoefficientMs);
  const token = least === most ? duration(most) : `${duration(least)} to ${duration(most)}`;
  const device = cluster.quorumDevice
    ? ` and ${survivors.length === 1 ? "has" : "have"} with the QDevice ${votes.left} of ${votes.total} votes`
    : "";
  const lost = loss.sides
    ? `neither side has the ${votes.needed} votes that are needed: quorum is lost on both`
    : "no node sees another: quorum is lost everywhere";
  const verdict = loss.corosync
    ? lost
    : `${survivors.length} of ${cluster.nodes.length} nodes ${survivors.length === 1 ? "is" : "are"} left${device}, ${votes.needed} votes are needed: quorum is ${quorum ? "kept" : "lost"}`;
  const cut = [...loss.isolated, ...loss.unlinked];
  const resets = [...fenced, ...cut.filter((node) => carriesHa(cluster, node))];
  const others = [...survivors, ...cut].filter((node) => !resets.includes(node));
  // With quorum only those that are cut off would have a reason to reset themselves.
  const calm = quorum ? others.filter((node) => cut.includes(node)) : others;
  return [
    {
      atSec: agreedSec(cluster),
      text: `corosync misses the token, then agrees on who is left: ${verdict}`,
      source: `corosync.conf(5): token 3000 ms + (nodes - 2) × token_coefficient = ${token}, consensus 1.2 × token`,
    },
    ...(resets.length > 0
      ? [
          {
            atSec: [SELF_FENCE_SEC, SELF_FENCE_SEC] as [number, number],
            text: `${listed(resets, 8)} ${resets.length > 1 ? "carry guests under HA and have no quorum: their watchdogs reset them" : "carries guests under HA and has no quorum: its watchdog resets it"}`,
            source: "pve-ha-manager, watchdog-mux.c: client watchdog 60 s",
          },
        ]
      : []),
    ...((!quorum || cut.length > 0) && calm.length > 0
      ? [
          {
            atSec: [SELF_FENCE_SEC, SELF_FENCE_SEC] as [number, number],
            text: `no guest under HA on ${listed(calm, 8)}, so no watchdog is armed there: what runs there goes on`,
            source: "pve-ha-manager: the watchdog is armed while resources are active",
          },
        ]
      : []),
  ];
}

const carriesHa = (cluster: ClusterModel, node: string) =>
  cluster.guests.some((guest) => guest.node === node && guest.ha);

function cephSteps(cluster: ClusterModel, { state }: Explained): Step[] {
  return Object.entries(cluster.storages).flatMap(([name, storage]): Step[] => {
    if (storage.kind !== "ceph" || state.loss.storages.includes(name)) return [];
    const hit = (nodes: readonly string[]) => nodes.filter((node) => state.failed.has(node));
    const [osds, monitors] = [hit(storage.osdNodes), hit(storage.monitors)];
    if (osds.length + monitors.length === 0) return [];
    const trouble = state.ceph.get(name);
    if (trouble) {
      return [
        {
          atSec: [0, CEPH_HEARTBEAT_SEC],
          text: `${name}: ${trouble.reason}`,
          source: "Ceph: majority of monitors, min_size of the pool",
        },
      ];
    }
    const left = storage.osdNodes.length - osds.length;
    return [
      ...(osds.length > 0
        ? [
            {
              atSec: [0, CEPH_HEARTBEAT_SEC] as [number, number],
              text: `${name}: reads and writes that lead to OSDs of ${listed(osds)} hang until the monitors mark them down; then ${left} of ${storage.osdNodes.length} nodes with OSDs serve on`,
              source: `Ceph, osd_heartbeat_grace: ${CEPH_HEARTBEAT_SEC} s`,
            },
            {
              atSec: [CEPH_OUT_SEC, CEPH_OUT_SEC] as [number, number],
              text: `${name}: ${listed(osds)} is marked out, and Ceph makes the missing copies elsewhere where it has a node for them`,
              source: `Ceph, mon_osd_down_out_interval: ${CEPH_OUT_SEC} s`,
            },
          ]
        : []),
      ...(monitors.length > 0
        ? [
            {
              atSec: [0, CEPH_HEARTBEAT_SEC] as [number, number],
              text: `${name}: ${storage.monitors.length - monitors.length} of ${storage.monitors.length} monitors are left, a majority`,
              source: "Ceph: majority of monitors",
            },
          ]
        : []),
    ];
  });
}

function fencingSteps(cluster: ClusterModel, { state, report }: Explained): Step[] {
  const moved = Object.keys(report.guests).filter((name) =>
    ["restarts", "no-room", "waits"].includes(report.guests[name]?.status ?? ""),
  );
  const from = new Set(
    cluster.guests
      .filter(({ name, node }) => moved.includes(name) && state.failed.has(node))
      .map(({ node }) => node),
  );
  if (!state.quorum || from.size === 0) return [];
  const nodes = listed([...from], 8);
  return [
    {
      atSec: [agreedSec(cluster)[1], LOCK_SEC],
      text: `if HA's master was on ${nodes}, another node takes its lock over; any node may be the master`,
      source: "pve-ha-manager, Env/PVE2.pm: locks of pmxcfs run out after 120 s",
    },
    {
      atSec: [FENCE_DELAY_SEC, FENCE_DELAY_SEC + LOCK_SEC],
      text: `the master has not seen ${nodes} for ${FENCE_DELAY_SEC} s: its guests go to "fence"`,
      source: "pve-ha-manager, NodeStatus.pm: fence_delay 60 s",
    },
    {
      atSec: [HA_RESTART_SEC[0] - 5, HA_RESTART_SEC[1] - 10],
      text: `the lock of ${nodes} has run out, so its watchdog has fired: it counts as fenced, and its guests go to "recovery"`,
      source: "pve-ha-manager, Env/PVE2.pm: locks of pmxcfs run out after 120 s",
    },
  ];
}

/** What happens to the cluster itself: the failure, corosync, watchdogs, Ceph, fencing. */
export function openingSteps(cluster: ClusterModel, explained: Explained): Step[] {
  return [
    ...firstStep(cluster, explained),
    ...quorumSteps(cluster, explained),
    ...cephSteps(cluster, explained),
    ...fencingSteps(cluster, explained),
    ...partitionSteps(cluster, explained),
  ];
}
