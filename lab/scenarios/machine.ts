import { nowMs } from "../../clients/steady/clock";
import { mastersOf } from "../instruments/masters";
import { armCut } from "../machine/faults";
import { bootHost, killHost } from "../machine/host";
import { BRIDGE } from "../machine/network";
import { must, sleep, until } from "../machine/shell";
import { masterGone, startAll } from "./frame";
import type { Scenario } from "./scenario";
import { roles, type Stage, watchHost } from "./stage";

/** Puts the cable back. */
export const heal = (link: string) => must("ip", ["link", "set", link, "master", BRIDGE]);

/** The host dies, with all of its processes and its network. */
export const hostDead: Scenario = {
  ...masterGone,
  name: "host-dead",
  title: "Host dead (power lost)",
  act: async (stage) => {
    const { preferred } = roles(stage);
    // First, so that its dying kernel cannot answer anybody: a host without power is silent.
    const atMs = (await armCut(preferred)).fire();
    await killHost(preferred);
    return { atMs };
  },
  repair: async (stage) => {
    const { preferred } = roles(stage);
    await bootHost(preferred);
    watchHost(stage, preferred);
    await startAll(stage);
  },
};

/** The cable of the master is pulled and put back; in between both hold the address. */
export const linkCut: Scenario = {
  ...masterGone,
  name: "link-cut",
  title: "Link cut and healed (split brain)",
  act: async (stage) => {
    const { preferred, other } = roles(stage);
    // Taken off the bridge, so that the host sees no carrier lost, as behind a dead switch.
    const atMs = (await armCut(preferred)).fire();
    const taken = async () => (await mastersOf(stage.vip, [other])).length === 1;
    await until(`${other.name} has the address`, 20, taken, 0.05);
    await sleep(1);
    const both = (await mastersOf(stage.vip, stage.world.hosts)).length === 2;
    const healedMs = nowMs();
    await heal(preferred.link);
    const alone = async () =>
      (await mastersOf(stage.vip, stage.world.hosts)).join() === preferred.name;
    await until("one master after the link was healed", 20, alone, 0.05);
    const healed = ((nowMs() - healedMs) / 1000).toFixed(1);
    return {
      atMs,
      note: `${both ? "two masters" : "one master"} while cut, one ${healed} s later`,
    };
  },
  repair: async (stage: Stage) => {
    await heal(roles(stage).preferred.link);
  },
};
