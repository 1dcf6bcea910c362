import { addressOf } from "../../model/text";
import type { HostPlan } from "../machine/host";
import { VIP } from "../machine/network";

/** The load balancers, the preferred one first. */
export const BALANCERS: readonly HostPlan[] = [
  { name: "lb-1", number: 1, address: "10.77.0.11" },
  { name: "lb-2", number: 2, address: "10.77.0.12" },
];

/** The hosts of the API servers. */
export const MASTERS: readonly HostPlan[] = [
  { name: "master-1", number: 3, address: "10.77.0.21" },
  { name: "master-2", number: 4, address: "10.77.0.22" },
  { name: "master-3", number: 5, address: "10.77.0.23" },
];

/** Name of the load balancers in the stack, and of the VRRP instance. */
export const LOAD_BALANCERS = "api";

/** Port of the virtual address and of the API servers. */
export const API_PORT = 6443;

/** What clients call the API, as the component's output `certificateSans` says. */
export const CERTIFICATE_SANS: readonly string[] = [
  addressOf(VIP),
  ...BALANCERS.map(({ address }) => address),
];
