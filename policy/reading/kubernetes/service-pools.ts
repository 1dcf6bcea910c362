import { parseRange } from "../../../model/network/address";
import type { ObservedResource } from "../../rule";
import { entries, list, text, texts } from "../resource";
import { ciliumPools, configMap, metalLbComponent, metalLbPool } from "../types";

/** One range of a pool; `family` is the pool's name, which several ranges may share. */
export interface ObservedPool {
  family: string;
  kind: "MetalLB" | "Cilium" | "kube-vip";
  range: string;
  resource: ObservedResource;
}

/** The ranges from which load balancers of a cluster take addresses, of both families. */
export function servicePools(resources: ObservedResource[]): ObservedPool[] {
  return (
    resources
      .flatMap((resource): ObservedPool[] => {
        const named = text(resource.props, "metadata", "name");
        const pools = (kind: ObservedPool["kind"], ranges: string[], family = named) =>
          ranges.map((range) => ({ family: family ?? resource.name, kind, range, resource }));
        if (resource.type === metalLbComponent) {
          const name = text(resource.props, "pool", "name");
          const ranges = ["range", "range6"].flatMap(
            (key) => text(resource.props, "pool", key) ?? [],
          );
          return name === undefined ? [] : pools("MetalLB", ranges, name);
        }
        if (resource.type === metalLbPool) {
          return pools("MetalLB", texts(resource.props, "spec", "addresses"));
        }
        if (ciliumPools.some((type) => type === resource.type)) {
          return pools("Cilium", ciliumRanges(resource));
        }
        if (resource.type !== configMap || named !== "kubevip") return [];
        return entries(resource.props, "data").flatMap(([key, value]) => {
          if (!/^(cidr|range)-/.test(key) || typeof value !== "string") return [];
          const ranges = value.split(",").map((range) => range.trim());
          return pools("kube-vip", ranges, key.replace(/^(cidr|range)-/, ""));
        });
      })
      // What is no range, network or address is left alone.
      .filter(({ range }) => parseRange(range) !== undefined)
  );
}

/** Blocks of today's Cilium, and the networks of the releases before. */
function ciliumRanges({ props }: ObservedResource): string[] {
  return [...list(props, "spec", "blocks"), ...list(props, "spec", "cidrs")].flatMap((block) => {
    const start = text(block, "start");
    const range = start === undefined ? undefined : `${start}-${text(block, "stop") ?? start}`;
    return text(block, "cidr") ?? range ?? [];
  });
}
