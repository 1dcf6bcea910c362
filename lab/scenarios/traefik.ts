import { arm, signalUnit, startServices } from "../faults";
import { inHost } from "../host";
import type { Scenario, Target } from "../scenario";
import { roles, type Stage } from "../stage";

/** What the fast profile promises of every failed check; the others are held against the model. */
const FAILED_CHECK: Target = { withinSec: { fast: 1 } };

const repair = async (stage: Stage) => {
  const { preferred, other } = roles(stage);
  await startServices(preferred, other);
};

const failedAtOnce = (stage: Stage) => stage.budget.fastTotalSec;
const watchSec = (stage: Stage) => 2 * stage.budget.totalSec + 2;

/** Somebody stops Traefik; it goes on serving for its grace time, but says that it is leaving. */
export const traefikStopped: Scenario = {
  name: "traefik-stopped",
  title: "Traefik stopped (systemctl stop)",
  address: "moves",
  act: async (stage) => {
    const stop = await arm(roles(stage).preferred, "systemctl stop --no-block traefik");
    return { atMs: stop.fire() };
  },
  watchSec,
  predictedSec: failedAtOnce,
  target: FAILED_CHECK,
  repair,
};

/** Traefik dies and does not come back; nothing answers on its ports from that moment. */
export const traefikDead: Scenario = {
  name: "traefik-dead",
  title: "Traefik dead (kill -9, does not come back)",
  address: "moves",
  prepare: async (stage) => {
    // The lab wants it dead for good, and systemd would start it again a second later.
    const dropIn = "/run/systemd/system/traefik.service.d";
    const script = `mkdir -p ${dropIn}; printf '[Service]\\nRestart=no\\n' >${dropIn}/lab.conf; systemctl daemon-reload`;
    await inHost(roles(stage).preferred, script);
  },
  act: async (stage) => ({
    atMs: signalUnit(roles(stage).preferred, "traefik.service", "SIGKILL"),
  }),
  watchSec,
  predictedSec: failedAtOnce,
  target: FAILED_CHECK,
  repair: async (stage) => {
    const script = "rm -rf /run/systemd/system/traefik.service.d; systemctl daemon-reload";
    await inHost(roles(stage).preferred, script);
    await repair(stage);
  },
};

/** Traefik hangs: its ports take connections and nobody answers. */
export const traefikHung: Scenario = {
  name: "traefik-hung",
  title: "Traefik hung (SIGSTOP)",
  address: "moves",
  act: async (stage) => ({
    atMs: signalUnit(roles(stage).preferred, "traefik.service", "SIGSTOP"),
  }),
  watchSec,
  predictedSec: (stage) => stage.budget.totalSec,
  target: FAILED_CHECK,
  repair: async (stage) => {
    const script = "systemctl kill -s CONT traefik; systemctl restart traefik";
    await inHost(roles(stage).preferred, script);
    await repair(stage);
  },
};

/** Both Traefiks stop: with a check that is a FAULT nobody may keep the address. */
export const bothFailing: Scenario = {
  name: "both-failing",
  title: "Both checks failing (both Traefiks stopped)",
  address: "leaves",
  act: async (stage) => {
    const { preferred, other } = roles(stage);
    const stops = [];
    for (const host of [other, preferred]) {
      stops.push(await arm(host, "systemctl stop --no-block traefik"));
    }
    const times = stops.map((stop) => stop.fire());
    return { atMs: Math.max(...times) };
  },
  watchSec,
  predictedSec: failedAtOnce,
  target: { lostAtLeast: 1 },
  repair,
};
