import { budget, vrrpGroup } from "../../model/vrrp/vrrp";
import { mastersOf } from "../instruments/masters";
import { signalUnit } from "../machine/faults";
import { inHost } from "../machine/host";
import { until } from "../machine/shell";
import { BASELINE_WEIGHT, baselineKeepalived, baselineSettings } from "../pair/baseline";
import { keepDead, letRestart, startAll } from "./frame";
import type { Scenario } from "./scenario";
import { roles, type Stage } from "./stage";

const KEPT = "/run/lab-keepalived.conf";

/** Both hosts with the weight that the component refuses, written by hand. */
async function deployBaselineWeight(stage: Stage): Promise<void> {
  for (const [index, host] of stage.world.hosts.entries()) {
    const script = `cp -p /etc/keepalived/keepalived.conf ${KEPT}
cat >/etc/keepalived/keepalived.conf && systemctl restart keepalived`;
    await inHost(host, script, { input: baselineKeepalived(host, index, BASELINE_WEIGHT) });
  }
  const { preferred } = roles(stage);
  const alone = async () =>
    (await mastersOf(stage.vip, stage.world.hosts)).join() === preferred.name;
  await until(`${preferred.name} has the address`, 30, alone);
}

/**
 * The mistake of the baseline, shown: with weight -20 a dead Traefik keeps the address, for 200 - 20 is
 * still above 100. The model says so too: its budget for these settings is infinite.
 */
export const weightTooSmall: Scenario = {
  name: "weight-20",
  title: "The baseline's weight -20, Traefik dead",
  address: "stays",
  prepare: async (stage) => {
    await deployBaselineWeight(stage);
    await keepDead(stage);
  },
  act: async (stage) => {
    const { totalSec } = budget(
      vrrpGroup("baseline", baselineSettings(stage.world.hosts, BASELINE_WEIGHT)),
    );
    const atMs = signalUnit(roles(stage).preferred, "traefik.service", "SIGKILL");
    const says = totalSec === Infinity ? "never moves" : `moves within ${totalSec} s`;
    return { atMs, note: `the model says: ${says}` };
  },
  // Longer than the same pair with a sufficient weight would need.
  watchSec: () => 12,
  target: { moves: false, lostAtLeast: 100 },
  repair: async (stage) => {
    const { preferred, other } = roles(stage);
    const script = `[ ! -e ${KEPT} ] || { mv ${KEPT} /etc/keepalived/keepalived.conf; systemctl restart keepalived; }`;
    await letRestart(stage);
    for (const host of [preferred, other]) await inHost(host, script);
    await startAll(stage);
  },
};
