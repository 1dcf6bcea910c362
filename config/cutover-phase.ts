import type { StackPhase } from "../model/cutover/types";
import type { StackConfig } from "./stack";

type Cutover = StackConfig["cutovers"][string];

/** The cutover that leads to a Kubernetes ingress, if there is one. */
function cutoverTo(stack: StackConfig, ingress: string): Cutover | undefined {
  return Object.values(stack.cutovers).find(({ to }) => to.kubernetesIngress === ingress);
}

const reached = (phase: StackPhase, needed: StackPhase) =>
  phase === "moved" || phase === needed || needed === "before";

/** Ingress services as far as their cutovers are: not made yet, or still on the old address. */
export function ingressAtPhase<T extends { address: string }>(
  stack: StackConfig,
  services: Record<string, T>,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(services).flatMap(([name, service]) => {
      const cutover = cutoverTo(stack, name);
      if (!cutover || reached(cutover.phase, "service")) return [[name, service]];
      return cutover.variant === "additive" ? [] : [[name, { ...service, address: cutover.from }]];
    }),
  );
}

/** A tunnel's origin as far as its cutover is: until it moves, the Service with the old address. */
export function originAtPhase<T extends { service: string; namespace: string }>(
  stack: StackConfig,
  ingress: string,
  origin: T,
): T {
  const { fromService, phase, variant } = cutoverTo(stack, ingress) ?? {};
  return fromService && variant === "additive" && phase !== "moved"
    ? { ...origin, service: fromService.name, namespace: fromService.namespace }
    : origin;
}
