import { unjudgedCarriers } from "../../model/kubernetes/pod-carriers";
import { hostFacts } from "../hosts";
import { clusterPlace, objectClusters } from "../kubernetes-objects";
import type { StackConfig } from "../stack";

type HostRef = StackConfig["kubernetes"][string]["masters"][number];

/** What is not known of the pods that the stack counts on, of each cluster in which it makes objects. */
export function unjudgedPods(stack: StackConfig): string[] {
  const named = (refs: readonly HostRef[]) =>
    refs.flatMap((ref) => hostFacts(stack, ref)?.name ?? []);
  return objectClusters(stack).flatMap((name) => {
    const balancer = stack.apiLoadBalancers[name];
    const cluster = balancer ?? stack.kubernetes[name];
    if (cluster === undefined) return [];
    const found = unjudgedCarriers({
      place: clusterPlace(stack, name).join("."),
      distribution: cluster.distribution ?? "kubeadm",
      masters: named(cluster.masters),
      workers: named(cluster.workers),
      joined: balancer?.kubeadm.join ?? false,
    });
    return found === undefined ? [] : [found];
  });
}
