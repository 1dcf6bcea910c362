import { familyOf } from "../../model/network/address";
import { cidrContains } from "../../model/network/address-ranges";
import { mixedFamilies } from "../../model/network/families";
import type { Problem } from "../file/problem";
import type { Path } from "../file/raw";
import { gatewayOf, segmentOf } from "../guest-facts";
import type { GuestConfig, StackConfig } from "../stack";
import { sectionsOf, type VrrpSection } from "../virtual-addresses";

const error = (path: Path, message: string): Problem => ({ path, message, severity: "error" });

/** Everything of the file that has a key for either family and one for IPv6 beside it. */
function pairs(stack: StackConfig): { path: Path; key: string; values: object }[] {
  const segments = Object.entries(stack.cluster.segments).flatMap(([name, segment]) => {
    const path = ["cluster", "segments", name];
    return [
      { path, key: "cidr", values: segment },
      { path, key: "gateway", values: segment },
      ...Object.entries(segment.pools).map(([pool, values]) => ({
        ...{ path: [...path, "pools", pool], key: "range", values },
      })),
    ];
  });
  const named = (path: Path, section: Record<string, object>) =>
    Object.entries(section).map(([name, values]) => ({
      ...{ path: [...path, name], key: "address", values },
    }));
  const inPlace = sectionsOf("vrrp").flatMap(({ name: section, hosts }) =>
    Object.entries(stack[section as VrrpSection]).flatMap(([name, entry]) =>
      hosts.flatMap((key) =>
        (((entry as Record<string, unknown>)[key] as object[] | undefined) ?? []).map(
          (values, index): { path: Path; key: string; values: object } => ({
            ...{ path: [section, name, key, index], key: "address", values },
          }),
        ),
      ),
    ),
  );
  return [
    ...segments,
    ...named(["cluster", "nodes"], stack.cluster.nodes),
    ...named(["guests"], stack.guests),
    ...named(["kubernetes"], stack.kubernetes),
    ...named(["kubernetesIngress"], stack.kubernetesIngress),
    ...inPlace,
  ];
}

/** IPv6 twice where one of the two is to be IPv4, and routers of a family that their segment has not. */
export function familyProblems(stack: StackConfig): Problem[] {
  const mixed = pairs(stack).flatMap(({ path, key, values }) => {
    const stated = values as Record<string, string | undefined>;
    // A range has two addresses of one family.
    const text = (name: string) => stated[name]?.split("-")[0];
    const why = mixedFamilies(text(key), text(`${key}6`), key);
    return why === undefined ? [] : [error([...path, `${key}6`], why)];
  });
  const routers = Object.entries(stack.cluster.segments).flatMap(([name, segment]) => {
    const { cidr, cidr6, gateway } = segment;
    const family = familyOf(gateway ?? "");
    const families = [cidr, cidr6].flatMap((one) => (one === undefined ? [] : familyOf(one)));
    return family === undefined || families.includes(family)
      ? []
      : [
          error(
            ["cluster", "segments", name, "gateway"],
            `found ${gateway}, which is IPv${family}, and the segment has ${cidr} only; write the router's address of that family, or state the network as ${family === 6 ? "cidr6" : "cidr"}`,
          ),
        ];
  });
  return [...mixed, ...routers];
}

/** Whether a guest that is made gets addresses and a way out of its segment. */
export function guestNetworkProblems(
  stack: StackConfig,
  name: string,
  guest: GuestConfig,
): Problem[] {
  const { create, address, address6 } = guest;
  if (!create || address === undefined) return [];
  const path = ["guests", name];
  // An IPv6 router announces itself.
  const missing =
    familyOf(address) === 4 && gatewayOf(stack, guest, address) === undefined
      ? [
          error(
            [...path, "create", "gateway"],
            "missing, and the guest's segment states none either; add it here, or as gateway of the segment in homelab:cluster.segments",
          ),
        ]
      : [];
  // Of IPv4 the address plan says it.
  const homeless = (["address", "address6"] as const).flatMap((key) => {
    const own = guest[key];
    if (own === undefined || familyOf(own) === 4 || segmentOf(stack, own)) return [];
    const field = key === "address6" ? "cidr6" : "cidr";
    return [
      error(
        [...path, key],
        `found ${own}, which is in no segment, so its prefix length is not known; state its network as ${field} of a segment in homelab:cluster.segments`,
      ),
    ];
  });
  const strange = (["gateway", "gateway6"] as const).flatMap((key) => {
    const gateway = create[key];
    if (gateway === undefined) return [];
    const own = [address, address6].find((one) => familyOf(one ?? "") === familyOf(gateway));
    if (own === undefined) {
      return [
        error(
          [...path, "create", key],
          `found ${gateway}, which is IPv${familyOf(gateway)}, and the guest has no address of that family; remove it, or state the address`,
        ),
      ];
    }
    const segment = segmentOf(stack, own);
    return !segment || cidrContains(segment.cidr, gateway)
      ? []
      : [
          error(
            [...path, "create", key],
            `found ${gateway}, expected an address of ${segment.cidr}, the segment of ${own}: the guest would reach nothing beyond it; give the router of that segment`,
          ),
        ];
  });
  return [...missing, ...homeless, ...strange];
}
