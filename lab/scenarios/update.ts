import { nowMs } from "../../clients/steady/clock";
import { openConnections } from "../instruments/connections";
import { pidsOfUnit } from "../machine/cgroup";
import { inHost } from "../machine/host";
import type { Deployed, Deployment } from "../pair/deploy";
import { keptAct, openPlan } from "./frame";
import type { Act, Scenario } from "./scenario";
import type { Stage } from "./stage";

let serial = 0;

/** A scenario of the engine: it needs hosts that the component deployed. */
const common = {
  address: "stays",
  watchSec: () => 0,
  repair: async () => {},
  profiles: ["fast", "compatible"],
} satisfies Partial<Scenario>;

/** What deployed the hosts; throws where the engine did not. */
export function deploymentOf(stage: Stage): Deployment {
  if (!stage.deployment) throw new Error("this scenario needs hosts that the engine deployed");
  return stage.deployment;
}

async function timed(up: Promise<Deployed>): Promise<Act> {
  const atMs = nowMs();
  const { changes } = await up;
  const counts = Object.entries(changes).map(([what, count]) => `${count} ${what}`);
  return { atMs, doneMs: nowMs(), note: counts.join(", ") };
}

/** Main processes of the daemons on every host: other numbers mean a restart. */
export function daemons({ world }: Stage): string {
  const units = ["traefik.service", "keepalived.service"];
  return world.hosts
    .flatMap(({ name }) => units.map((unit) => `${name} ${unit} ${pidsOfUnit(name, unit)[0]}`))
    .join(", ");
}

/** How often somebody logged in by SSH, over all hosts. */
async function logins({ world }: Stage): Promise<number> {
  const counts = await Promise.all(
    world.hosts.map(async (host) => {
      const { stdout } = await inHost(host, "journalctl -q -u ssh | grep -c 'Accepted publickey'");
      return Number(stdout);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** A change of the static configuration, which restarts every Traefik, one member after the other. */
export const rollingUp: Scenario = {
  ...common,
  name: "rolling-up",
  title: "Rolling up: static configuration changed",
  act: async (stage) => {
    const connections = await openConnections(openPlan(stage, 15));
    const act = await timed(
      deploymentOf(stage).up(({ pingPort }) => ({ pingPort: pingPort === 8090 ? 8080 : 8090 })),
    );
    return keptAct(act, await connections.end());
  },
  target: { lost: 0 },
};

/** A route more: one file on each member, no restart. */
export const routeUp: Scenario = {
  ...common,
  name: "route-up",
  title: "Rolling up: one route changed",
  act: async (stage) => {
    serial += 1;
    const before = daemons(stage);
    const routes = { more: `more-${serial}.lab.test` };
    const act = await timed(deploymentOf(stage).up(() => ({ routes })));
    const after = daemons(stage);
    return before === after ? act : { ...act, wrong: `restarted: ${before}; then ${after}` };
  },
  target: { moves: false, lost: 0 },
};

/** Nothing changed: nothing is done, and no host is touched. */
export const sameUp: Scenario = {
  ...common,
  name: "same-up",
  title: "up with nothing changed",
  act: async (stage) => {
    const before = await logins(stage);
    const act = await timed(deploymentOf(stage).up());
    const more = (await logins(stage)) - before;
    return more === 0
      ? { ...act, note: `${act.note}, no login` }
      : { ...act, wrong: `found ${more} logins by SSH, expected none` };
  },
  target: { moves: false, lost: 0 },
};
