import { nowMs } from "../clock";
import type { Deployed, Deployment } from "../deploy";
import type { Act, Scenario } from "../scenario";
import type { Stage } from "../stage";

let serial = 0;
let pingPort = 8080;

function deploymentOf(stage: Stage): Deployment {
  if (!stage.deployment) throw new Error("this scenario needs hosts that the engine deployed");
  return stage.deployment;
}

async function timed(up: Promise<Deployed>): Promise<Act> {
  const atMs = nowMs();
  const { changes } = await up;
  const counts = Object.entries(changes).map(([what, count]) => `${count} ${what}`);
  return { atMs, doneMs: nowMs(), note: counts.join(", ") };
}

/** A change of the static configuration, which restarts every Traefik, one member after the other. */
export const rollingUp: Scenario = {
  name: "rolling-up",
  title: "Rolling up: static configuration changed",
  address: "stays",
  act: (stage) => {
    pingPort = pingPort === 8080 ? 8090 : 8080;
    return timed(deploymentOf(stage).up({ pingPort }));
  },
  watchSec: () => 0,
  target: { lost: 0 },
  repair: async () => {},
  profiles: ["fast", "compatible"],
};

/** A route more: one file on each member, no restart. */
export const routeUp: Scenario = {
  name: "route-up",
  title: "Rolling up: one route changed",
  address: "stays",
  act: (stage) => {
    serial += 1;
    return timed(deploymentOf(stage).up({ routes: { more: `more-${serial}.lab.test` } }));
  },
  watchSec: () => 0,
  target: { lost: 0 },
  repair: async () => {},
  profiles: ["fast", "compatible"],
};

/** Nothing changed: nothing is done, and no host is touched. */
export const sameUp: Scenario = {
  name: "same-up",
  title: "up with nothing changed",
  address: "stays",
  act: (stage) => timed(deploymentOf(stage).up()),
  watchSec: () => 0,
  target: { lost: 0 },
  repair: async () => {},
  profiles: ["fast", "compatible"],
};
