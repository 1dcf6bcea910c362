import { arm, signalUnit } from "../machine/faults";
import { inHost } from "../machine/host";
import { checkFails, keepDead, letRestart, startAll } from "./frame";
import type { Scenario } from "./scenario";
import { roles } from "./stage";

/** Somebody stops Traefik; it goes on serving for its grace time, but says that it is leaving. */
export const traefikStopped: Scenario = {
  ...checkFails,
  name: "traefik-stopped",
  title: "Traefik stopped (systemctl stop)",
  act: async (stage) => {
    const stop = await arm(roles(stage).preferred, "systemctl stop --no-block traefik");
    return { atMs: stop.fire() };
  },
};

/** Traefik dies and does not come back; nothing answers on its ports from that moment. */
export const traefikDead: Scenario = {
  ...checkFails,
  name: "traefik-dead",
  title: "Traefik dead (kill -9, does not come back)",
  prepare: (stage) => keepDead(stage),
  act: async (stage) => ({
    atMs: signalUnit(roles(stage).preferred, "traefik.service", "SIGKILL"),
  }),
  repair: async (stage) => {
    await letRestart(stage);
    await startAll(stage);
  },
};

/** Traefik hangs: its ports take connections and nobody answers. */
export const traefikHung: Scenario = {
  ...checkFails,
  name: "traefik-hung",
  title: "Traefik hung (SIGSTOP)",
  act: async (stage) => ({
    atMs: signalUnit(roles(stage).preferred, "traefik.service", "SIGSTOP"),
  }),
  predictedSec: (stage) => stage.budget.totalSec,
  repair: async (stage) => {
    const script = "systemctl kill -s CONT traefik; systemctl restart traefik";
    await inHost(roles(stage).preferred, script);
    await startAll(stage);
  },
};

/** Both Traefiks stop: with a check that is a FAULT nobody may keep the address. */
export const bothFailing: Scenario = {
  ...checkFails,
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
  target: { lostAtLeast: 1 },
};
