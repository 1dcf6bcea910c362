import { z } from "zod";
import {
  chartServiceUnused,
  kubernetesIngressSchema,
} from "../../config/sections/kubernetes-ingress";
import { addressRange, addressRange6 } from "../../config/sections/network";
import { findingText } from "../../model/finding";
import {
  judgeController,
  selectorOf,
  targetPortsOf,
} from "../../model/kubernetes/ingress-controller";
import { rangeContains } from "../../model/network/addresses";
import { mixedFamilies } from "../../model/network/families";
import { ANNOUNCEMENTS, ANNOUNCERS, judgeTrafficPolicy } from "../../model/network/pools";
import type { ArgsProblem } from "../shared/parse-args";

const {
  namespace,
  controller,
  address,
  address6,
  selector,
  replicas,
  minAvailable,
  targetPorts,
  variant,
  chartService,
  trafficPolicy,
} = kubernetesIngressSchema.shape;

/** The arguments of `MetalLbService`. */
export const metalLbArgsSchema = z.strictObject({
  namespace,
  controller,
  address,
  address6,
  pool: z
    .strictObject({
      name: z.string().min(1).describe("Name of the pool in MetalLB."),
      range: addressRange.describe("First and last address, inclusive; IPv4 or IPv6."),
      range6: addressRange6
        .optional()
        .describe("First and last IPv6 address of a pool of both families. Default: one family."),
    })
    .describe("MetalLB pool that owns the address."),
  selector,
  replicas,
  minAvailable,
  targetPorts,
  variant,
  chartService,
  trafficPolicy,
  announcedBy: z
    .enum(ANNOUNCERS)
    .optional()
    .describe("Who gives the Service its address and announces it. Default: MetalLB."),
  announcement: z
    .enum(ANNOUNCEMENTS)
    .optional()
    .describe("Cilium: how it is announced, in layer 2 or by BGP. Default: `l2`."),
});

/** The arguments that passed the schema. */
export type StatedMetalLbFacts = z.output<typeof metalLbArgsSchema>;

/** The checked facts of the Service, with what follows from its controller. */
export interface MetalLbFacts extends StatedMetalLbFacts {
  targetPorts: { web: number; websecure: number };
  selector: Record<string, string>;
}

/** What is left out follows from the controller. */
export function withController(facts: StatedMetalLbFacts): MetalLbFacts {
  return { ...facts, targetPorts: targetPortsOf(facts), selector: selectorOf(facts) };
}

/** What must hold among arguments that are right one by one. */
export function metalLbProblems(facts: StatedMetalLbFacts): ArgsProblem[] {
  const problems: ArgsProblem[] = [];
  const problem = (path: string, message: string) => problems.push({ path: [path], message });
  const { announcedBy = "metallb" } = facts;
  const findings = [
    ...judgeController(facts),
    ...judgeTrafficPolicy(facts.trafficPolicy, { ...facts, kind: announcedBy }),
  ];
  for (const finding of findings) {
    if (finding.severity === "error") problem(String(finding.path[0]), findingText(finding));
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
  const { name, range, range6 } = facts.pool;
  const ranges = range6 === undefined ? [range] : [range, range6];
  for (const key of ["address", "address6"] as const) {
    const found = facts[key];
    if (found === undefined || ranges.some((one) => rangeContains(one, found))) continue;
    problem(
      key,
      `${found} is outside the pool "${name}" (${ranges.join(", ")}); MetalLB announces addresses of its pools only, so take one from there`,
    );
  }
  const mixed = mixedFamilies(facts.address, facts.address6);
  if (mixed !== undefined) problem("address6", mixed);
  return problems;
}
