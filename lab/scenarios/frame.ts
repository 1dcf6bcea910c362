import { type ConnectionsPlan, type Kept, keptText, USES } from "../instruments/connections";
import { startServices } from "../machine/faults";
import { inHost } from "../machine/host";
import { ROUTE_HOST, WEB_PORT } from "../pair/pair";
import type { Act, Scenario } from "./scenario";
import { roles, type Stage } from "./stage";

/** Starts whatever a scenario stopped. */
export async function startAll(stage: Pick<Stage, "world" | "served">): Promise<void> {
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

/**
 * 200 connections that stay open.
 *
 * @param lastsSec seconds after which each has done its work. @default when the scenario is over
 */
export function openPlan({ vip }: Stage, lastsSec?: number): ConnectionsPlan {
  const count = { "keep-alive": 80, websocket: 60, download: 30, stream: 30 };
  const plan = { address: vip, port: WEB_PORT, host: ROUTE_HOST, count };
  return lastsSec === undefined ? plan : { ...plan, lastsSec };
}

/** What a planned change did, with what became of the open connections: all have to be kept. */
export function keptAct(act: Act, kept: Kept): Act {
  const text = keptText(kept);
  const note = act.note === undefined ? text : `${act.note}, ${text}`;
  if (USES.every((use) => kept.cut[use] === 0)) return { ...act, note };
  const wrong = `${text}: ${kept.why.join("; ")}`;
  return { ...act, note, wrong: act.wrong === undefined ? wrong : `${act.wrong}; ${wrong}` };
}

const dropIn = (daemon: string) => `/run/systemd/system/${daemon}.service.d`;

/** The lab wants a daemon dead for good, and systemd would start it again a second later. */
export async function keepDead(stage: Pick<Stage, "world">, daemon = "traefik"): Promise<void> {
  const script = `mkdir -p ${dropIn(daemon)}; printf '[Service]\\nRestart=no\\n' >${dropIn(daemon)}/lab.conf; systemctl daemon-reload`;
  await inHost(roles(stage).preferred, script);
}

/** Takes that back. */
export async function letRestart(stage: Pick<Stage, "world">, daemon = "traefik"): Promise<void> {
  await inHost(roles(stage).preferred, `rm -rf ${dropIn(daemon)}; systemctl daemon-reload`);
}
