import { startServices } from "../machine/faults";
import { inHost } from "../machine/host";
import type { Scenario } from "./scenario";
import { roles, type Stage } from "./stage";

/** Starts whatever a scenario stopped. */
export async function startAll(stage: Stage): Promise<void> {
  const { preferred, other } = roles(stage);
  await startServices(stage.served.units, preferred, other);
}

/** The master is gone at once, with host, link or keepalived: its adverts are missed. */
export const masterGone = {
  address: "moves",
  watchSec: ({ budget }) => 2 * budget.crashSec + 2,
  predictedSec: ({ budget }) => budget.crashSec,
  target: { withinSec: { fast: 1 } },
  repair: startAll,
} satisfies Partial<Scenario>;

/** The master's daemon fails its check at once; `fast` promises less than a second, the model holds for all. */
export const checkFails = {
  address: "moves",
  watchSec: ({ budget }) => 2 * budget.totalSec + 2,
  predictedSec: ({ budget }) => budget.fastTotalSec,
  target: { withinSec: { fast: 1 } },
  repair: startAll,
} satisfies Partial<Scenario>;

const dropIn = (daemon: string) => `/run/systemd/system/${daemon}.service.d`;

/** The lab wants a daemon dead for good, and systemd would start it again a second later. */
export async function keepDead(stage: Stage, daemon = "traefik"): Promise<void> {
  const script = `mkdir -p ${dropIn(daemon)}; printf '[Service]\\nRestart=no\\n' >${dropIn(daemon)}/lab.conf; systemctl daemon-reload`;
  await inHost(roles(stage).preferred, script);
}

/** Takes that back. */
export async function letRestart(stage: Stage, daemon = "traefik"): Promise<void> {
  await inHost(roles(stage).preferred, `rm -rf ${dropIn(daemon)}; systemctl daemon-reload`);
}
