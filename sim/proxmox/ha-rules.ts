import type { ResourceModel } from "../model";
import { type Props, record, text, texts } from "../props";
import type { HaRuleState, ProxmoxState } from "../world";
import { assertPrivilege, cluster } from "./api";
import { groupsMigrated, named, priorities } from "./ha-checks";
import { infeasibilities } from "./ha-feasibility";
import { groupRules } from "./ha-groups";
import { haRound, managerNodes } from "./ha-manager";

/** PVE 8 has no rules at all; a migrated cluster is needed to write one (API2/HA/Rules.pm). */
function assertRules(pve: ProxmoxState, call: string): void {
  assertPrivilege(pve, "/", call === "GET" ? "Sys.Audit" : "Sys.Console");
  if (pve.pveVersion < 9) throw new Error(`Method '${call} /cluster/ha/rules' not implemented`);
  if (call !== "GET" && !groupsMigrated(pve)) {
    const verb = call === "POST" ? "create" : "update";
    throw new Error(`cannot ${verb} ha rule: ha groups have not been migrated yet`);
  }
}

/** HA rules: Proxmox VE 9. */
export const haRule: ResourceModel = {
  importError: "Unable to Read HA Rule",
  inputs: ["affinity", "comment", "disable", "nodes", "resources", "rule", "strict", "type"],
  replaceOn: ["rule", "type"],
  compareWith: "state",
  defaults: (inputs) => ({ disable: false, strict: false, ...inputs, ...asSet(inputs) }),
  problems: (inputs) => [...named(inputs, "rule"), ...priorities(inputs)],
  create(inputs, context) {
    return cluster(context, (pve) => {
      assertRules(pve, "POST");
      const id = text(inputs, "rule");
      if (pve.haRules[id] !== undefined) throw new Error(`HA rule '${id}' already defined`);
      pve.haRules[id] = acceptable(pve, id, ruleOf(inputs));
      haRound(pve);
      return { id, outputs: ruleOutputs(id, pve.haRules[id]) };
    });
  },
  read(id, _state, context) {
    const pve = context.world.state.proxmox;
    assertRules(pve, "GET");
    // Until the groups are gone, what they will become is shown already (API2/HA/Rules.pm
    // `$get_full_rules_config`).
    const found = { ...pve.haRules, ...groupRules(pve) }[id];
    return found && { id, outputs: ruleOutputs(id, found) };
  },
  update(id, inputs, _before, context) {
    return cluster(context, (pve) => {
      assertRules(pve, "PUT");
      const before = pve.haRules[id];
      if (before === undefined) throw new Error(`HA rule '${id}' does not exist`);
      // `disable=0` is dropped before anything is compared, so a rule that is off stays off; only
      // `delete=disable` would switch it on, which the provider does not send (API2/HA/Rules.pm).
      const wanted = ruleOf(inputs);
      const rule = { ...wanted, disable: wanted.disable || before.disable };
      pve.haRules[id] = acceptable(pve, id, rule);
      haRound(pve);
      return ruleOutputs(id, pve.haRules[id]);
    });
  },
  delete(id, _state, context) {
    cluster(context, (pve) => {
      assertPrivilege(pve, "/", "Sys.Console");
      if (pve.pveVersion < 9) assertRules(pve, "DELETE");
      delete pve.haRules[id];
    });
  },
};

/** The provider has a set, and Proxmox sorts what it writes (Rules.pm `encode_value`): no order counts. */
function asSet({ resources }: Props): Props {
  return Array.isArray(resources) ? { resources: [...resources].sort() } : {};
}

/** The rule, if Proxmox would take it; only errors of the rule itself refuse it (API2/HA/Rules.pm `assert_feasibility`). */
export function acceptable(pve: ProxmoxState, id: string, rule: HaRuleState): HaRuleState {
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
  const errors = infeasibilities({ ...pve.haRules, [id]: rule }, managerNodes(pve).length)[id];
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
  return {
    ...rest,
    rule: id,
    ...(state.type === "node-affinity" ? { nodes: keptPriorities(nodes) } : {}),
  };
}

/**
 * A rule does not keep priority 0: it is written as a node without one (Rules/NodeAffinity.pm
 * `encode_plugin_value`), and the provider reads that as none (bpg, nodes.go).
 */
function keptPriorities(nodes: Record<string, number>): Props {
  return Object.fromEntries(
    Object.entries(nodes).map(([node, at]) => [node, at === 0 ? null : at]),
  );
}
