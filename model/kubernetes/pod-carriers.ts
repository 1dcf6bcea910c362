import { listed } from "../text";
import type { Distribution } from "./distribution";

/** A cluster with the machines that its pods are counted on. */
export interface PodCarriers {
  /** Place in the stack file: `kubernetes.home`. */
  place: string;
  distribution: Distribution;
  /** Names of its masters, and of its workers; without workers the masters carry the pods. */
  masters: readonly string[];
  workers: readonly string[];
  /** Whether this stack joins the nodes: a master that is a worker as well then gets no taint. */
  joined: boolean;
}

/** What keeps pods away from masters until somebody says otherwise; undefined where nothing does. */
const KEEPS_AWAY: Readonly<Record<Distribution, { who: string; unless: string } | undefined>> = {
  kubeadm: {
    who: "kubeadm taints",
    unless:
      "`kubectl taint nodes NAME node-role.kubernetes.io/control-plane:NoSchedule-` was run for each",
  },
  talos: {
    who: "Talos taints",
    unless: "cluster.allowSchedulingOnControlPlanes is true in the machine configuration",
  },
  // Their servers carry pods unless they are started with a taint.
  k3s: undefined,
  rke2: undefined,
};

/**
 * What is not known of pods on masters: the stack counts on them, and the distribution keeps pods away
 * unless it is told not to, which no stack file says.
 */
export function unjudgedCarriers(cluster: PodCarriers): string | undefined {
  const { place, distribution, masters, workers, joined } = cluster;
  const keeps = KEEPS_AWAY[distribution];
  const both = masters.filter((name) => workers.includes(name));
  const counted = workers.length === 0 ? masters : joined ? [] : both;
  if (keeps === undefined || counted.length === 0) return undefined;
  const are = counted.length === 1 ? "is a master" : "are masters";
  return `whether pods of ${place} run on ${listed(counted)} was not judged: ${counted.length === 1 ? "it" : "they"} ${are}, which ${keeps.who}; the report counts on ${counted.length === 1 ? "it" : "them"}, which is right where ${keeps.unless}`;
}
