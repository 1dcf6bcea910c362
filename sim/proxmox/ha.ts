import type { Problem, ResourceModel } from "../model";
import { known, type Props, record, text, texts } from "../props";
import type { HaRuleState, ProxmoxState } from "../world";
import { cluster, guestOf } from "./api";
import { infeasibilities } from "./ha-feasibility";

const migrated = "ha groups have been migrated to rules";

/**
 * Groups count as migrated as soon as none is configured (pve-ha-manager, Config.pm
 * `have_groups_been_migrated`); before version 5 of that package, PVE 8, there are only groups.
 */
function groupsMigrated(pve: ProxmoxState): boolean {
  return pve.pveVersion >= 9 && Object.keys(pve.haGroups).length === 0;
}

/** Every call on groups dies once they are migrated, reading and deleting too (API2/HA/Groups.pm). */
function assertGroups(pve: ProxmoxState, call: string): void {
  if (groupsMigrated(pve)) throw new Error(`cannot ${call} group: ${migrated}`);
}

/** PVE 8 has no rules at all; a migrated cluster is needed to write one (API2/HA/Rules.pm). */
function assertRules(pve: ProxmoxState, call: string): void {
  if (pve.pveVersion < 9) throw new Error(`Method '${call} /cluster/ha/rules' not implemented`);
  if (call !== "GET" && !groupsMigrated(pve)) {
    const verb = call === "POST" ? "create" : "update";
    throw new Error(`cannot ${verb} ha rule: ha groups have not been migrated yet`);
  }
}

/** Names and priorities as the provider checks them (bpg, resource_hagroup.go and resource_harule.go). */
function named(inputs: Props, key: string): Problem[] {
  const value = inputs[key];
  if (!known(value) || /^[a-zA-Z][a-zA-Z0-9\-_.]*[a-zA-Z0-9]$/.test(String(value))) return [];
  const reason =
    "must start with a letter, end with a letter or number, be composed of letters, numbers, '-', '_' and '.', and must be at least 2 characters long";
  return [{ property: key, reason }];
}

function between(value: unknown, property: string, max: number): Problem[] {
  if (value === undefined || value === null || !known(value)) return [];
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0 && number <= max) return [];
  return [{ property, reason: `value must be between 0 and ${max}, got: ${String(value)}` }];
}

function priorities(inputs: Props): Problem[] {
  return Object.entries(record(inputs, "nodes")).flatMap(([node, priority]) =>
    between(priority, `nodes.${node}`, 1000),
  );
}

const group: ResourceModel = {
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
      pve.haGroups[id] = { ...inputs, group: id };
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

const resource: ResourceModel = {
  inputs: ["comment", "failback", "group", "maxRelocate", "maxRestart", "resourceId", "state"],
  // `resourceId` has no RequiresReplace either (bpg, resource_haresource.go).
  replaceOn: [],
  compareWith: "state",
  defaults: (inputs) => ({ state: "started", ...inputs }),
  problems(inputs) {
    const id = inputs.resourceId;
    const reason = `value must be of the form ct:<vmid> or vm:<vmid>, got: ${String(id)}`;
    const wrong = known(id) && !/^(ct|vm):[1-9]\d*$/.test(String(id));
    return [
      ...(wrong ? [{ property: "resourceId", reason }] : []),
      ...between(inputs.maxRestart, "maxRestart", 10),
      ...between(inputs.maxRelocate, "maxRelocate", 10),
    ];
  },
  create(inputs, context) {
    return cluster(context, (pve) => {
      const sid = text(inputs, "resourceId");
      refuseGroup(pve, inputs);
      assertGuest(pve, sid);
      // API2/HA/Resources.pm `create`
      if (pve.haResources[sid] !== undefined) {
        throw new Error(`resource ID '${sid}' already defined`);
      }
      pve.haResources[sid] = { ...inputs, type: sid.split(":")[0] };
      return { id: sid, outputs: pve.haResources[sid] };
    });
  },
  read(id, _state, context) {
    const outputs = context.world.state.proxmox.haResources[id];
    return outputs && { id, outputs };
  },
  // The update goes to the id of the state, so a changed `resourceId` changes the OLD resource and
  // reads it back; the new guest is never managed (bpg, resource_haresource.go `Update`).
  update(id, inputs, _before, context) {
    return cluster(context, (pve) => {
      refuseGroup(pve, inputs);
      const groupId = text(inputs, "group");
      if (groupId !== "" && pve.haGroups[groupId] === undefined) {
        throw new Error(`HA group '${groupId}' does not exist`);
      }
      if (pve.haResources[id] === undefined) throw new Error(`no such resource '${id}'`);
      pve.haResources[id] = { ...inputs, resourceId: id, type: id.split(":")[0] };
      return pve.haResources[id];
    });
  },
  delete(id, _state, context) {
    cluster(context, (pve) => {
      if (pve.haResources[id] === undefined) {
        throw new Error(`cannot delete service '${id}', not HA managed!`);
      }
      delete pve.haResources[id];
      purge(pve, id);
    });
  },
};

/** The resource leaves every rule, and a rule without resources goes (Config.pm `delete_service_from_config`). */
function purge(pve: ProxmoxState, sid: string): void {
  for (const [id, rule] of Object.entries(pve.haRules)) {
    rule.resources = rule.resources.filter((resource) => resource !== sid);
    if (rule.resources.length === 0) delete pve.haRules[id];
  }
}

function refuseGroup(pve: ProxmoxState, inputs: Props): void {
  if (text(inputs, "group") !== "" && groupsMigrated(pve)) {
    throw new Error(`invalid parameter 'group': ${migrated}`);
  }
}

/** Resources/PVECT.pm and Resources/PVEVM.pm `exists` */
function assertGuest(pve: ProxmoxState, sid: string): void {
  const [type, vmid = ""] = sid.split(":");
  const guest = guestOf(pve, vmid);
  if (guest === undefined) throw new Error(`resource '${sid}' does not exist in cluster`);
  if (guest.type === type) return;
  const wanted = type === "ct" ? "container" : "VM";
  throw new Error(`resource '${sid}' - guest with ID ${vmid} is not a ${wanted}`);
}

const rule: ResourceModel = {
  inputs: ["affinity", "comment", "disable", "nodes", "resources", "rule", "strict", "type"],
  replaceOn: ["rule", "type"],
  compareWith: "state",
  defaults: (inputs) => ({ disable: false, strict: false, ...inputs }),
  problems: (inputs) => [...named(inputs, "rule"), ...priorities(inputs)],
  create(inputs, context) {
    return cluster(context, (pve) => {
      assertRules(pve, "POST");
      const id = text(inputs, "rule");
      if (pve.haRules[id] !== undefined) throw new Error(`HA rule '${id}' already defined`);
      pve.haRules[id] = acceptable(pve, id, inputs);
      return { id, outputs: ruleOutputs(id, pve.haRules[id]) };
    });
  },
  read(id, _state, context) {
    const pve = context.world.state.proxmox;
    assertRules(pve, "GET");
    const found = pve.haRules[id];
    return found && { id, outputs: ruleOutputs(id, found) };
  },
  update(id, inputs, _before, context) {
    return cluster(context, (pve) => {
      assertRules(pve, "PUT");
      if (pve.haRules[id] === undefined) throw new Error(`HA rule '${id}' does not exist`);
      pve.haRules[id] = acceptable(pve, id, inputs);
      return ruleOutputs(id, pve.haRules[id]);
    });
  },
  delete(id, _state, context) {
    cluster(context, (pve) => {
      if (pve.pveVersion < 9) assertRules(pve, "DELETE");
      delete pve.haRules[id];
    });
  },
};

/** The rule, if Proxmox would take it; only errors of the rule itself refuse it (API2/HA/Rules.pm `assert_feasibility`). */
function acceptable(pve: ProxmoxState, id: string, inputs: Props): HaRuleState {
  const rule = ruleOf(inputs);
  const unmanaged = rule.resources.filter((sid) => pve.haResources[sid] === undefined).sort();
  if (rule.resources.length === 0) throw new Error("no resources were specified");
  if (unmanaged.length > 0) {
    throw new Error(`cannot use unmanaged resource(s) ${unmanaged.join(", ")}.`);
  }
  const strangers = Object.keys(rule.nodes).filter((node) => !pve.nodes.includes(node));
  if (rule.type === "node-affinity" && Object.keys(rule.nodes).length === 0) {
    throw new Error("no nodes were specified");
  }
  if (strangers.length > 0) {
    throw new Error(`cannot use non-existent node(s) ${strangers.sort().join(", ")}.`);
  }
  const errors = infeasibilities({ ...pve.haRules, [id]: rule }, pve.nodes.length)[id];
  if (errors !== undefined)
    throw new Error(`Rule '${id}' is invalid. resources: ${errors.join(", ")}`);
  return rule;
}

function ruleOf(inputs: Props): HaRuleState {
  const nodes = Object.entries(record(inputs, "nodes")).map(([node, at]) => [node, Number(at)]);
  const { affinity, comment } = inputs;
  return {
    type: inputs.type === "node-affinity" ? "node-affinity" : "resource-affinity",
    resources: texts(inputs, "resources"),
    nodes: Object.fromEntries(nodes),
    strict: inputs.strict === true,
    disable: inputs.disable === true,
    ...(affinity === "positive" || affinity === "negative" ? { affinity } : {}),
    ...(comment === undefined ? {} : { comment: String(comment) }),
  };
}

function ruleOutputs(id: string, state: HaRuleState): Props {
  const { nodes, ...rest } = state;
  return { ...rest, rule: id, ...(state.type === "node-affinity" ? { nodes } : {}) };
}

/** HA groups, resources and rules. */
export const haModels: Record<string, ResourceModel> = {
  "proxmoxve:index/hagroup:Hagroup": group,
  "proxmoxve:index/haresource:Haresource": resource,
  "proxmoxve:index/harule:Harule": rule,
};
