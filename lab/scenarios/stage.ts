import { errorText } from "../../model/text";
import type { VrrpBudget, VrrpProfile, VrrpSettings } from "../../model/vrrp/vrrp";
import { type Announcement, watchArp } from "../instruments/arp";
import type { Client } from "../instruments/client";
import { type MasterChange, mastersOf, watchMaster } from "../instruments/masters";
import type { Scheduler } from "../instruments/scheduler";
import { inHost, type LabHost } from "../machine/host";
import { until } from "../machine/shell";
import { alive } from "../machine/state";
import type { BareWorld } from "../machine/world";
import type { Deployment } from "../pair/deploy";

/** How the pair on the hosts was set up: by the component with a profile, or with the settings that were there before. */
export type LabProfile = VrrpProfile | "baseline";

/** What the members of the pair serve. */
export interface Served {
  /** Units that run on every member. */
  units: readonly string[];
  /** What is not well on a member yet. @returns nothing when all is */
  problemOn(host: LabHost): Promise<string | undefined>;
}

/** Everything a scenario can use. */
export interface Stage {
  world: BareWorld;
  served: Served;
  profile: LabProfile;
  /** The virtual address without prefix length. */
  vip: string;
  settings: VrrpSettings;
  /** What the model says about these settings. */
  budget: VrrpBudget;
  /** @default the hosts were set up without the engine */
  deployment?: Deployment;
  /** What one `homelab status` says is wrong now. @default there is no stack file to read */
  status?: () => Promise<string[]>;
  client: Client;
  scheduler: Scheduler;
  /** Everything seen since the lab began; the newest last. */
  announcements: Announcement[];
  changes: MasterChange[];
}

/** The preferred member, and the one that takes over. */
export function roles(stage: { world: BareWorld }): { preferred: LabHost; other: LabHost } {
  const [preferred, other] = stage.world.hosts;
  if (!preferred || !other) throw new Error("the lab needs two hosts");
  return { preferred, other };
}

/** Follows ARP and the master until the lab ends. */
export function watchAll(stage: Pick<Stage, "world" | "vip" | "announcements" | "changes">): void {
  watchArp(stage.vip, (announcement) => stage.announcements.push(announcement));
  for (const host of stage.world.hosts) watchHost(stage, host);
}

/** Follows on one host whether it is master; again after every boot. */
export function watchHost(stage: Pick<Stage, "vip" | "changes">, host: LabHost): void {
  watchMaster(host, stage.vip, (change) => stage.changes.push(change));
}

/**
 * Waits until all is well: both members answer, one is MASTER and the other BACKUP by their own
 * account, and the preferred one alone has the address.
 */
export async function steady(
  stage: Pick<Stage, "world" | "served" | "vip">,
  deadlineSec = 60,
): Promise<void> {
  const { preferred, other } = roles(stage);
  let why = "";
  const well = async () => {
    const masters = await mastersOf(stage.vip, stage.world.hosts);
    why = `the address is on ${masters.join(" and ") || "no host"}`;
    if (masters.join() !== preferred.name) return false;
    for (const host of [preferred, other]) {
      const problem = await stage.served.problemOn(host);
      why = problem ?? "";
      if (problem !== undefined) return false;
      const expected = host === preferred ? "MASTER" : "BACKUP";
      const state = await vrrpState(host);
      why = `keepalived of ${host.name} is ${state}, expected ${expected}`;
      if (state !== expected) return false;
    }
    return true;
  };
  try {
    await until("the pair is well again", deadlineSec, well, 0.25);
  } catch (error) {
    throw new Error(`${errorText(error)}: ${why}`);
  }
}

/** What keepalived itself says that it is, e.g. `MASTER`, `BACKUP`, `FAULT`. */
export async function vrrpState(host: LabHost): Promise<string> {
  if (!host.leader || !alive(host.leader)) return "down";
  // USR1 makes keepalived write its data (keepalived(8), SIGNALS).
  const script = `rm -f /tmp/keepalived.data
kill -USR1 "$(cat /run/keepalived.pid)" 2>/dev/null || exit 0
for try in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.05
  grep -m 1 '^   *State = ' /tmp/keepalived.data 2>/dev/null && exit 0
done`;
  const { stdout } = await inHost(host, script);
  return /State = (\w+)/.exec(stdout)?.[1] ?? "not running";
}
