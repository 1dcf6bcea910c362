import { Service, type ServiceArgs } from "@pulumi/kubernetes/core/v1/service";
import {
  PodDisruptionBudget,
  type PodDisruptionBudgetArgs,
} from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import * as pulumi from "@pulumi/pulumi";
import { serviceName } from "../../config/sections/kubernetes-ingress";
import { controllerOf } from "../../model/kubernetes/ingress-controller";
import { trafficPolicyOf } from "../../model/network/pools";
import { ingressValues, ingressValuesAfterMove } from "../../templates/kubernetes/ingress-values";
import { addressAnnotation, serviceFamilies } from "../../templates/traefik/chart";
import { checkedArgs, refuse } from "../shared/parse-args";
import { inSite, joinSite } from "../shared/site-names";
import { type Owner, transformed } from "../shared/transform";
import type { MetalLbServiceArgs } from "./args";
import { type MetalLbFacts, metalLbArgsSchema, metalLbProblems, withController } from "./facts";
import type { MetalLbServiceOptions, MetalLbTransforms } from "./options";

export type { MetalLbServiceArgs, MetalLbServiceOptions, MetalLbTransforms };

/** Values for a Helm chart, to be merged by their owner. */
// biome-ignore lint/suspicious/noExplicitAny: free-form values, for which Pulumi's packages have no other type
type HelmValues = Record<string, any>;

/**
 * An address of its own for an ingress controller in Kubernetes, announced by MetalLB, Cilium or kube-vip.
 *
 * By default on a Service beside the one of the controller's chart, which selects the same pods: creating
 * it interrupts nothing, clients move when DNS and firewall do. With the variant `chart` the chart's
 * own Service changes its address instead, and this makes at most the disruption budget.
 */
export class MetalLbService extends pulumi.ComponentResource {
  /** Address that clients outside the cluster connect to, known once the Service of this stack exists. */
  readonly address: pulumi.Output<string>;
  /** Name that clients inside the cluster, and tunnels, use instead of the address. */
  readonly dnsName: pulumi.Output<string>;
  /** Values for the controller's chart: its pods, and with the variant `chart` its address. */
  readonly helmValues: HelmValues;
  /** What to add to them once all clients have moved; undefined with the variant `chart`. */
  readonly helmValuesAfterMove: HelmValues | undefined;

  constructor(name: string, args: MetalLbServiceArgs, opts?: MetalLbServiceOptions) {
    const { what, args: stated } = checkedArgs("MetalLbService", name, metalLbArgsSchema, args);
    refuse(metalLbProblems(stated), what);
    const facts = withController(stated);
    super("homelab:components:MetalLbService", inSite(name, opts?.parent), facts, opts);
    joinSite(this, opts?.parent);

    const owner = { name, transform: opts?.transform, opts: { parent: this } };

    const beside = facts.variant === "beside";
    const made = beside ? loadBalancer(owner, facts) : undefined;
    const { ownBudget, ports } = controllerOf(facts);
    // Two budgets for the same pods would make every eviction an error.
    if (!ownBudget && ports) disruptionBudget(owner, facts);

    const known = pulumi.output(made?.metadata);
    this.address = known.apply(() => facts.address);
    this.dnsName = known.apply(
      () => `${serviceName(name, facts)}.${facts.namespace}.svc.cluster.local`,
    );
    this.helmValues = ingressValues({ name, ...facts });
    this.helmValuesAfterMove = beside ? ingressValuesAfterMove({ name, ...facts }) : undefined;
    this.registerOutputs({
      address: this.address,
      dnsName: this.dnsName,
      helmValues: this.helmValues,
      helmValuesAfterMove: this.helmValuesAfterMove,
    });
  }
}

function loadBalancer(
  { name, transform, opts }: Owner<MetalLbTransforms>,
  facts: MetalLbFacts,
): Service {
  const { web, websecure } = facts.targetPorts;
  const defaults: ServiceArgs = {
    metadata: {
      name,
      namespace: facts.namespace,
      annotations: {
        // No allow-shared-ip: sharing needs policy Cluster or identical selectors, and whoever
        // shares the address moves with it. https://metallb.io/usage/#ip-address-sharing
        ...addressAnnotation(facts),
        // The pods belong to the controller's chart. Without a ready one the provider would wait ten
        // minutes and fail, although the Service is right and its address is given, not awaited.
        // https://github.com/pulumi/pulumi-kubernetes/issues/1915
        "pulumi.com/skipAwait": "true",
      },
    },
    spec: {
      type: "LoadBalancer",
      ...serviceFamilies(facts),
      externalTrafficPolicy: trafficPolicyOf(facts),
      selector: facts.selector,
      ports: [
        { name: "web", port: 80, targetPort: web, protocol: "TCP" },
        { name: "websecure", port: 443, targetPort: websecure, protocol: "TCP" },
        // Nobody would answer there without HTTP/3, and a firewall would be opened for nothing.
        ...(controllerOf(facts).http3
          ? [{ name: "websecure-http3", port: 443, targetPort: websecure, protocol: "UDP" }]
          : []),
      ],
    },
  };
  const child = transformed(transform?.service, { name, args: defaults, opts });
  return new Service(child.name, child.args, child.opts);
}

function disruptionBudget(
  { name, transform, opts }: Owner<MetalLbTransforms>,
  facts: MetalLbFacts,
): PodDisruptionBudget {
  const defaults: PodDisruptionBudgetArgs = {
    metadata: { name, namespace: facts.namespace },
    spec: { minAvailable: facts.minAvailable, selector: { matchLabels: facts.selector } },
  };
  const child = transformed(transform?.podDisruptionBudget, { name, args: defaults, opts });
  return new PodDisruptionBudget(child.name, child.args, child.opts);
}
