import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clean } from "./clean";
import { bootHost, type HostPlan, type LabHost, prepareHost } from "./host";
import { BACKEND, CLIENT, makeBridge, makeStation } from "./network";
import { RUN_FOLDER } from "./places";
import { must } from "./shell";
import { claim, refuseSecondLab } from "./state";

/** The hosts of the lab, preferred member first. */
export const HOSTS: readonly HostPlan[] = [
  { name: "traefik", number: 1, address: "10.77.0.11" },
  { name: "traefik-2", number: 2, address: "10.77.0.12" },
];

/** A host that becomes a third member. */
export const THIRD: HostPlan = { name: "traefik-3", number: 3, address: "10.77.0.13" };

/** A network with booted hosts, on which nothing is configured yet. */
export interface BareWorld {
  /** Members of the pair, the preferred one first. */
  hosts: LabHost[];
  /** Private key that every host lets in. */
  privateKey: string;
}

/** The same for the Traefik pair. */
export interface World extends BareWorld {
  /** Release of the Traefik binary on every host. */
  traefikVersion: string;
}

/**
 * Makes network and hosts, after it removed what an earlier run may have left.
 *
 * @param layers folders of the hosts' disks, the uppermost first
 * @param plans which hosts. @default the two of the pair
 */
export async function raise(
  layers: readonly string[],
  traefikVersion: string,
  say: (line: string) => void,
  plans: readonly HostPlan[] = HOSTS,
): Promise<World> {
  return { ...(await raiseHosts(plans, layers, say)), traefikVersion };
}

/**
 * The same for any hosts.
 *
 * @param furnish puts more on the hosts' disks before they boot. @default nothing
 */
export async function raiseHosts(
  plans: readonly HostPlan[],
  layers: readonly string[],
  say: (line: string) => void,
  furnish?: (hosts: readonly LabHost[]) => void,
): Promise<BareWorld> {
  refuseSecondLab();
  const left = await clean();
  if (left.length > 0) say(`removed what an earlier run left: ${left.join(", ")}`);
  mkdirSync(RUN_FOLDER, { recursive: true, mode: 0o700 });
  claim();
  const keyFile = join(RUN_FOLDER, "id_ed25519");
  await must("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", keyFile]);
  await makeBridge();
  for (const station of [CLIENT, BACKEND]) await makeStation(station);
  const publicKey = readFileSync(`${keyFile}.pub`, "utf8").trim();
  const hosts: LabHost[] = [];
  for (const plan of plans) hosts.push(await prepareHost(plan, layers, publicKey));
  furnish?.(hosts);
  const begin = performance.now();
  // One after the other: two boots at once take two slow cores longer than the sum.
  for (const host of hosts) await bootHost(host);
  say(`${hosts.length} hosts booted in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  return { hosts, privateKey: readFileSync(keyFile, "utf8") };
}
