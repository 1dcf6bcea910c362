import { addressOf } from "../../model/text";
import { budget, vrrpGroup } from "../../model/vrrp/vrrp";
import { startClient } from "../instruments/client";
import { answers } from "../instruments/http";
import { startScheduler } from "../instruments/scheduler";
import { VIP } from "../machine/network";
import type { World } from "../machine/world";
import type { LabProfile, Stage } from "../scenarios/stage";
import { BASELINE_FIXED_WEIGHT, baselineSettings } from "./baseline";
import { PAIR, pairSettings, ROUTE_HOST, WEB_PORT } from "./pair";

/** Starts the instruments around hosts on which nothing is deployed yet; the caller ends them. */
export async function openStage(world: World, profile: LabProfile): Promise<Stage> {
  const settings =
    profile === "baseline"
      ? baselineSettings(world.hosts, BASELINE_FIXED_WEIGHT)
      : pairSettings(profile, world.hosts);
  const vip = addressOf(VIP);
  const plan = { address: vip, port: WEB_PORT, host: ROUTE_HOST, everyMs: 10, timeoutMs: 1000 };
  return {
    world,
    served: {
      units: ["traefik", "keepalived"],
      problemOn: async ({ name, address }) =>
        (await answers(address, WEB_PORT, ROUTE_HOST))
          ? undefined
          : `${name}:${WEB_PORT} does not answer for ${ROUTE_HOST}`,
    },
    profile,
    vip,
    settings,
    budget: budget(vrrpGroup(PAIR, settings)),
    client: await startClient(plan),
    scheduler: await startScheduler(),
    announcements: [],
    changes: [],
  };
}
