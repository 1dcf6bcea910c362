import { TraefikHaPair } from "../../components/traefik-ha-pair";
import { addressOf } from "../../model/text";
import { answers } from "../instruments/http";
import { type HostPlan, inHost, type LabHost } from "../machine/host";
import type { World } from "../machine/world";
import { setUpBaseline } from "../pair/baseline";
import { type Deployment, openProgram } from "../pair/deploy";
import { ROUTE_HOST, WEB_PORT } from "../pair/pair";
import { argsOf } from "../pair/program";
import type { LabProfile, Served } from "../scenarios/stage";

/** One of the pairs that stand side by side. */
export interface PairPlan {
  profile: LabProfile;
  /** Virtual address with prefix length. */
  vip: string;
  virtualRouterId: number;
  /** Its hosts, the preferred one first. */
  hosts: readonly [HostPlan, HostPlan];
}

/** A pair that runs. */
export interface SoakPair {
  profile: LabProfile;
  /** Virtual address without prefix length. */
  vip: string;
  world: { hosts: LabHost[]; privateKey: string };
  served: Served;
}

/** A pair for each profile, with addresses and a virtual router id of its own. */
export function pairPlans(profiles: readonly LabProfile[]): PairPlan[] {
  return profiles.map((profile, index) => {
    const host = (member: 1 | 2): HostPlan => ({
      name: `${profile}-${member}`,
      number: 2 * index + member,
      address: `10.77.0.${10 + 2 * index + member}`,
    });
    return {
      profile,
      vip: `10.77.0.${100 + index}/24`,
      virtualRouterId: 77 + index,
      hosts: [host(1), host(2)],
    };
  });
}

/** What the program of the soak deploys. */
interface SoakProgram {
  plans: readonly PairPlan[];
  world: World;
}

function pairsProgram({ plans, world }: SoakProgram): Record<string, unknown> {
  for (const { profile, vip, virtualRouterId, hosts } of plans) {
    if (profile === "baseline") continue;
    new TraefikHaPair(
      profile,
      argsOf({
        profile,
        vip,
        virtualRouterId,
        hosts: world.hosts.filter(({ name }) => hosts.some((host) => host.name === name)),
        privateKey: world.privateKey,
        traefikVersion: world.traefikVersion,
        routes: {},
      }),
    );
  }
  return {};
}

/** Sets all pairs up: by one `up`, and the baseline by hand. */
export async function setUpPairs(
  plans: readonly PairPlan[],
  world: World,
): Promise<{ pairs: SoakPair[]; deployment: Deployment<SoakProgram> }> {
  const deployment = await openProgram({ plans, world }, pairsProgram);
  if (plans.some(({ profile }) => profile !== "baseline")) await deployment.up();
  const pairs = plans.map((plan): SoakPair => {
    const hosts = plan.hosts.flatMap(({ name }) => world.hosts.filter((one) => one.name === name));
    return {
      profile: plan.profile,
      vip: addressOf(plan.vip),
      world: { hosts, privateKey: world.privateKey },
      served: {
        units: ["traefik", "keepalived"],
        problemOn: async ({ name, address }) =>
          (await answers(address, WEB_PORT, ROUTE_HOST)) ? undefined : `${name} does not answer`,
      },
    };
  });
  for (const [index, { profile, world: of }] of pairs.entries()) {
    if (profile !== "baseline") continue;
    for (const [member, host] of of.hosts.entries()) {
      await setUpBaseline(host, member, plans[index]?.vip);
    }
  }
  return { pairs, deployment };
}

/** Runs a script on a host that has to succeed. */
export async function onHost(host: LabHost, script: string): Promise<string> {
  const { status, stdout, stderr } = await inHost(host, script);
  if (status !== 0) throw new Error(`${host.name}: ${(stderr || stdout).trim().slice(-400)}`);
  return stdout;
}
