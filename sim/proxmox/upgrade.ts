import type { ProxmoxState } from "../world";
import { groupRules } from "./ha-groups";

/**
 * The last node of the cluster runs version 9. Its groups are still there: the HA manager looks
 * every six rounds, about a minute, whether it may turn them into rules (pve-ha-manager,
 * Manager.pm `try_persistent_group_migration`).
 */
export function upgradeNodes(pve: ProxmoxState): void {
  pve.pveVersion = 9;
}

/**
 * What the HA manager then does by itself (pve-ha-manager, Manager.pm
 * `$migrate_group_persistently`, and Groups.pm): every group with a resource becomes a
 * node-affinity rule, its resources lose the group, and `nofailback` becomes theirs.
 *
 * @param offline nodes that do not answer; with one of them nothing happens
 */
export function migrateGroups(pve: ProxmoxState, offline: readonly string[] = []): void {
  if (pve.pveVersion < 9) {
    throw new Error(
      "abort ha groups migration: a node needs at least pve-manager version '9.0.0~16'",
    );
  }
  if (offline[0] !== undefined) {
    throw new Error(`abort ha groups migration: node '${offline[0]}' is not online`);
  }
  Object.assign(pve.haRules, groupRules(pve));
  for (const resource of Object.values(pve.haResources)) {
    const group = pve.haGroups[String(resource.group)];
    // Written only where it is not the default: `failback` stays unset otherwise.
    if (group?.noFailback === true) resource.failback = false;
    delete resource.group;
  }
  pve.haGroups = {};
}
