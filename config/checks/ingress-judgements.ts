import { findingText } from "../../model/finding";
import {
  CONTROLLERS,
  controllerOf,
  judgeController,
  judgeK3sPackaged,
} from "../../model/kubernetes/ingress-controller";
import { judgeTrafficPolicy } from "../../model/network/pools";
import type { Problem } from "../file/problem";
import type { Path } from "../file/raw";
import { clusterPlace, kubernetesCluster } from "../kubernetes-objects";
import { chartServiceUnused } from "../sections/kubernetes-ingress";
import type { StackConfig } from "../stack";

type Ingress = StackConfig["kubernetesIngress"][string];

/** What is wrong with the ingress addresses of a stack, beyond single values. */
export function ingressProblems(stack: StackConfig): Problem[] {
  return Object.entries(stack.kubernetesIngress).flatMap(([name, ingress]) => [
    ...controllerProblems(stack, name, ingress),
    ...drainProblems(name, ingress),
    ...variantProblems(stack, name, ingress),
    ...movingProblems(stack, name, ingress),
  ]);
}

const error = (path: Path, message: string): Problem => ({ path, message, severity: "error" });

/** Controller, announcer and distribution against each other. */
function controllerProblems(stack: StackConfig, name: string, ingress: Ingress): Problem[] {
  const [segment = "", key = ""] = ingress.pool.split(".");
  const pool = stack.cluster.segments[segment]?.pools[key];
  const findings = [
    ...judgeController(ingress),
    ...(pool ? judgeTrafficPolicy(ingress.trafficPolicy, pool) : []),
  ].map(
    (finding): Problem => ({
      path: ["kubernetesIngress", name, ...finding.path],
      message: findingText(finding),
      severity: finding.severity,
    }),
  );
  return [
    ...findings,
    ...unstatedController(stack, name, ingress),
    ...packagedProblems(stack, name, ingress),
    ...http3Problems(stack, name, ingress),
  ];
}

/** Without `controller` it is Traefik, which may be what nobody installed. */
function unstatedController(stack: StackConfig, name: string, ingress: Ingress): Problem[] {
  if (ingress.controller !== undefined) return [];
  const { cluster, namespace } = ingress;
  const other = CONTROLLERS.find(
    (one) => one !== "traefik" && one !== "other" && namespace.includes(one),
  );
  const path = ["kubernetesIngress", name, "controller"];
  if (other !== undefined) {
    return [
      error(
        path,
        `missing in the namespace "${namespace}", and without it the controller is Traefik; write controller: ${other}, or controller: traefik if that is what runs there`,
      ),
    ];
  }
  const { distribution, disable = [] } = kubernetesCluster(stack, cluster) ?? {};
  return distribution === "k3s" && disable.includes("traefik")
    ? [
        error(
          path,
          `missing, and without it the controller is Traefik, but the k3s of "${cluster}" is started without its Traefik; write controller: traefik for one that you installed yourself, else the one that you did install (${CONTROLLERS.filter((one) => one !== "traefik").join(", ")})`,
        ),
      ]
    : [];
}

function packagedProblems(stack: StackConfig, name: string, ingress: Ingress): Problem[] {
  const { cluster } = ingress;
  const { distribution, disable = [] } = kubernetesCluster(stack, cluster) ?? {};
  const found = distribution === "k3s" ? judgeK3sPackaged(ingress, disable) : undefined;
  if (!found) return [];
  const all = [...disable, ...found.missing].join(", ");
  return [
    {
      path: [...clusterPlace(stack, cluster), "disable"],
      message: `${found.message}, which "${name}" cannot have beside it; start the servers with --disable=${found.missing.join(",")} and state disable: [${all}]`,
      severity: "warning",
    },
  ];
}

/** A cutover that asks for HTTP/3 where nothing speaks it. */
function http3Problems(stack: StackConfig, name: string, ingress: Ingress): Problem[] {
  const { title, http3 } = controllerOf(ingress);
  if (http3) return [];
  return Object.entries(stack.cutovers).flatMap(([cutover, { to, verify }]) =>
    to.kubernetesIngress === name && verify.http3 === true
      ? [
          error(
            ["cutovers", cutover, "verify", "http3"],
            `found true, but the controller of "${name}" is ${title}, whose Service takes no UDP 443; remove it`,
          ),
        ]
      : [],
  );
}

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
