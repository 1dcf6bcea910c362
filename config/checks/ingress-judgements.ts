import type { Problem } from "../file/problem";
import type { Path } from "../file/raw";
import { chartServiceUnused } from "../sections/kubernetes-ingress";
import type { StackConfig } from "../stack";

type Ingress = StackConfig["kubernetesIngress"][string];

/** What is wrong with the ingress addresses of a stack, beyond single values. */
export function ingressProblems(stack: StackConfig): Problem[] {
  return Object.entries(stack.kubernetesIngress).flatMap(([name, ingress]) => [
    ...drainProblems(name, ingress),
    ...variantProblems(stack, name, ingress),
    ...movingProblems(stack, name, ingress),
  ]);
}

const error = (path: Path, message: string): Problem => ({ path, message, severity: "error" });

function drainProblems(name: string, { minAvailable, replicas }: Ingress): Problem[] {
  if (minAvailable < replicas) return [];
  const message = `${minAvailable} of ${replicas} pods must stay available, so no node can ever be drained; use at most ${replicas - 1}`;
  return [error(["kubernetesIngress", name, "minAvailable"], message)];
}

/** A cutover moves one address: with a second one the Service of before would get it too early. */
function movingProblems(stack: StackConfig, name: string, { address6 }: Ingress): Problem[] {
  if (address6 === undefined) return [];
  return Object.entries(stack.cutovers).flatMap(([cutover, { to, phase }]) =>
    to.kubernetesIngress === name && phase !== "moved"
      ? [
          error(
            ["kubernetesIngress", name, "address6"],
            `found ${address6}, but the cutover "${cutover}" moves clients to this Service, and it moves one address; add address6 once its phase is moved`,
          ),
        ]
      : [],
  );
}

function variantProblems(stack: StackConfig, name: string, ingress: Ingress): Problem[] {
  const { variant, chartService } = ingress;
  if (variant === "beside") {
    return chartService === undefined
      ? []
      : [error(["kubernetesIngress", name, "chartService"], chartServiceUnused(chartService))];
  }
  // The chart's own Service has one address: the old one goes when the new one comes.
  return Object.entries(stack.cutovers).flatMap(([cutover, { to, variant: move }]) =>
    to.kubernetesIngress === name && move === "additive"
      ? [
          error(
            ["cutovers", cutover, "variant"],
            `found additive, but "${name}" is the chart's own Service (variant: chart), which has one address at a time; write variant: in-place here, or variant: beside in homelab:kubernetesIngress.${name}`,
          ),
        ]
      : [],
  );
}
