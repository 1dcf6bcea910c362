import { Service, type ServiceArgs } from "@pulumi/kubernetes/core/v1/service";
import {
  PodDisruptionBudget,
  type PodDisruptionBudgetArgs,
} from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import {
  chartServiceUnused,
  kubernetesIngressSchema,
  serviceName,
} from "../../config/sections/kubernetes-ingress";
import { ipv4Range, name as nameAtom } from "../../config/sections/network";
import { rangeContains } from "../../model/network/addresses";
import { chartValues, chartValuesAfterMove, type HelmValues } from "../../templates/traefik/chart";
import { type ArgsProblem, parseArgs, refuse } from "../shared/parse-args";
import { type Owner, transformed } from "../shared/transform";
import type { MetalLbServiceOptions, MetalLbTransforms } from "./options";

export type { MetalLbServiceOptions, MetalLbTransforms };

const { namespace, address, selector, replicas, minAvailable, targetPorts, variant, chartService } =
  kubernetesIngressSchema.shape;

const factsSchema = z.object({
  namespace,
  address,
  pool: z.object({ name: z.string().min(1), range: ipv4Range }),
  selector,
  replicas,
  minAvailable,
  targetPorts,
  variant,
  chartService,
});

type Facts = z.output<typeof factsSchema>;

/** Arguments of a {@link MetalLbService}. */
export interface MetalLbServiceArgs {
  /** Namespace of Traefik's pods; it must exist. */
  namespace: string;
  /** Address of this Service alone, inside `pool`. */
  address: string;
  /** The MetalLB pool that owns the address, with its range `first-last`. */
  pool: { name: string; range: string };
  /** Labels of Traefik's pods. */
  selector: Record<string, string>;
  /** Pods that are meant to run, at least 2. @default 3 */
  replicas?: number;
  /** Pods that a drain must leave running; fewer than `replicas`. @default 2 */
  minAvailable?: number;
  /** Container ports behind 80/TCP and 443/TCP+UDP. @default 8000 and 8443, as in Traefik's chart */
  targetPorts?: { web?: number; websecure?: number };
  /**
   * Which Service has the address: one of this stack, beside the one of Traefik's chart, or the
   * chart's own, which then gets it through `helmValues`. @default `beside`
   */
  variant?: "beside" | "chart";
  /** Name of the chart's own Service, for the variant `chart`. @default `traefik` */
  chartService?: string;
}

/**
 * An address of its own for Traefik in Kubernetes, announced by MetalLB.
 *
 * By default on a Service beside the one of Traefik's chart, which selects the same pods: creating
 * it interrupts nothing, clients move when DNS and firewall do. With the variant `chart` the chart's
 * own Service changes its address instead, and this makes only the disruption budget.
 */
export class MetalLbService extends pulumi.ComponentResource {
  /** Address that clients outside the cluster connect to, known once the Service of this stack exists. */
  readonly address: pulumi.Output<string>;
  /** Name that clients inside the cluster, and tunnels, use instead of the address. */
  readonly dnsName: pulumi.Output<string>;
  /** Values for Traefik's chart: its pods, HTTP/3, and with the variant `chart` its address. */
  readonly helmValues: HelmValues;
  /** What to add to them once all clients have moved; undefined with the variant `chart`. */
  readonly helmValuesAfterMove: HelmValues | undefined;

  constructor(name: string, args: MetalLbServiceArgs, opts?: MetalLbServiceOptions) {
    const what = `MetalLbService "${name}"`;
    parseArgs(nameAtom, name, what);
    const facts = parseArgs(factsSchema, args, what);
    refuse(problemsOf(facts), what);
    super("homelab:components:MetalLbService", name, facts, opts);
    const owner = { name, transform: opts?.transform, opts: { parent: this } };

    const beside = facts.variant === "beside";
    const made = beside ? loadBalancer(owner, facts) : undefined;
    disruptionBudget(owner, facts);

    const known = pulumi.output(made?.metadata);
    this.address = known.apply(() => facts.address);
    this.dnsName = known.apply(
      () => `${serviceName(name, facts)}.${facts.namespace}.svc.cluster.local`,
    );
    this.helmValues = chartValues({ name, ...facts });
    this.helmValuesAfterMove = beside ? chartValuesAfterMove({ name, ...facts }) : undefined;
    this.registerOutputs({
      address: this.address,
      dnsName: this.dnsName,
      helmValues: this.helmValues,
      helmValuesAfterMove: this.helmValuesAfterMove,
    });
  }
}

function problemsOf(facts: Facts): ArgsProblem[] {
  const problems: ArgsProblem[] = [];
  const problem = (path: string, message: string) => problems.push({ path: [path], message });
  if (Object.keys(facts.selector).length === 0) {
    problem("selector", "found no label, expected at least one; give the labels of Traefik's pods");
  }
  if (facts.variant === "beside" && facts.chartService !== undefined) {
    problem("chartService", chartServiceUnused(facts.chartService));
  }
  if (facts.minAvailable >= facts.replicas) {
    problem(
      "minAvailable",
      `found ${facts.minAvailable} of ${facts.replicas} replicas, expected at most ${facts.replicas - 1}; lower it or add replicas, otherwise no node can ever be drained`,
    );
  }
  if (!rangeContains(facts.pool.range, facts.address)) {
    problem(
      "address",
      `${facts.address} is outside the pool "${facts.pool.name}" (${facts.pool.range}); MetalLB announces addresses of its pools only, so take one from there`,
    );
  }
  return problems;
}

function loadBalancer({ name, transform, opts }: Owner<MetalLbTransforms>, facts: Facts): Service {
  const { web, websecure } = facts.targetPorts;
  const defaults: ServiceArgs = {
    metadata: {
      name,
      namespace: facts.namespace,
      annotations: {
        // No allow-shared-ip: sharing needs policy Cluster or identical selectors, and whoever
        // shares the address moves with it. https://metallb.io/usage/#ip-address-sharing
        "metallb.io/loadBalancerIPs": facts.address,
        // The pods belong to Traefik's chart. Without a ready one the provider would wait ten
        // minutes and fail, although the Service is right and its address is given, not awaited.
        // https://github.com/pulumi/pulumi-kubernetes/issues/1915
        "pulumi.com/skipAwait": "true",
      },
    },
    spec: {
      type: "LoadBalancer",
      // Local keeps the client's address, which CrowdSec bans by and QUIC depends on.
      externalTrafficPolicy: "Local",
      selector: facts.selector,
      ports: [
        { name: "web", port: 80, targetPort: web, protocol: "TCP" },
        { name: "websecure", port: 443, targetPort: websecure, protocol: "TCP" },
        { name: "websecure-http3", port: 443, targetPort: websecure, protocol: "UDP" },
      ],
    },
  };
  const child = transformed(transform?.service, { name, args: defaults, opts });
  return new Service(name, child.args, child.opts);
}

function disruptionBudget(
  { name, transform, opts }: Owner<MetalLbTransforms>,
  facts: Facts,
): PodDisruptionBudget {
  const defaults: PodDisruptionBudgetArgs = {
    metadata: { name, namespace: facts.namespace },
    spec: { minAvailable: facts.minAvailable, selector: { matchLabels: facts.selector } },
  };
  const child = transformed(transform?.podDisruptionBudget, { name, args: defaults, opts });
  return new PodDisruptionBudget(name, child.args, child.opts);
}
