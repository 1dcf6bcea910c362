import { addressOf } from "../model/text";
import { PAIR_ORIGINS } from "./sections/tunnels";
import type { StackConfig } from "./stack";
import { findAddress, sectionsOf, vrrpAddresses } from "./virtual-addresses";

/** Where one rule of a tunnel leads. */
export type TunnelOriginConfig = StackConfig["tunnels"][string]["ingress"][number]["origin"];

/** An origin that is no Service, by value. */
export interface OriginAddress {
  host: string;
  /** Whose address it is, where it follows. @default a host that is stated */
  follows?: string;
}

/** The place of what an origin names, as services are called: `traefikPairs.traefik`. */
export function originPlace(origin: TunnelOriginConfig): string | undefined {
  if (origin.ingress !== undefined) return `kubernetesIngress.${origin.ingress}`;
  if (origin.guest !== undefined) return `guests.${origin.guest}`;
  const key = PAIR_ORIGINS.find((one) => origin[one] !== undefined);
  const section = sectionsOf("vrrp").find(({ reference }) => reference === key);
  return key && section && `${section.name}.${origin[key]}`;
}

/** Address of an origin that is no Service; undefined for a reference to nothing. */
export function originAddress(
  stack: StackConfig,
  origin: TunnelOriginConfig,
): OriginAddress | undefined {
  if (origin.host !== undefined) return { host: origin.host };
  const place = originPlace(origin);
  if (place === undefined) return undefined;
  if (origin.guest !== undefined) {
    const address = stack.guests[origin.guest]?.address;
    return address === undefined ? undefined : { host: address, follows: place };
  }
  const found = findAddress(vrrpAddresses<{ vip: string }>(stack), place);
  return "problem" in found ? undefined : { host: addressOf(found.settings.vip), follows: place };
}
