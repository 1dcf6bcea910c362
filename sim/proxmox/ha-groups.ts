import type { ResourceModel } from "../model";
import { record, text } from "../props";
import type { HaRuleState, ProxmoxState } from "../world";
import { assertPrivilege, cluster } from "./api";
import { groupsMigrated, migrated, named, priorities } from "./ha-checks";
import { haRound } from "./ha-manager";

/** Every call on groups dies once they are migrated, reading and deleting too (API2/HA/Groups.pm). */
function assertGroups(pve: ProxmoxState, call: string): void {
  if (groupsMigrated(pve)) throw new Error(`cannot ${call} group: ${migrated}`);
}

/**
 * The rules that version 9 makes of the groups that are left, under their ids; a group without a
 * resource becomes none (pve-ha-manager, Groups.pm `migrate_groups_to_rules`).
 */
export function groupRules(pve: ProxmoxState): Record<string, HaRuleState> {
  const rules = Object.entries(pve.haGroups).map(([id, group]): [string, HaRuleState] => [
    `ha-group-${id}`,
    {
      type: "node-affinity",
      resources: Object.keys(pve.haResources)
        .filter((sid) => pve.haResources[sid]?.group === id)
        .sort(),
      nodes: Object.fromEntries(
        Object.entries(record(group, "nodes")).map(([node, at]) => [node, Number(at)]),
      ),
      strict: group.restricted === true,
      disable: false,
      comment: text(group, "comment") || `Generated from HA group '${id}'.`,
    },
  ]);
  return Object.fromEntries(rules.filter(([, rule]) => rule.resources.length > 0));
}

/** HA groups: Proxmox VE 8. */
export const haGroup: ResourceModel = {
  importError: "HA group not found after update",
  inputs: ["comment", "group", "noFailback", "nodes", "restricted"],
  // `group` has no plan modifier: a new name is an update of the old one (bpg, resource_hagroup.go).
  replaceOn: [],
  compareWith: "state",
  defaults: (inputs) => ({ noFailback: false, restricted: false, ...inputs }),
  problems: (inputs) => [...named(inputs, "group"), ...priorities(inputs)],
  create(inputs, context) {
    return cluster(context, (pve) => {
      assertGroups(pve, "create");
      const id = text(inputs, "group");
      assertPrivilege(pve, "/", "Sys.Console");
      if (pve.haGroups[id] !== undefined) throw new Error(`ha group ID '${id}' already defined`);
      pve.haGroups[id] = inputs;
      return { id, outputs: inputs };
    });
  },
  read(id, _state, context) {
    const pve = context.world.state.proxmox;
    assertGroups(pve, "read");
    const outputs = pve.haGroups[id];
    return outputs && { id, outputs };
  },
  update(id, inputs, _before, context) {
    return cluster(context, (pve) => {
      assertGroups(pve, "update");
      if (pve.haGroups[id] === undefined) throw new Error(`no such ha group '${id}'`);
      assertPrivilege(pve, "/", "Sys.Console");
      pve.haGroups[id] = { ...inputs, group: id };
      haRound(pve);
      return pve.haGroups[id];
    });
  },
  delete(id, _state, context) {
    cluster(context, (pve) => {
      assertGroups(pve, "delete");
      for (const [sid, resource] of Object.entries(pve.haResources)) {
        if (resource.group === id) throw new Error(`ha group is used by service '${sid}'`);
      }
      delete pve.haGroups[id];
    });
  },
};
