import type { Finding } from "../finding";
import { addressOf } from "../text";
import type { VrrpSettings } from "../vrrp/types";
import { familyOf } from "./address";

/**
 * Why a second, IPv6 address cannot stand beside the first; undefined where it can.
 *
 * @param first the address whose family is free
 * @param second what the key that ends in 6 says, if anything
 * @param key the key of the first, for the sentence
 */
export function mixedFamilies(
  first: string | undefined,
  second: string | undefined,
  key = "address",
): string | undefined {
  if (second === undefined || (first !== undefined && familyOf(first) === 4)) return undefined;
  return first === undefined
    ? `found ${second} without ${key}, which it stands beside; write it as ${key}`
    : `found ${second} beside ${key} ${first}, which is IPv6 already; remove one of them, or make ${key} the IPv4 one`;
}

const rule = "vrrp-family";

interface FamilyHost {
  name: string;
  address: string;
}

/**
 * Whether the addresses of a group can work together, with those whom a load balancer serves: keepalived sends adverts from and to addresses
 * of the family of its first virtual address, and drops the whole instance otherwise.
 */
export function judgeFamilies(
  settings: Pick<VrrpSettings, "vip" | "vip6" | "version"> & {
    members: readonly FamilyHost[];
    /** Those who reach the address of a load balancer, and are reached by it. */
    masters: readonly FamilyHost[];
    workers: readonly FamilyHost[];
  },
): Finding[] {
  const { vip, vip6, version } = settings;
  const family = familyOf(vip);
  const error = (path: Finding["path"], message: string, fix: string): Finding => ({
    ...{ rule, path, message, fix, severity: "error" },
  });
  const beside =
    family === 6 && vip6 !== undefined
      ? [
          error(
            ["vip6"],
            `found ${vip6} beside vip ${vip}, which is IPv6 already`,
            "remove one of them, or make vip the IPv4 one",
          ),
        ]
      : [];
  const old =
    family === 6 && version === 2
      ? [error(["version"], "VRRP version 2 has no IPv6", "use version 3, or leave it out")]
      : [];
  const apart = (["members", "masters", "workers"] as const).flatMap((role) =>
    settings[role].flatMap(({ name, address }, index) =>
      familyOf(address) === family
        ? []
        : [
            error(
              [role, index, "address"],
              `the address ${address} of "${name}" is IPv${familyOf(address) ?? "?"} and the virtual address ${addressOf(vip)} is IPv${family}, ${role === "members" ? "and adverts go from and to addresses of its family only" : "so the host cannot reach it"}`,
              family === 6
                ? "give the host an IPv6 address (address6 beside an IPv4 one), or make vip an IPv4 address and vip6 the IPv6 one"
                : "give the host an IPv4 address, with the IPv6 one as address6",
            ),
          ],
    ),
  );
  return [...beside, ...old, ...apart];
}
