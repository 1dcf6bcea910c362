import { must } from "./shell";
import { note } from "./state";

/** Bridge that joins hosts, client and back ends; it leads nowhere else. */
export const BRIDGE = "hl-br0";
/** Network of the lab; it exists on the bridge only. */
const NETWORK = "10.77.0.0/24";
/** Address of the machine itself on the bridge; the engine's SSH connections come from it. */
const OWN_ADDRESS = "10.77.0.1/24";
/** Virtual address with prefix length. */
export const VIP = "10.77.0.100/24";

/** A network namespace on the bridge that runs programs of this machine. */
export interface Station {
  /** Name of the namespace, and start of its interfaces' names. */
  name: string;
  address: string;
}

/** Sends the requests. */
export const CLIENT: Station = { name: "hl-client", address: "10.77.0.2" };
/** The back ends answer here. */
export const BACKEND: Station = { name: "hl-backend", address: "10.77.0.3" };

/** Makes the bridge; every interface is noted before it exists. */
export async function makeBridge(): Promise<void> {
  const taken = (await must("ip", ["-4", "route", "show", "root", NETWORK])).trim();
  if (taken !== "") {
    throw new Error(`${NETWORK} is in use on this machine (${taken}); the lab needs it free`);
  }
  note((state) => state.links.push(BRIDGE));
  await must("ip", ["link", "add", BRIDGE, "type", "bridge", "forward_delay", "0"]);
  await must("ip", ["address", "add", OWN_ADDRESS, "dev", BRIDGE]);
  await must("ip", ["link", "set", BRIDGE, "up"]);
}

/** Makes a station and joins it to the bridge. */
export async function makeStation({ name, address }: Station): Promise<void> {
  note((state) => state.namespaces.push(name));
  await must("ip", ["netns", "add", name]);
  const outer = `${name}0`;
  note((state) => state.links.push(outer));
  const inner = ["peer", "name", "eth0", "netns", name];
  await must("ip", ["link", "add", outer, "type", "veth", ...inner]);
  await must("ip", ["link", "set", outer, "master", BRIDGE, "up"]);
  await must("ip", ["-n", name, "address", "add", `${address}/24`, "dev", "eth0"]);
  await must("ip", ["-n", name, "link", "set", "eth0", "up"]);
  await must("ip", ["-n", name, "link", "set", "lo", "up"]);
}
