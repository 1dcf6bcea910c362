import "../start/light-sdk";
import { join } from "node:path";
import { wantedCluster } from "../cli/commands/audit/wanted";
import { readLiveCluster } from "../cli/lib/live-cluster";
import { clusterResilience } from "../cli/run/judgement";
import { clusterModel } from "../config/cluster-model";
import { parseStack } from "../config/parse";
import type { StackConfig } from "../config/stack";
import { audit } from "../model/audit/audit";
import { allFailures } from "../model/resilience/resilience";
import { serveProxmoxApi } from "../sim/proxmox/api-server/server";
import { siteFromStack } from "../sim/proxmox/api-server/site";
import { worldFromStack } from "../sim/seed";
import { cpuMs, median } from "./measure";
import type { Measured } from "./measured";
import { syntheticStack } from "./synthetic";

// As in the command line: the SDK takes a stack trace per promise, and mapping each is slow.
process.setSourceMapsEnabled(false);

type Data = Record<string, unknown>;

function checked(data: Data): StackConfig {
  const parsed = parseStack(data);
  if (!parsed.stack) throw new Error(JSON.stringify(parsed.problems.slice(0, 3)));
  return parsed.stack;
}

/** What can be measured; each returns the size of a document, if it makes one. */
const works: Record<string, (data: Data) => unknown> = {
  checks: (data) => checked(data),
  single: (data) => allFailures(clusterModel(checked(data)), 1),
  double: (data) => JSON.stringify(clusterResilience(clusterModel(checked(data))), null, 2).length,
  audit: (data) => audited(checked(data)),
  // The SDKs are loaded only where they are measured.
  mock: async (data) =>
    (require(join(__dirname, "mock-run")) as typeof import("./mock-run")).runProgram(data),
};

/** Reads the cluster through the API over HTTPS, whose server runs in this process too, and judges it. */
async function audited(stack: StackConfig): Promise<number> {
  const world = worldFromStack(stack);
  const api = await serveProxmoxApi({ state: () => world.proxmox, site: siteFromStack(stack) });
  const { endpoint, token, certificate } = api;
  const access = { endpoint, token, fingerprint: certificate.fingerprint };
  try {
    const cluster = await readLiveCluster(
      () => access,
      () => {},
    );
    const findings = audit({ cluster, wanted: wantedCluster("the stack file", stack) });
    return JSON.stringify(findings).length;
  } finally {
    await api.stop();
  }
}

async function main(): Promise<void> {
  const [what = "", guests = "", nodes = "", rounds = "3"] = process.argv.slice(2);
  const work = works[what];
  if (!work) throw new Error(`cannot measure "${what}", only ${Object.keys(works).join(", ")}`);
  const data = syntheticStack(Number(guests), Number(nodes));
  const times: number[] = [];
  let result: unknown;
  const round = async () => {
    result = await work(data);
  };
  // Several rounds are for the time, which is that of code which ran before; one is as a command runs.
  if (Number(rounds) > 0) await work(syntheticStack(40, Number(nodes)));
  for (let left = Math.max(1, Number(rounds)); left > 0; left--) times.push(await cpuMs(round));
  const measured: Measured = {
    ms: median(times),
    peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
    ...(typeof result === "number" && { bytes: result }),
  };
  process.stdout.write(JSON.stringify(measured));
}

void main();
