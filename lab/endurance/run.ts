import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { VrrpProfile } from "../../model/vrrp/vrrp";
import { openCluster } from "../api/api";
import { startBackend } from "../instruments/backend";
import { clean } from "../machine/clean";
import { ensureImage } from "../machine/image";
import { raise } from "../machine/world";
import { openDeployment } from "../pair/deploy";
import { openStage } from "../pair/open-stage";
import { releaseIn } from "../pair/release";
import { ensureTraefik } from "../pair/traefik";
import { type Stage, watchAll } from "../scenarios/stage";
import { type Endurance, endure } from "./endure";

/** Which hosts endure it: the Traefik pair, or the load balancers of a Kubernetes API. */
export type Endured = "pair" | "api";

/** What `lab endurance` was asked for. */
export interface EnduranceOptions extends Endurance {
  of: Endured;
  profile: VrrpProfile;
}

type Say = (line: string) => void;

/** Hosts that are set up, and the `up` that changes nothing. */
interface Opened {
  stage: Stage;
  up(): Promise<{ changes: Readonly<Record<string, number>> }>;
  stop(): Promise<void>;
}

/**
 * Many random faults in a row on real hosts, and then an `up` that has nothing to do.
 *
 * @returns exit code: 1 when something did not hold after a fault
 */
export async function runEndurance(options: EnduranceOptions, say: Say): Promise<number> {
  const { of, profile, seed, faults } = options;
  say(`${faults} faults, seed ${seed}`);
  try {
    const { stage, up, stop } = await (of === "pair"
      ? openPair(profile, say)
      : openApi(profile, say));
    try {
      watchAll(stage);
      const { missed, table } = await endure(stage, { faults, seed }, say);
      const { changes } = await up();
      const others = Object.keys(changes).filter((kind) => kind !== "same");
      if (others.length > 0)
        missed.push(`the next up changed something: ${JSON.stringify(changes)}`);
      console.log(`\n${of}, profile ${profile}, seed ${seed}, ${faults} faults\n\n${table}\n`);
      const verdict =
        "after each one holder, service back, nothing left; then `up` changed nothing";
      console.log(missed.length === 0 ? verdict : `missed:\n  ${missed.join("\n  ")}`);
      return missed.length === 0 ? 0 : 1;
    } finally {
      stage.client.end();
      stage.scheduler.end();
      await stop();
    }
  } finally {
    await clean();
  }
}

async function openPair(profile: VrrpProfile, say: Say): Promise<Opened> {
  const stackFile = join(__dirname, "..", "..", "Pulumi.homelab.yaml");
  const release = releaseIn(readFileSync(stackFile, "utf8"));
  const image = await ensureImage(say);
  const traefik = await ensureTraefik(release, say);
  const world = await raise([traefik.layer, image], release.version, say);
  const backend = await startBackend();
  const opened = await openStage(world, profile);
  const deployment = await openDeployment(world, profile);
  await deployment.up();
  return {
    stage: { ...opened, deployment },
    up: () => deployment.up(),
    stop: async () => {
      backend.stop();
      await deployment.stop();
    },
  };
}

async function openApi(profile: VrrpProfile, say: Say): Promise<Opened> {
  const stage = await openCluster(profile, say);
  return { stage, up: () => stage.api.up(), stop: () => stage.api.stop() };
}
