import { writeFileSync } from "node:fs";
import { findEngine, noEngine } from "../../clients/pulumi/engine";
import type { VrrpProfile } from "../../model/vrrp/vrrp";
import { SHUTDOWN_DELAY_SEC } from "../../templates/kubeadm/kubeadm";
import { tableOf } from "../instruments/table";
import type { Verdict } from "../instruments/verdict";
import { type ControlPlane, ensureControlPlane } from "../kube/binaries";
import { clean } from "../machine/clean";
import type { LabHost } from "../machine/host";
import { ensureImage } from "../machine/image";
import { raiseHosts } from "../machine/world";
import { API_SCENARIOS } from "../scenarios/api";
import { type Rehearsal, rehearse } from "../scenarios/rehearse";
import { installEtcd, startEtcd } from "./etcd";
import { BALANCERS, MASTERS } from "./hosts";
import { installApiServer, makeClusterKeys, startApiServers } from "./masters";
import { type ApiStage, type ApiWorld, openApiStage } from "./stage";

/** What `lab api` was asked for. */
export interface ApiOptions extends Rehearsal {
  profile: readonly VrrpProfile[];
  /** Whether the hosts stay. */
  keep: boolean;
  /** File for all figures. @default none */
  json?: string;
}

type Say = (line: string) => void;

/** Packages of a load balancer that the image of the Traefik pair does not have. */
const BALANCER_PACKAGES = ["haproxy"];

/**
 * The lab of the API load balancers: hosts, API servers, deployment, scenarios, tables and plots.
 *
 * @returns exit code: 1 when a scenario missed a target
 */
export async function runApi(options: ApiOptions, say: Say): Promise<number> {
  if (!findEngine()) throw new Error(noEngine);
  const image = await ensureImage(say, BALANCER_PACKAGES);
  const control = await ensureControlPlane(say);
  const report: Record<string, Verdict[]> = {};
  try {
    for (const profile of options.profile) {
      const world = await raiseCluster(control, image, say);
      const stage = await openApiStage(world, profile);
      say(`${profile}: load balancers deployed`);
      try {
        report[profile] = await rehearse(stage, API_SCENARIOS, options, say);
      } finally {
        await stage.api.stop();
      }
      console.log(`\nprofile ${profile}, ${control.origin}\n${tableOf(report[profile])}\n`);
    }
  } finally {
    if (!options.keep) await clean();
  }
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return Object.values(report).some((all) => all.some(({ misses }) => misses.length > 0)) ? 1 : 0;
}

/** Hosts with API servers and load balancers in front of them, for whatever is to happen there. */
export async function openCluster(profile: VrrpProfile, say: Say): Promise<ApiStage> {
  const image = await ensureImage(say, BALANCER_PACKAGES);
  const control = await ensureControlPlane(say);
  return openApiStage(await raiseCluster(control, image, say), profile);
}

/** Boots the hosts and starts etcd and the API servers. */
async function raiseCluster(control: ControlPlane, image: string, say: Say): Promise<ApiWorld> {
  const layers = [control.layer, image];
  const bare = await raiseHosts([...BALANCERS, ...MASTERS], layers, say, (all) => {
    makeClusterKeys();
    for (const host of all.filter(isMaster)) {
      installEtcd(host);
      installApiServer(host, SHUTDOWN_DELAY_SEC);
    }
  });
  const masters = bare.hosts.filter(isMaster);
  const hosts = bare.hosts.filter((host) => !isMaster(host));
  await startEtcd(masters);
  const begin = performance.now();
  await startApiServers(masters);
  say(
    `${masters.length} API servers ready in ${((performance.now() - begin) / 1000).toFixed(1)} s`,
  );
  return { ...bare, hosts, masters };
}

function isMaster({ name }: LabHost): boolean {
  return MASTERS.some((plan) => plan.name === name);
}
