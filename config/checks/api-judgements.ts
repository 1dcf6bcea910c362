import { evenMastersMistake, judgeMasterPlacement } from "../../model/haproxy/api-masters";
import { judgeCaExpiry } from "../../model/haproxy/ca-expiry";
import { judgeDistribution } from "../../model/kubernetes/distribution";
import { judgeFamilies } from "../../model/network/families";
import { judgeKubernetesNetworks } from "../../model/network/kubernetes-networks";
import { fromFinding, type Problem } from "../file/problem";
import { hostFacts } from "../hosts";
import { writtenCaMistake } from "../sections/owned-paths";
import type { StackConfig } from "../stack";

type Balancer = StackConfig["apiLoadBalancers"][string];

/** Load balancers in front of API servers: number and place of the masters, the CA, the join. */
export function apiLoadBalancerProblems(stack: StackConfig, now = new Date()): Problem[] {
  return Object.entries(stack.apiLoadBalancers).flatMap(([name, balancer]) => {
    const path = ["apiLoadBalancers", name];
    const { join } = balancer.kubeadm;
    const expiry =
      balancer.caCertificate === undefined ? [] : judgeCaExpiry(balancer.caCertificate, now);
    const written = join || balancer.caCertificate !== undefined;
    const misplaced = written ? writtenCaMistake(balancer.caFile) : undefined;
    return [
      ...numberProblems(name, balancer),
      ...judgeDistribution(balancer).map((finding) => fromFinding(path, finding)),
      ...familyFindings(stack, balancer).map((finding) => fromFinding(path, finding)),
      ...(misplaced === undefined
        ? []
        : [{ path: [...path, "caFile"], message: misplaced, severity: "error" as const }]),
      ...judgeMasterPlacement(placed(stack, balancer), join ? "error" : "warning").map((finding) =>
        fromFinding(path, finding),
      ),
      ...expiry.map((finding) => fromFinding(path, finding)),
      ...(join && balancer.caCertificate !== undefined
        ? [
            {
              path: [...path, "caCertificate"],
              message:
                "found one, but with kubeadm.join it is taken from the first master; remove it",
              severity: "error" as const,
            },
          ]
        : []),
    ];
  });
}

/** Families of the nodes, and the networks inside; those of the members are judged with their pair. */
function familyFindings(stack: StackConfig, { vip, version, kubeadm, ...balancer }: Balancer) {
  const hosts = (role: "masters" | "workers") =>
    balancer[role].flatMap((ref) => {
      const { name, address, address6 } = hostFacts(stack, ref, vip) ?? {};
      return name === undefined || address === undefined ? [] : [{ name, address, address6 }];
    });
  const [masters, workers] = [hosts("masters"), hosts("workers")];
  // Of nodes that are half known nothing follows; each is a mistake of its own.
  if (masters.length < balancer.masters.length || workers.length < balancer.workers.length) {
    return [];
  }
  return [
    ...judgeFamilies({ vip, version, members: [], masters, workers }),
    ...judgeKubernetesNetworks(kubeadm, { masters, workers }),
  ];
}

function numberProblems(name: string, { masters }: Balancer): Problem[] {
  const message = evenMastersMistake(masters.length);
  if (message === undefined) return [];
  return [{ path: ["apiLoadBalancers", name, "masters"], message, severity: "error" }];
}

/** Masters whose node is known; the others have problems of their own. */
function placed(stack: StackConfig, { masters }: Balancer) {
  const hosts = masters.map((ref) => hostFacts(stack, ref));
  const known = hosts.flatMap((host) =>
    host?.node === undefined ? [] : [{ name: host.name, node: host.node }],
  );
  return known.length < hosts.length ? [] : known;
}
