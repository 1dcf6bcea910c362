import { errorText } from "../../model/text";
import { type Fault, Faults } from "../../sim/faults";
import { Platform } from "../../sim/platform";
import type { Props } from "../../sim/props";
import { type Seed, seedWorld } from "../../sim/seed";
import { World } from "../../sim/world";

/** Three nodes, two containers and a virtual machine. */
export const smallSeed = {
  pveVersion: 9,
  nodes: ["a", "b", "c"],
  guests: [
    { vmid: 110, type: "ct", node: "a" },
    { vmid: 121, type: "ct", node: "b" },
    { vmid: 130, type: "vm", node: "c" },
  ],
} satisfies Seed;

/** Short names of the types that tests use most. */
export const types = {
  container: "proxmoxve:index/containerLegacy:ContainerLegacy",
  machine: "proxmoxve:index/vmLegacy:VmLegacy",
  group: "proxmoxve:index/hagroup:Hagroup",
  resource: "proxmoxve:index/haresource:Haresource",
  rule: "proxmoxve:index/harule:Harule",
  replication: "proxmoxve:index/replication:Replication",
  backup: "proxmoxve:backup/job:Job",
  command: "command:remote:Command",
  copy: "command:remote:CopyToRemote",
  tunnel: "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared",
  tunnelConfig:
    "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
  record: "cloudflare:index/dnsRecord:DnsRecord",
  service: "kubernetes:core/v1:Service",
} as const;

/** Platforms in memory, without an engine. */
export function platform(seed: Seed = smallSeed, faults: Fault[] = []): Platform {
  return new Platform(World.inMemory(seedWorld(seed)), new Faults(faults));
}

/** Checks and creates as an engine would; a refusal by the check throws too. */
export async function create(on: Platform, type: string, inputs: Props, name = "it") {
  const checked = await on.check(type, name, inputs);
  const [problem] = checked.problems;
  if (problem !== undefined) throw new Error(`${problem.property}: ${problem.reason}`);
  return on.create(type, name, checked.inputs);
}

/** Paths that a change of inputs touches, those that replace marked with `!`. */
export async function changes(on: Platform, type: string, before: Props, after: Props) {
  const [olds, news] = await Promise.all([
    on.check(type, "it", before),
    on.check(type, "it", after),
  ]);
  const { changed } = await on.diff(type, "it", olds.inputs, olds.inputs, news.inputs);
  return changed.map(({ path, replace }) => `${path}${replace ? "!" : ""}`);
}

/** The whole message with which something is refused; "accepted" when it is not. */
export async function refusal(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "accepted";
  } catch (error) {
    return errorText(error);
  }
}
