import { parse } from "yaml";
import type { ObservedResource } from "../../rule";
import { oncePerResource } from "../memo";
import { UNKNOWN } from "../plain";
import { field, hasUnknown, number, text } from "../resource";
import { disruptionBudget, helmConfigs, helmRelease, service, workloads } from "../types";

const [daemonSet, deployment] = workloads;

/** The resources of a stack, with what releases of known charts make of their values. */
export function withReleases(resources: ObservedResource[]): ObservedResource[] {
  const made = resources.flatMap((resource) => madeBy(resource) ?? []);
  return made.length === 0 ? resources : [...resources, ...made];
}

/**
 * Whether a release may make a Service of type LoadBalancer that nobody sees: of another chart, or
 * from values that are not here.
 */
export function isUnreadRelease(resource: ObservedResource): boolean {
  if (madeBy(resource) !== undefined || !isRelease(resource)) return false;
  const values = valuesOf(resource);
  if (known.has(chartOf(resource))) return true;
  if (values === undefined) return /metallb|nginx|haproxy|kube-vip|cilium/.test(chartOf(resource));
  return /"(loadBalancerIPs?|externalTrafficPolicy|loadBalancerClass)":|"LoadBalancer"|loadbalancer-?ips|ipaddresspool/i.test(
    JSON.stringify(values),
  );
}

function isRelease({ type }: ObservedResource): boolean {
  return type === helmRelease || helmConfigs.some((each) => each === type);
}

function chartOf({ type, props }: ObservedResource): string {
  const chart =
    type === helmRelease
      ? text(props, "chart")
      : (text(props, "spec", "chart") ?? text(props, "metadata", "name"));
  return (
    chart
      ?.replace(/\.tgz$/, "")
      .split("/")
      .at(-1) ?? ""
  );
}

/** The values of a release; undefined where some of them are not here. */
function valuesOf({ type, props }: ObservedResource): unknown {
  if (type === helmRelease) {
    const files = field(props, "valueYamlFiles");
    const values = field(props, "values") ?? {};
    return files !== undefined || values === UNKNOWN ? undefined : values;
  }
  const content = text(props, "spec", "valuesContent");
  if (content === undefined)
    return field(props, "spec", "valuesContent") === undefined ? {} : undefined;
  try {
    return parse(content, { maxAliasCount: 100 }) ?? {};
  } catch {
    return undefined;
  }
}

/** What a chart makes of its values: where it keeps them, and what it takes without them. */
interface Chart {
  service(values: unknown): unknown;
  policy(values: unknown): unknown;
  /** Number of pods; undefined where something else decides. */
  pods(values: unknown): number | undefined;
  budget(values: unknown, pods: number | undefined): boolean;
}

const known = new Map<string, Chart>([
  [
    "traefik",
    {
      service: (values) => field(values, "service"),
      policy: (values) => field(values, "service", "spec", "externalTrafficPolicy"),
      pods: (values) => {
        if (field(values, "autoscaling", "enabled") === true) return undefined;
        if (field(values, "deployment", "kind") === "DaemonSet") return undefined;
        return counted(values, "deployment", "replicas");
      },
      budget: (values) => field(values, "podDisruptionBudget", "enabled") === true,
    },
  ],
  [
    "ingress-nginx",
    {
      service: (values) => field(values, "controller", "service"),
      policy: (values) => field(values, "controller", "service", "externalTrafficPolicy"),
      pods: (values) => {
        const controller = field(values, "controller");
        if (field(controller, "autoscaling", "enabled") === true) return undefined;
        if (field(controller, "kind") === "DaemonSet") return undefined;
        return counted(controller, "replicaCount");
      },
      // The chart makes one by itself for two and more.
      budget: (_, pods) => pods === undefined || pods > 1,
    },
  ],
]);

function counted(values: unknown, ...path: string[]): number | undefined {
  return field(values, ...path) === undefined ? 1 : number(values, ...path);
}

const madeBy = oncePerResource((release): ObservedResource[] | undefined => {
  const chart = isRelease(release) ? known.get(chartOf(release)) : undefined;
  const values = valuesOf(release);
  if (chart === undefined || values === undefined) return undefined;
  const stated = chart.service(values);
  if (hasUnknown(stated)) return undefined;
  if (field(stated, "enabled") === false) return [];
  const { name, urn, provider } = release;
  const namespace =
    text(release.props, "namespace") ?? text(release.props, "spec", "targetNamespace");
  const labels = { release: urn };
  const metadata = { labels, namespace: namespace ?? "default" };
  const pods = chart.pods(values);
  const made = (type: string, props: Record<string, unknown>): ObservedResource => ({
    type,
    name,
    urn,
    provider,
    props,
  });
  return [
    made(service, {
      metadata: { ...metadata, annotations: field(stated, "annotations") ?? {} },
      spec: {
        type: field(stated, "type") ?? "LoadBalancer",
        selector: labels,
        externalTrafficPolicy: chart.policy(values),
        loadBalancerIP: field(stated, "spec", "loadBalancerIP") ?? field(stated, "loadBalancerIP"),
        externalIPs: field(stated, "externalIPs"),
      },
    }),
    made(pods === undefined ? daemonSet : deployment, {
      metadata,
      spec: { replicas: pods, template: { metadata: { labels } } },
    }),
    ...(chart.budget(values, pods)
      ? [made(disruptionBudget, { metadata, spec: { selector: { matchLabels: labels } } })]
      : []),
  ];
});
