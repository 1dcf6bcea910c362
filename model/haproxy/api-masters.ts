import type { Finding } from "../finding";
import { namesText } from "../vrrp/text";

/** A host of the control plane and the node that carries it. */
export interface PlacedMaster {
  name: string;
  node: string;
}

/** What is wrong with an even number of masters; nothing with an odd one. */
export function evenMastersMistake(count: number): string | undefined {
  if (count % 2 === 1) return undefined;
  return `found ${count} masters, expected an odd number: etcd needs a majority, and an even number survives no more losses than one less; add or remove one`;
}

/**
 * Whether the masters outlive the loss of any one node: etcd works as long as more than half of its
 * members do, so no node may carry so many that less than a majority is left.
 *
 * @param severity of what is found. @default warning
 */
export function judgeMasterPlacement(
  masters: readonly PlacedMaster[],
  severity: Finding["severity"] = "warning",
): Finding[] {
  const spare = Math.floor((masters.length - 1) / 2);
  if (spare === 0) return [];
  const nodes = [...new Set(masters.map(({ node }) => node))];
  return nodes.flatMap((node): Finding[] => {
    const there = masters.filter((master) => master.node === node);
    if (there.length <= spare) return [];
    const names = namesText(
      there.map(({ name }) => name),
      "and",
    );
    const left = masters.length - there.length;
    return [
      {
        rule: "api-masters-placement",
        path: ["masters"],
        message: `${names} are on the node "${node}", so its death leaves ${left} of ${masters.length} masters, fewer than the majority that etcd needs, and takes the whole API down`,
        fix: `spread the masters so that no node carries more than ${spare}`,
        severity,
      },
    ];
  });
}
