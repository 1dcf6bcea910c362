import { z } from "zod";
import {
  chartServiceUnused,
  kubernetesIngressSchema,
} from "../../config/sections/kubernetes-ingress";
import { ipv4Range } from "../../config/sections/network";
import { rangeContains } from "../../model/network/addresses";
import type { ArgsProblem } from "../shared/parse-args";

const { namespace, address, selector, replicas, minAvailable, targetPorts, variant, chartService } =
  kubernetesIngressSchema.shape;

/** The arguments of `MetalLbService`. */
export const metalLbArgsSchema = z.strictObject({
  namespace,
  address,
  pool: z
    .strictObject({
      name: z.string().min(1).describe("Name of the pool in MetalLB."),
      range: ipv4Range.describe("First and last address, inclusive."),
    })
    .describe("MetalLB pool that owns the address."),
  selector,
  replicas,
  minAvailable,
  targetPorts,
  variant,
  chartService,
});

/** The checked facts of the Service. */
export type MetalLbFacts = z.output<typeof metalLbArgsSchema>;

/** What must hold among arguments that are right one by one. */
export function metalLbProblems(facts: MetalLbFacts): ArgsProblem[] {
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
