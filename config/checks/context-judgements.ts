import { listed } from "../../model/text";
import type { Problem } from "../file/problem";
import type { Path } from "../file/raw";
import { clusterPlace, contextOf, kubernetesCluster, objectClusters } from "../kubernetes-objects";
import type { StackConfig } from "../stack";

/** How the provider that every stack has is told of its cluster, which makes no object anew. */
const USUAL =
  "where its objects exist already, run `pulumi config set kubernetes:context NAME` instead, for a provider of its own would make them anew";

/**
 * Several Kubernetes clusters in one stack: objects must certainly go to the one that they are for.
 *
 * @param usual context of the stack's, or the site's, provider. @default kubectl's current one, whichever that is
 */
export function contextProblems(stack: StackConfig, usual: string | undefined): Problem[] {
  const clusters = objectClusters(stack);
  return [
    ...(clusters.length < 2
      ? []
      : [...missing(stack, clusters, usual), ...twice(stack, clusters, usual)]),
    ...sharedPools(stack),
  ];
}

const error = (path: Path, message: string): Problem => ({ path, message, severity: "error" });

const placeIn = (stack: StackConfig, cluster: string): Path => [
  ...clusterPlace(stack, cluster),
  "kubernetesContext",
];

/** At most one cluster may leave its context to the stack, and only to one that is written down. */
function missing(
  stack: StackConfig,
  clusters: readonly string[],
  usual: string | undefined,
): Problem[] {
  const silent = clusters.filter(
    (name) => kubernetesCluster(stack, name)?.kubernetesContext === undefined,
  );
  const [first, ...others] = silent;
  if (first === undefined) return [];
  const open = usual === undefined ? silent : others;
  return open.map((name) => {
    const rest = listed(clusters.filter((other) => other !== name).map((other) => `"${other}"`));
    return error(
      placeIn(stack, name),
      `missing, but this stack makes objects in ${rest} as well, and nothing says whose API these go to; state the context in your kubeconfig that leads to "${name}"${usual === undefined ? `, or, ${USUAL}` : ""}`,
    );
  });
}

/** Two clusters that one context leads to; said of the later one, or of the one that states it. */
function twice(
  stack: StackConfig,
  clusters: readonly string[],
  usual: string | undefined,
): Problem[] {
  const all = clusters.map((name) => ({
    name,
    context: contextOf(stack, name, usual),
    stated: kubernetesCluster(stack, name)?.kubernetesContext !== undefined,
  }));
  return all.flatMap(({ name, context, stated }, index) => {
    const other = all.find(
      (one, at) => one.name !== name && one.context === context && (!one.stated || at < index),
    );
    if (!stated || other === undefined) return [];
    return [
      error(
        placeIn(stack, name),
        `found "${context}", which leads to "${other.name}" already, expected a context of its own for each cluster; correct it`,
      ),
    ];
  });
}

/** Two announcers hand out addresses of one range without knowing of each other. */
function sharedPools(stack: StackConfig): Problem[] {
  const first = new Map<string, { name: string; cluster: string }>();
  return Object.entries(stack.kubernetesIngress).flatMap(([name, { pool, cluster }]) => {
    const before = first.get(pool);
    first.set(pool, before ?? { name, cluster });
    if (before === undefined || before.cluster === cluster) return [];
    return [
      {
        path: ["kubernetesIngress", name, "pool"],
        message: `found ${pool}, from which "${before.cluster}" announces "${before.name}" already: two clusters would give one address to two Services; make a pool of its own for "${cluster}" in homelab:cluster.segments`,
        severity: "warning" as const,
      },
    ];
  });
}
