import { evenMastersMistake, judgeMasterPlacement } from "../../model/haproxy/api-masters";
import { judgeApiCheckStated } from "../../model/kubernetes/distribution";
import { familyOf } from "../../model/network/address";
import { fromFinding, type Problem } from "../file/problem";
import { hostFacts } from "../hosts";
import type { StackConfig } from "../stack";

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
    const stranger = hosts.findIndex(
      (host) =>
        address !== undefined &&
        host?.address !== undefined &&
        familyOf(host.address) !== familyOf(address),
    );
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
      ...(stranger < 0
        ? []
        : [
            error(
              [...path, "masters", stranger],
              `"${hosts[stranger]?.name}" has no address of the family of ${address}, so it cannot announce it; state its ${familyOf(address ?? "") === 6 ? "address6" : "address"}`,
            ),
          ]),
      ...judgeApiCheckStated(cluster, "status").map((finding) => fromFinding(path, finding)),
      ...placement.map((finding) => fromFinding(path, finding)),
    ];
  });
}
