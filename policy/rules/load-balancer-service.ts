import {
  judgeLoadBalancerService,
  type LoadBalancerService,
} from "../../model/network/load-balancer-service";
import { containersOf } from "../reading/kubernetes/kubernetes-vips";
import { withReleases } from "../reading/kubernetes/releases";
import {
  entries,
  field,
  hasUnknown,
  list,
  number,
  placeOf,
  text,
  texts,
} from "../reading/resource";
import {
  autoscalers,
  disruptionBudget,
  helmConfigs,
  helmRelease,
  service,
  workloads,
} from "../reading/types";
import { docsPage, type Located, type ObservedResource, type Rule } from "../rule";

const name = "load-balancer-service";
const scaled = workloads.filter((type) => /:(Deployment|StatefulSet)$/.test(type));

/** An address that no node announces is down, however well the nodes are. */
export const loadBalancerService: Rule = {
  name,
  description:
    "A Service of type LoadBalancer answers while nodes are drained, on every port it offers.",
  severity: "mandatory",
  docs: docsPage(name),
  types: [service, disruptionBudget, helmRelease, ...helmConfigs, ...workloads, ...autoscalers],
  advises: true,
  stack: (stack) => {
    const resources = withReleases(stack);
    return resources
      .filter(
        ({ type, props }) => type === service && text(props, "spec", "type") === "LoadBalancer",
      )
      .flatMap((resource) =>
        judgeLoadBalancerService(observed(resource, resources)).map(
          (finding): Located => ({ finding, where: placeOf(resource), urn: resource.urn }),
        ),
      );
  },
};

function observed(resource: ObservedResource, all: ObservedResource[]): LoadBalancerService {
  const near = all.filter((other) => isNear(other, resource));
  const selector = field(resource.props, "spec", "selector");
  const behind = near.filter(
    (other) => workloads.some((type) => type === other.type) && selects(selector, labelsOf(other)),
  );
  const pods = podsOf(behind, near);
  return {
    local: text(resource.props, "spec", "externalTrafficPolicy") === "Local",
    ...(pods !== undefined && { pods }),
    budget: behind.every((workload) =>
      near.some(
        (other) =>
          other.type === disruptionBudget &&
          (hasUnknown(field(other.props, "spec", "selector")) ||
            field(other.props, "spec", "selector", "matchExpressions") !== undefined ||
            selects(field(other.props, "spec", "selector", "matchLabels"), labelsOf(workload))),
      ),
    ),
    http3: behind.some(offersHttp3),
    ports: near
      .filter(
        (other) =>
          other.type === service &&
          behind.some((each) => selects(field(other.props, "spec", "selector"), labelsOf(each))),
      )
      .flatMap((other) => list(other.props, "spec", "ports"))
      .map((port) => `${text(port, "protocol") ?? "TCP"} ${number(port, "port") ?? ""}`),
  };
}

/** One cluster and one namespace. */
function isNear(one: ObservedResource, other: ObservedResource): boolean {
  const namespace = ({ props }: ObservedResource) =>
    field(props, "metadata", "namespace") ?? "default";
  return one.provider === other.provider && namespace(one) === namespace(other);
}

function labelsOf({ props }: ObservedResource): unknown {
  return (
    field(props, "spec", "template", "metadata", "labels") ?? field(props, "metadata", "labels")
  );
}

/** Whether a selector is stated and every label of it is there; an unknown one selects nothing. */
function selects(selector: unknown, labels: unknown): boolean {
  const wanted = entries(selector);
  return (
    wanted.length > 0 &&
    wanted.every(([key, value]) => typeof value === "string" && field(labels, key) === value)
  );
}

/** Pods at least; nothing is said where a DaemonSet, an autoscaler or an unknown number decides. */
function podsOf(behind: ObservedResource[], near: ObservedResource[]): number | undefined {
  if (behind.length === 0 || behind.some(({ type }) => !scaled.some((each) => each === type))) {
    return undefined;
  }
  if (near.some(({ type }) => autoscalers.some((each) => each === type))) return undefined;
  const counts = behind.map(({ props }) =>
    field(props, "spec", "replicas") === undefined ? 1 : number(props, "spec", "replicas"),
  );
  if (counts.some((count) => count === undefined)) return undefined;
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** Traefik with HTTP/3 at an entry point, by its arguments. */
function offersHttp3(workload: ObservedResource): boolean {
  return containersOf(workload).some((container) =>
    [...texts(container, "args"), ...texts(container, "command")].some((argument) =>
      /^--entrypoints\.[\w-]+\.http3(=true|\.advertisedport=443)?$/i.test(argument),
    ),
  );
}
