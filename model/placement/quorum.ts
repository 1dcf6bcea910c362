import type { Finding } from "../finding";

/** Votes of a cluster while nothing is lost. */
export interface Votes {
  /** Votes of the quorum device; 0 without one. */
  device: number;
  total: number;
  /** What a quorum takes. */
  needed: number;
}

/** More than half of so many. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

/**
 * Votes of corosync: one for each node. A quorum device brings one more in a cluster with an even
 * number of nodes, and one fewer than there are nodes in one with an odd number.
 *
 * @see https://pve.proxmox.com/pve-docs/pve-admin-guide.html "Corosync External Vote Support"
 */
export function clusterVotes(nodes: number, quorumDevice: boolean): Votes {
  const device = quorumDevice ? (nodes % 2 === 0 ? 1 : nodes - 1) : 0;
  const total = nodes + device;
  return { device, total, needed: majorityOf(total) };
}

/** Votes of a cluster as corosync counts them now. */
export interface VotesNow extends Votes {
  /** Votes that are there. */
  held: number;
  /** Votes of each node that is online. */
  online: number[];
  /** What the quorum device says of itself, when that is not that it is connected. @default it is there, or there is none */
  away?: string;
}

/**
 * Counts the votes that are there. A quorum device that says that it is not connected has none; one that says
 * nothing is taken to be there.
 */
export function votesNow({
  nodes,
  corosync,
}: {
  nodes: readonly { name: string; online: boolean }[];
  corosync: { nodes: readonly { name: string; votes: number }[]; qdevice?: { State?: unknown } };
}): VotesNow {
  const { device } = clusterVotes(corosync.nodes.length, corosync.qdevice !== undefined);
  const total = corosync.nodes.reduce((sum, { votes }) => sum + votes, 0) + device;
  const votesOf = (name: string) => corosync.nodes.find((node) => node.name === name)?.votes ?? 1;
  const state = corosync.qdevice?.State;
  const away = typeof state === "string" && !/^Connected/.test(state) ? state : undefined;
  const online = nodes.filter((node) => node.online).map(({ name }) => votesOf(name));
  const held = online.reduce((sum, votes) => sum + votes, 0) + (away === undefined ? device : 0);
  return {
    device,
    total,
    needed: majorityOf(total),
    held,
    online,
    ...(away !== undefined && { away }),
  };
}

/** Votes that are left with these many nodes; the device is outside the cluster, so it is. */
export function votesLeft({ device }: Votes, nodes: number): number {
  // Without a node nobody asks the device.
  return nodes === 0 ? 0 : nodes + device;
}

/** What is dangerous about the votes of a cluster, before anything is lost. */
export function judgeQuorum(nodes: readonly string[], quorumDevice: boolean): Finding[] {
  const votes = clusterVotes(nodes.length, quorumDevice);
  const warning = (path: string[], message: string, fix: string): Finding => ({
    rule: "cluster-quorum",
    path,
    message,
    fix,
    severity: "warning",
  });
  if (nodes.length === 2 && !quorumDevice) {
    return [
      warning(
        ["nodes"],
        `with 2 nodes both of the ${votes.total} votes are needed: whichever of ${nodes.join(" and ")} dies takes quorum with it, HA starts nothing and the other node resets itself if it carries HA guests`,
        "add a third node, or a QDevice on a host outside the cluster, stated as homelab:cluster.quorumDevice",
      ),
    ];
  }
  if (quorumDevice && nodes.length % 2 === 1 && nodes.length > 1) {
    return [
      warning(
        ["quorumDevice"],
        `a QDevice has ${votes.device} of ${votes.total} votes in a cluster of ${nodes.length} nodes: while it is away, one more loss takes quorum, which ${nodes.length} nodes alone would survive`,
        "leave it out; Proxmox advises it for an even number of nodes only",
      ),
    ];
  }
  return [];
}
