import type { Finding } from "../finding";

/** What answers behind an ingress address. */
export const CONTROLLERS = [
  "traefik",
  "ingress-nginx",
  "haproxy-ingress",
  "cilium",
  "other",
] as const;
export type Controller = (typeof CONTROLLERS)[number];

/** What differs between ingress controllers, as their Helm charts install them. */
export interface ControllerFacts {
  /** Its name in sentences. */
  title: string;
  /** Whether it speaks HTTP/3: only then does its Service take UDP 443. */
  http3: boolean;
  /** Ports of its containers. @default it has no pods of its own */
  ports?: { web: number; websecure: number };
  /** Labels of its pods, whatever its release is called. @default they have to be stated */
  selector?: Record<string, string>;
  /** Name of its chart's own Service. @default it has to be stated */
  service?: string;
  /** Whether its chart always makes a disruption budget, so that a second one would end every eviction. */
  ownBudget: boolean;
}

const named = (name: string) => ({ "app.kubernetes.io/name": name });

/**
 * @see https://github.com/traefik/traefik-helm-chart/blob/v41.3.0/traefik/values.yaml
 * @see https://github.com/kubernetes/ingress-nginx/blob/main/charts/ingress-nginx/values.yaml
 * @see https://github.com/haproxy-ingress/charts/blob/main/haproxy-ingress/values.yaml
 * @see https://docs.cilium.io/en/stable/network/servicemesh/ingress/
 */
export const CONTROLLER: Record<Controller, ControllerFacts> = {
  traefik: {
    title: "Traefik",
    http3: true,
    ports: { web: 8000, websecure: 8443 },
    selector: named("traefik"),
    service: "traefik",
    ownBudget: false,
  },
  "ingress-nginx": {
    title: "ingress-nginx",
    http3: false,
    ports: { web: 80, websecure: 443 },
    // Without the component, pods of the default back end and of its admission jobs are selected too.
    selector: {
      ...named("ingress-nginx"),
      "app.kubernetes.io/component": "controller",
    },
    service: "ingress-nginx-controller",
    ownBudget: true,
  },
  "haproxy-ingress": {
    title: "haproxy-ingress",
    http3: false,
    ports: { web: 80, websecure: 443 },
    selector: named("haproxy-ingress"),
    service: "haproxy-ingress",
    ownBudget: false,
  },
  // Envoy of every node, behind a Service without a selector that Cilium makes itself.
  cilium: { title: "Cilium", http3: false, service: "cilium-ingress", ownBudget: false },
  other: {
    title: "a controller that is not listed",
    http3: false,
    ports: { web: 80, websecure: 443 },
    ownBudget: false,
  },
};

/** What a stack file states of an ingress, as far as its controller decides what fits. */
export interface StatedIngress {
  /** @default Traefik */
  controller?: Controller | undefined;
  variant: "beside" | "chart";
  selector?: Record<string, string> | undefined;
  targetPorts?: { web?: number | undefined; websecure?: number | undefined } | undefined;
  chartService?: string | undefined;
}

/** Facts of the controller of an ingress. */
export const controllerOf = ({ controller = "traefik" }: { controller?: Controller | undefined }) =>
  CONTROLLER[controller];

/** Ports of the containers behind an ingress: what is stated, else those of its controller. */
export function targetPortsOf(stated: StatedIngress): { web: number; websecure: number } {
  const { web, websecure } = stated.targetPorts ?? {};
  const usual = controllerOf(stated).ports ?? { web: 80, websecure: 443 };
  return { web: web ?? usual.web, websecure: websecure ?? usual.websecure };
}

/** Labels of the pods behind an ingress: what is stated, else those of its controller. */
export function selectorOf(stated: StatedIngress): Record<string, string> {
  return stated.selector ?? controllerOf(stated).selector ?? {};
}

/** Name of the chart's own Service: what is stated, else that of its controller. */
export function chartServiceOf(stated: Pick<StatedIngress, "controller" | "chartService">): string {
  return stated.chartService ?? controllerOf(stated).service ?? "";
}

/** What is stated of an ingress against what its controller is. */
export function judgeController(stated: StatedIngress): Finding[] {
  const { controller = "traefik", variant, selector, chartService } = stated;
  const { title } = CONTROLLER[controller];
  const at = (
    severity: Finding["severity"],
    key: string,
    message: string,
    fix: string,
  ): Finding => ({ rule: "ingress-controller", path: [key], message, fix, severity });
  if (controller === "cilium") {
    return [
      ...(variant === "beside"
        ? [
            at(
              "error",
              "variant",
              "found beside, but Cilium's ingress answers in Envoy on every node, and its Service has no pods that another one could select",
              "write variant: chart",
            ),
          ]
        : []),
      ...(selector === undefined
        ? []
        : [at("error", "selector", "found labels, but Cilium's ingress has no pods", "remove it")]),
    ];
  }
  const labels = selectorOf(stated);
  if (Object.keys(labels).length === 0) {
    return [
      at(
        "error",
        "selector",
        selector === undefined
          ? `missing, and the labels of ${title} are not known`
          : "found no label, expected at least one",
        "give the labels of the controller's pods",
      ),
    ];
  }
  if (controller === "other") {
    return variant === "chart" && chartService === undefined
      ? [
          at(
            "error",
            "chartService",
            "missing, and the name of the own Service of a controller that is not listed is not known",
            "state it, or write variant: beside",
          ),
        ]
      : [];
  }
  return judgeLabels(controller, labels).map(({ message, fix }) =>
    at("warning", "selector", message, fix),
  );
}

/** Labels that are those of another controller, or select more than the controller's pods. */
function judgeLabels(
  controller: Controller,
  labels: Record<string, string>,
): { message: string; fix: string }[] {
  const label = labels["app.kubernetes.io/name"];
  const owner = CONTROLLERS.find(
    (one) =>
      one !== controller &&
      label !== undefined &&
      label === CONTROLLER[one].selector?.["app.kubernetes.io/name"],
  );
  if (owner !== undefined) {
    return [
      {
        message: `found the label app.kubernetes.io/name: ${label}, which is that of ${CONTROLLER[owner].title}, but the controller is ${CONTROLLER[controller].title}, so its ports and Helm values do not fit`,
        fix: `write controller: ${owner}`,
      },
    ];
  }
  if (
    controller === "ingress-nginx" &&
    label === "ingress-nginx" &&
    labels["app.kubernetes.io/component"] === undefined
  ) {
    return [
      {
        message:
          "found no app.kubernetes.io/component, so pods of the default back end would get requests as well",
        fix: "add app.kubernetes.io/component: controller",
      },
    ];
  }
  return [];
}

/** Parts of k3s that it starts unless `--disable` names them. */
export const K3S_PACKAGED = ["servicelb", "traefik"] as const;
export type K3sPackaged = (typeof K3S_PACKAGED)[number];

/**
 * What k3s brings along that stands in the way of an ingress address.
 *
 * ServiceLB takes every Service of type LoadBalancer, opens its ports on all nodes and writes the
 * nodes' addresses into its status, whoever else gives it one. The Traefik of k3s asks for an
 * address out of the same pool and for the Ingress objects that name no class.
 *
 * @param disabled what the servers are started without
 * @see https://docs.k3s.io/networking/networking-services
 */
export function judgeK3sPackaged(
  { controller = "traefik", namespace }: Pick<StatedIngress, "controller"> & { namespace: string },
  disabled: readonly K3sPackaged[],
): { missing: K3sPackaged[]; message: string } | undefined {
  // The Traefik that k3s brings lives in kube-system, and may be the very one that is meant.
  const own = controller === "traefik" && namespace === "kube-system";
  const missing = K3S_PACKAGED.filter(
    (part) => !disabled.includes(part) && !(part === "traefik" && own),
  );
  if (missing.length === 0) return undefined;
  const why = {
    servicelb: "its ServiceLB takes every Service of type LoadBalancer with the nodes' addresses",
    traefik: "its own Traefik takes Ingress objects and an address of the pool",
  };
  return {
    missing,
    message: `k3s starts ${missing.join(" and ")} unless it is told not to: ${missing.map((part) => why[part]).join(", and ")}`,
  };
}
