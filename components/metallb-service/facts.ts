import { z } from "zod";
import {
  chartServiceUnused,
  kubernetesIngressSchema,
} from "../../config/sections/kubernetes-ingress";
import { addressRange, addressRange6 } from "../../config/sections/network";
import { rangeContains } from "../../model/network/addresses";
import { mixedFamilies } from "../../model/network/families";
import { ANNOUNCERS } from "../../model/network/pools";
import type { ArgsProblem } from "../shared/parse-args";

const {
  namespace,
  address,
  address6,
  selector,
  replicas,
  minAvailable,
  targetPorts,
  variant,
  chartService,
} = kubernetesIngressSchema.shape;

/** The arguments of `MetalLbService`. */
export const metalLbArgsSchema = z.strictObject({
  namespace,
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
  announcedBy: z
    .enum(ANNOUNCERS)
    .optional()
    .describe("Who gives the Service its address and announces it. Default: MetalLB."),
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
