import type { Finding } from "../finding";

/** A Service of type LoadBalancer with the pods behind it, as far as a stack shows them. */
export interface LoadBalancerService {
  /** Only a node that has a pod answers (`externalTrafficPolicy: Local`). */
  local: boolean;
  /** Pods behind it at least. @default not to be seen, or one on every node */
  pods?: number;
  /** Whether a disruption budget covers the pods. */
  budget: boolean;
  /** Whether the pods speak HTTP/3 at the port on which TCP 443 ends. */
  http3: boolean;
  /** Ports of it, and of other Services for the same pods: `TCP 443`. */
  ports: readonly string[];
}

const rule = "load-balancer-service";

/** What lets an address of a cluster go silent although its nodes are well. */
export function judgeLoadBalancerService(service: LoadBalancerService): Finding[] {
  return [...judgeLocal(service), ...judgeHttp3(service)];
}

function judgeLocal({ local, pods, budget }: LoadBalancerService): Finding[] {
  if (!local || pods === undefined) return [];
  if (pods < 2) {
    return [
      advice(
        `it has externalTrafficPolicy Local and ${pods === 1 ? "one pod" : "no pod"} behind it, so the address is silent until that pod runs on another node`,
        "run two pods or more on different nodes, or use externalTrafficPolicy Cluster",
      ),
    ];
  }
  if (budget) return [];
  return [
    advice(
      `it has externalTrafficPolicy Local and no disruption budget for its ${pods} pods, so draining nodes may stop all of them at once`,
      "add a PodDisruptionBudget with minAvailable 1 for the same labels",
    ),
  ];
}

function judgeHttp3({ http3, ports }: LoadBalancerService): Finding[] {
  if (!http3 || !ports.includes("TCP 443") || ports.includes("UDP 443")) return [];
  return [
    advice(
      "its pods offer HTTP/3 and no Service takes UDP 443, so browsers are told of a way that does not exist",
      "add a port 443 with protocol UDP to it, or turn HTTP/3 off",
    ),
  ];
}

function advice(message: string, fix: string): Finding {
  return { rule, path: [], message, fix, severity: "warning" };
}
