import type { AddressPlan } from "../../model/network/address-plan";
import { POOL_KINDS } from "../../model/network/pools";
import { addressOf, prefixOf } from "../../model/text";
import type { Problem } from "../file/problem";
import { placeText } from "../file/problem";
import type { Path } from "../file/raw";
import { at, elements, entries, textAt } from "../file/raw";
import {
  addressPrefix,
  addressRange,
  addressRange6,
  cidr,
  cidr6,
  ipAddress,
  ipv6Prefix,
} from "../sections/network";
import { sectionsOf } from "../virtual-addresses";
import { metalLbPools } from "./references";

type Host = AddressPlan["hosts"][number];
type Vip = AddressPlan["vips"][number];

function textsAt(root: unknown, path: Path): string[] {
  return elements(root, path).flatMap((one) => textAt(root, one.path) ?? []);
}

/** The addresses of a host, as far as they are addresses. */
function hostAt(
  root: unknown,
  name: string,
  path: Path,
  keys: readonly string[] = ["address", "address6"],
): Host[] {
  return keys.flatMap((key) => {
    const address = textAt(root, [...path, key]);
    return address !== undefined && ipAddress.safeParse(address).success
      ? [{ name, address: addressOf(address), path: [...path, key] }]
      : [];
  });
}

function hostsOf(root: unknown): Host[] {
  const inPlace = [
    ...sectionsOf().flatMap(({ name, hosts }) =>
      entries(root, [name]).flatMap(({ path }) => hosts.map((key) => [...path, key])),
    ),
  ].flatMap((path) =>
    elements(root, path).flatMap((host) =>
      hostAt(root, textAt(root, [...host.path, "host"]) ?? placeText(host.path), host.path),
    ),
  );
  const gateways = entries(root, ["cluster", "segments"]).flatMap(({ key, path }) =>
    hostAt(root, `gateway of ${key}`, path, ["gateway", "gateway6"]),
  );
  const named = [["cluster", "nodes"], ["guests"]].flatMap((section) =>
    entries(root, section).flatMap(({ key, path }) => hostAt(root, key, path)),
  );
  return [...gateways, ...named, ...inPlace];
}

function vrrpVips(root: unknown): Vip[] {
  return sectionsOf("vrrp").flatMap(({ name: section }) =>
    entries(root, [section]).flatMap(({ path }): Vip[] => {
      const vip = textAt(root, [...path, "vip"]);
      const id = at(root, [...path, "virtualRouterId"]);
      const vip6 = textAt(root, [...path, "vip6"]);
      const six =
        vip6 !== undefined && ipv6Prefix.safeParse(vip6).success
          ? [
              {
                name: path.join("."),
                address: addressOf(vip6),
                prefix: prefixOf(vip6),
                path: [...path, "vip6"],
              },
            ]
          : [];
      if (vip === undefined || !addressPrefix.safeParse(vip).success) return six;
      return [
        {
          name: path.join("."),
          address: addressOf(vip),
          prefix: prefixOf(vip),
          path: [...path, "vip"],
          ...(typeof id === "number" && {
            virtualRouterId: id,
            routerIdPath: [...path, "virtualRouterId"],
          }),
        },
        ...six,
      ];
    }),
  );
}

function serviceVips(root: unknown): Vip[] {
  const pools = metalLbPools(root);
  const entriesOf = (kind: "metallb" | "elected") =>
    sectionsOf(kind).flatMap(({ name }) => entries(root, [name]));
  const pooled = entriesOf("metallb").filter(({ path }) => {
    // Nothing can be said of the address before a missing or misspelt pool is mended.
    const pool = textAt(root, [...path, "pool"]);
    return pool !== undefined && pools.includes(pool);
  });
  return [...pooled, ...entriesOf("elected")].flatMap(({ path }): Vip[] => {
    const pool = textAt(root, [...path, "pool"]);
    return hostAt(root, path.join("."), path).map((vip) => ({
      ...vip,
      ...(pool !== undefined && { pool }),
    }));
  });
}

/**
 * Every address that the file states, whoever uses it. Works on files with mistakes in them: what
 * is not an address is left to the schema.
 */
export function addressPlan(root: unknown): AddressPlan {
  return {
    segments: entries(root, ["cluster", "segments"]).flatMap(({ key, path }) => {
      const network = textAt(root, [...path, "cidr"]);
      if (network === undefined || !cidr.safeParse(network).success) return [];
      const network6 = textAt(root, [...path, "cidr6"]);
      const pools = entries(root, [...path, "pools"]).flatMap((pool) => {
        const range = textAt(root, [...pool.path, "range"]);
        const range6 = textAt(root, [...pool.path, "range6"]);
        const stated = at(root, [...pool.path, "kind"]);
        const kind = POOL_KINDS.find((one) => one === stated);
        if (range === undefined || !addressRange.safeParse(range).success) return [];
        const taken = entries(root, [...pool.path, "taken"]).map(
          ({ key: address, path: place }) => ({ address, by: textsAt(root, place) }),
        );
        return kind !== undefined
          ? [
              {
                name: pool.key,
                kind,
                range,
                taken,
                ...(addressRange6.safeParse(range6).success && { range6 }),
              },
            ]
          : [];
      });
      const second = cidr6.safeParse(network6).success && { cidr6: network6 };
      return [{ name: key, cidr: network, pools, ...second }];
    }),
    hosts: hostsOf(root),
    vips: [...vrrpVips(root), ...serviceVips(root)],
  };
}

/** Guest ids used twice; Proxmox allows each once in a cluster. */
export function vmidProblems(root: unknown): Problem[] {
  const first = new Map<number, string>();
  return entries(root, ["guests"]).flatMap(({ key, path }): Problem[] => {
    const vmid = at(root, [...path, "vmid"]);
    if (typeof vmid !== "number") return [];
    const owner = first.get(vmid);
    if (owner === undefined) {
      first.set(vmid, key);
      return [];
    }
    return [
      {
        path: [...path, "vmid"],
        message: `${vmid} is also the VMID of "${owner}", and each exists once in a cluster; give "${key}" the id that Proxmox shows for it`,
        severity: "error",
      },
    ];
  });
}
