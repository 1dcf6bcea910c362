import { evenMastersMistake, judgeMasterPlacement } from "../../model/haproxy/api-masters";
import { judgeApiCheckStated } from "../../model/kubernetes/distribution";
import { familyOf } from "../../model/network/address";
import { fromFinding, type Problem } from "../file/problem";
import { hostFacts } from "../hosts";
import type { StackConfig } from "../stack";

type Cluster = StackConfig["kubernetes"][string];

const error = (path: (string | number)[], message: string): Problem => ({
  ...{ path, message, severity: "error" },
});

/** Clusters whose API is not behind a pair: number and place of the masters, and one name for one cluster. */
export function clusterProblems(stack: StackConfig): Problem[] {
  return Object.entries(stack.kubernetes).flatMap(([name, cluster]) => {
    const path = ["kubernetes", name];
    const { masters, address } = cluster;
    const hosts = masters.map((ref) => hostFacts(stack, ref, address));
    const placed = hosts.flatMap((host) =>
      host?.node === undefined ? [] : [{ name: host.name, node: host.node }],
    );
    const placement = placed.length < hosts.length ? [] : judgeMasterPlacement(placed, "warning");
    const even = evenMastersMistake(masters.length);
    return [
      ...(stack.apiLoadBalancers[name] === undefined
        ? []
        : [
            error(
              path,
              `"${name}" is the name of an API load balancer as well, so nobody knows which cluster is meant; remove one, or rename it`,
            ),
          ]),
      ...(even === undefined ? [] : [error([...path, "masters"], even)]),
      ...strangers(stack, name, cluster),
      ...judgeApiCheckStated(cluster, "status").map((finding) => fromFinding(path, finding)),
      ...placement.map((finding) => fromFinding(path, finding)),
    ];
  });
}

/** The first master that cannot announce an address of the API, for it has none of that family. */
function strangers(stack: StackConfig, name: string, cluster: Cluster): Problem[] {
  return (["address", "address6"] as const).flatMap((key) => {
    const shared = cluster[key];
    if (shared === undefined) return [];
    const hosts = cluster.masters.map((ref) => hostFacts(stack, ref, shared));
    const index = hosts.findIndex(
      (host) => host?.address !== undefined && familyOf(host.address) !== familyOf(shared),
    );
    return index < 0
      ? []
      : [
          error(
            ["kubernetes", name, "masters", index],
            `"${hosts[index]?.name}" has no address of the family of ${shared}, so it cannot announce it; state its ${familyOf(shared) === 6 ? "address6" : "address"}`,
          ),
        ];
  });
}
