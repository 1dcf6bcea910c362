import { skewSec } from "../../model/vrrp";
import { nowMs } from "../clock";
import { arm, signalUnit, startServices } from "../faults";
import { inHost } from "../host";
import { ownersOf } from "../ownership";
import type { Scenario } from "../scenario";
import { until } from "../shell";
import { roles, type Stage } from "../stage";

const repair = async (stage: Stage) => {
  const { preferred, other } = roles(stage);
  await startServices(preferred, other);
};

/** The wait of the member that takes over, in seconds; all there is when the owner says goodbye. */
function takerSkewSec({ settings }: Stage): number {
  const [, taker] = settings.members;
  return skewSec(settings.version, settings.advertIntervalSec, taker?.priority ?? 1);
}

/** Somebody stops keepalived: it says goodbye. */
export const keepalivedStopped: Scenario = {
  name: "keepalived-stopped",
  title: "keepalived stopped (systemctl stop)",
  address: "moves",
  act: async (stage) => {
    const stop = await arm(roles(stage).preferred, "systemctl stop --no-block keepalived");
    return { atMs: stop.fire() };
  },
  watchSec: (stage) => 2 * stage.budget.crashSec + 2,
  predictedSec: takerSkewSec,
  // What systemd needs until it sends the signal is no part of the protocol.
  predictedFrom: "owner gives up",
  target: { withinSec: { fast: 1 } },
  repair,
};

/** keepalived is killed and leaves the address behind; the restart that the component asks for heals that. */
export const keepalivedKilled: Scenario = {
  name: "keepalived-killed",
  title: "keepalived killed (kill -9, all processes)",
  address: "moves",
  act: async (stage) => {
    const { preferred } = roles(stage);
    const atMs = signalUnit(preferred, "keepalived.service", "SIGKILL");
    const heals = async () => {
      const owners = await ownersOf(stage.vip, stage.world.hosts);
      return owners.join() === preferred.name && hasMoved(stage, atMs);
    };
    try {
      await until("one owner", 15, heals);
      return { atMs, note: `one owner after ${((nowMs() - atMs) / 1000).toFixed(1)} s` };
    } catch {
      return { atMs, note: "still not one owner after 15 s" };
    }
  },
  watchSec: (stage) => 2 * stage.budget.crashSec + 2,
  predictedSec: (stage) => stage.budget.crashSec,
  target: { withinSec: { fast: 1 } },
  repair,
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
    const taken = async () => (await ownersOf(stage.vip, [other])).length === 1;
    await until(`${other.name} has the address`, 20, taken, 0.05);
  },
  act: async (stage) => {
    const start = await arm(roles(stage).preferred, "systemctl start --no-block keepalived");
    return { atMs: start.fire() };
  },
  watchSec: (stage) => 2 * stage.budget.recoverySec + 2,
  predictedSec: (stage) => stage.budget.recoverySec,
  target: {},
  repair,
};

/**
 * The owner steps back below the others: the next one takes the address first and only then does
 * the owner give it up, so that it is never on no host.
 */
export const plannedSwitch: Scenario = {
  name: "planned-switch",
  title: "Planned switch (the owner steps back)",
  address: "moves",
  act: async (stage) => {
    const { settings } = stage;
    const lowest = Math.min(...settings.members.map(({ priority }) => priority));
    const command = `cp -p /etc/keepalived/keepalived.conf /run/lab-keepalived.conf
sed -i 's/^\\( *priority\\) .*/\\1 ${lowest - 10}/' /etc/keepalived/keepalived.conf
systemctl reload keepalived`;
    const stepBack = await arm(roles(stage).preferred, command);
    return { atMs: stepBack.fire() };
  },
  watchSec: (stage) => 2 * stage.budget.crashSec + 3,
  target: { lost: 0 },
  repair: async (stage) => {
    const script =
      "cp -p /run/lab-keepalived.conf /etc/keepalived/keepalived.conf; systemctl reload keepalived";
    await inHost(roles(stage).preferred, script);
  },
};
