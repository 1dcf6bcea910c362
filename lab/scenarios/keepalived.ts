import { nowMs } from "../../clients/steady/clock";
import { drainSec, skewSec, vrrpGroup } from "../../model/vrrp/vrrp";
import { AGREE_SEC, drainScript, undrainScript } from "../../templates/keepalived/drain";
import { openConnections } from "../instruments/connections";
import { mastersOf } from "../instruments/masters";
import { arm, signalUnit } from "../machine/faults";
import { inHost, type LabHost } from "../machine/host";
import { sleep, until } from "../machine/shell";
import { PAIR } from "../pair/pair";
import { keptAct, masterGone, openPlan, startAll } from "./frame";
import type { Scenario } from "./scenario";
import { roles, type Stage } from "./stage";

/** The wait of the member that takes over, in seconds; all there is when the master says goodbye. */
function takerSkewSec({ settings }: Stage): number {
  const [, taker] = settings.members;
  return skewSec(settings.version, settings.advertIntervalSec, taker?.priority ?? 1);
}

/** Somebody stops keepalived: it says goodbye. */
export const keepalivedStopped: Scenario = {
  ...masterGone,
  name: "keepalived-stopped",
  title: "keepalived stopped (systemctl stop)",
  act: async (stage) => {
    const stop = await arm(roles(stage).preferred, "systemctl stop --no-block keepalived");
    return { atMs: stop.fire() };
  },
  predictedSec: takerSkewSec,
  // What systemd needs until it sends the signal is no part of the protocol.
  predictedFrom: "master gives up",
};

/** keepalived is killed and leaves the address behind; the restart that the component asks for heals that. */
export const keepalivedKilled: Scenario = {
  ...masterGone,
  name: "keepalived-killed",
  title: "keepalived killed (kill -9, all processes)",
  act: async (stage) => {
    const { preferred } = roles(stage);
    const atMs = signalUnit(preferred, "keepalived.service", "SIGKILL");
    const heals = async () => {
      const masters = await mastersOf(stage.vip, stage.world.hosts);
      return masters.join() === preferred.name && hasMoved(stage, atMs);
    };
    try {
      await until("one master", 15, heals);
      return { atMs, note: `one master after ${((nowMs() - atMs) / 1000).toFixed(1)} s` };
    } catch {
      return { atMs, note: "still not one master after 15 s" };
    }
  },
};

function hasMoved(stage: Stage, sinceMs: number): boolean {
  const { other } = roles(stage);
  return stage.changes.some(
    ({ atMs, host, owns }) => atMs >= sinceMs && owns && host === other.name,
  );
}

/** The preferred member comes back and takes the address back. */
export const failback: Scenario = {
  name: "failback",
  title: "Failback (keepalived started again)",
  address: "returns",
  prepare: async (stage) => {
    const { preferred, other } = roles(stage);
    await inHost(preferred, "systemctl stop keepalived");
    const taken = async () => (await mastersOf(stage.vip, [other])).length === 1;
    await until(`${other.name} has the address`, 20, taken, 0.05);
  },
  act: async (stage) => {
    const start = await arm(roles(stage).preferred, "systemctl start --no-block keepalived");
    return { atMs: start.fire() };
  },
  watchSec: (stage) => 2 * stage.budget.recoverySec + 2,
  predictedSec: (stage) => stage.budget.recoverySec,
  target: {},
  repair: startAll,
};

/** Seconds for which the address stays where a planned switch took it: ten runs have 10,000 requests. */
const STAYS_SEC = 2.5;

/**
 * The master steps aside, as `homelab switch` and a roll-out make it: the next one takes the address
 * first and only then does the master give it up. Then it steps back and gets it again.
 */
export const plannedSwitch: Scenario = {
  name: "planned-switch",
  title: "Planned switch (the master steps aside, then back)",
  address: "moves",
  act: async (stage) => {
    const { preferred, other } = roles(stage);
    const drain = drainOf(stage);
    const connections = await openConnections(openPlan(stage));
    const on = async ({ name }: LabHost) =>
      (await mastersOf(stage.vip, stage.world.hosts)).join() === name;
    const stepAside = await arm(preferred, drainScript(drain));
    const atMs = stepAside.fire();
    await until(`${other.name} has the address`, 20, () => on(other), 0.05);
    await sleep(STAYS_SEC);
    const backMs = nowMs();
    await inHost(preferred, undrainScript(drain, true));
    await until(`${preferred.name} has the address again`, 20, () => on(preferred), 0.05);
    const returned = stage.changes.findLast(({ host, owns }) => owns && host === preferred.name);
    const back = (((returned?.atMs ?? nowMs()) - backMs) / 1000).toFixed(2);
    await sleep(STAYS_SEC);
    return keptAct({ atMs, note: `back after ${back} s` }, await connections.end());
  },
  watchSec: (stage) => 2 * (AGREE_SEC + handoverSec(stage) + STAYS_SEC) + 1,
  // Before the address moves, the members agree on what becomes of open connections.
  predictedSec: (stage) => AGREE_SEC + handoverSec(stage),
  target: { lost: 0 },
  repair: async (stage) => {
    await inHost(roles(stage).preferred, undrainScript(drainOf(stage), false));
  },
  profiles: ["fast", "compatible"],
};

/** What it takes to drain the preferred member. */
function drainOf(stage: Stage) {
  const { name: member } = roles(stage).preferred;
  const { drainSec: keepSec = 0 } = stage.settings;
  return { member, vip: stage.vip, handoverSec: handoverSec(stage), keepSec };
}

/** Longest seconds until the other member relieves the preferred one, as the model has it. */
function handoverSec(stage: Stage): number {
  return drainSec(vrrpGroup(PAIR, stage.settings), roles(stage).preferred.name);
}
