import { Service, type ServiceArgs } from "@pulumi/kubernetes/core/v1/service";
import {
  PodDisruptionBudget,
  type PodDisruptionBudgetArgs,
} from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { kubernetesIngressSchema } from "../config/kubernetes-ingress";
import { ipv4Range, name as nameAtom } from "../config/network";
import { rangeContains } from "../model/addresses";
import { type ArgsProblem, parseArgs, refuse } from "./parse-args";
import { type Transform, transformed } from "./transform";

const { namespace, address, selector, replicas, minAvailable, targetPorts } =
  kubernetesIngressSchema.shape;

const factsSchema = z.object({
  namespace,
  address,
  pool: z.object({ name: z.string().min(1), range: ipv4Range }),
  selector,
  replicas,
  minAvailable,
  targetPorts,
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
  /** Last changes to what a child is given. */
  transform?: {
    service?: Transform<ServiceArgs>;
    podDisruptionBudget?: Transform<PodDisruptionBudgetArgs>;
  };
}

/** A part of the values of Traefik's Helm chart (41.x); plain data, to be merged by its owner. */
export type HelmValues = Record<string, unknown>;

/**
 * An address of its own for Traefik in Kubernetes, announced by MetalLB.
 *
 * The Service stands beside the one of Traefik's chart and selects the same pods, so creating it
 * interrupts nothing: clients move when DNS and firewall do.
 */
export class MetalLbService extends pulumi.ComponentResource {
  /** Address that clients outside the cluster connect to, known once the Service exists. */
  readonly address: pulumi.Output<string>;
  /** Name that clients inside the cluster, and tunnels, use instead of the address. */
  readonly dnsName: pulumi.Output<string>;
  /**
   * Values for Traefik's chart once nothing uses the chart's own Service any more: as many pods as
   * the disruption budget counts on, on different nodes, with HTTP/3.
   */
  readonly helmValues: HelmValues;

  constructor(name: string, args: MetalLbServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    const what = `MetalLbService "${name}"`;
    parseArgs(nameAtom, name, what);
    const facts = parseArgs(factsSchema, args, what);
    refuse(problemsOf(facts), what);
    super("homelab:components:MetalLbService", name, facts, opts);
    const child = { parent: this };

    const service = loadBalancer(name, facts, args, child);
    disruptionBudget(name, facts, args, child);

    this.address = service.metadata.apply(() => facts.address);
    this.dnsName = service.metadata.apply(() => `${name}.${facts.namespace}.svc.cluster.local`);
    this.helmValues = helmValues(facts);
    this.registerOutputs({
      address: this.address,
      dnsName: this.dnsName,
      helmValues: this.helmValues,
    });
  }
}

function problemsOf(facts: Facts): ArgsProblem[] {
  const problems: ArgsProblem[] = [];
  const problem = (path: string, message: string) => problems.push({ path: [path], message });
  if (Object.keys(facts.selector).length === 0) {
    problem("selector", "found no label, expected at least one; give the labels of Traefik's pods");
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

function loadBalancer(
  name: string,
  facts: Facts,
  args: MetalLbServiceArgs,
  opts: pulumi.CustomResourceOptions,
): Service {
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
  return new Service(name, transformed(args.transform?.service, defaults, opts), opts);
}

function disruptionBudget(
  name: string,
  facts: Facts,
  args: MetalLbServiceArgs,
  opts: pulumi.CustomResourceOptions,
): PodDisruptionBudget {
  const defaults: PodDisruptionBudgetArgs = {
    metadata: { name, namespace: facts.namespace },
    spec: { minAvailable: facts.minAvailable, selector: { matchLabels: facts.selector } },
  };
  return new PodDisruptionBudget(
    name,
    transformed(args.transform?.podDisruptionBudget, defaults, opts),
    opts,
  );
}

/** Keys as in https://github.com/traefik/traefik-helm-chart/blob/v41.3.0/traefik/values.yaml */
function helmValues(facts: Facts): HelmValues {
  return {
    deployment: { replicas: facts.replicas },
    // Under policy Local only a node with a ready pod can announce the address.
    topologySpreadConstraints: [
      {
        topologyKey: "kubernetes.io/hostname",
        maxSkew: 1,
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: { matchLabels: facts.selector },
      },
    ],
    podDisruptionBudget: { enabled: false },
    service: { enabled: false },
    ports: {
      web: { port: facts.targetPorts.web },
      websecure: {
        port: facts.targetPorts.websecure,
        // Without it Traefik advertises the container port, which no client can reach.
        http3: { enabled: true, advertisedPort: 443 },
      },
    },
  };
}
