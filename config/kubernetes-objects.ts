import type { StackConfig } from "./stack";

// Objects of Kubernetes go to the API of one provider: the one to which the kubeconfig's context of the
// whole stack (or site) leads, or one of its own for a cluster that states another context.

/** The sections of which each entry is a Kubernetes cluster. */
export const CLUSTER_SECTIONS = ["apiLoadBalancers", "kubernetes"] as const;

/** A Kubernetes cluster by its name, whichever section has it. */
export function kubernetesCluster(stack: StackConfig, name: string) {
  return stack.apiLoadBalancers[name] ?? stack.kubernetes[name];
}

/** Place of a cluster in the stack file. */
export function clusterPlace(stack: StackConfig, name: string): [string, string] {
  return [stack.apiLoadBalancers[name] ? "apiLoadBalancers" : "kubernetes", name];
}

/** Names of all clusters. */
export function clusterNames(stack: StackConfig): string[] {
  return CLUSTER_SECTIONS.flatMap((section) => Object.keys(stack[section]));
}

/**
 * The cluster whose pods hold a tunnel open: the one that it names, that of the first Service behind it, or
 * the only one there is; none where hosts hold it open, or nothing says which.
 */
export function tunnelCluster(stack: StackConfig, tunnel: string): string | undefined {
  const { cluster, connectors, ingress } = stack.tunnels[tunnel] ?? {};
  if (connectors) return undefined;
  if (cluster !== undefined) return cluster;
  const services = (ingress ?? []).flatMap(({ origin }) => origin.ingress ?? []);
  const behind = services.flatMap((name) => stack.kubernetesIngress[name]?.cluster ?? []);
  const [only, ...others] = clusterNames(stack);
  return behind[0] ?? (others.length === 0 ? only : undefined);
}

/** The clusters in which the stack makes objects, each once. */
export function objectClusters(stack: StackConfig): string[] {
  const services = Object.values(stack.kubernetesIngress).map(({ cluster }) => cluster);
  const tunnels = Object.keys(stack.tunnels).flatMap((name) => tunnelCluster(stack, name) ?? []);
  // A name of nothing is a mistake of its own.
  const known = [...services, ...tunnels].filter((name) => kubernetesCluster(stack, name));
  return [...new Set(known)];
}

/**
 * The context that leads to a cluster.
 *
 * @param usual context of the stack (`kubernetes:context`) or of the site. @default kubectl's current one
 */
export function contextOf(
  stack: StackConfig,
  cluster: string | undefined,
  usual: string | undefined,
): string | undefined {
  const own = cluster === undefined ? undefined : kubernetesCluster(stack, cluster);
  return own?.kubernetesContext ?? usual;
}

/**
 * Contexts of the clusters that need a provider of their own, by cluster. One whose context is the usual
 * one has the provider that all stacks have, so that its objects stay when a second cluster comes.
 */
export function ownContexts(stack: StackConfig, usual: string | undefined): Record<string, string> {
  return Object.fromEntries(
    objectClusters(stack).flatMap((cluster) => {
      const stated = kubernetesCluster(stack, cluster)?.kubernetesContext;
      return stated === undefined || stated === usual ? [] : [[cluster, stated]];
    }),
  );
}
