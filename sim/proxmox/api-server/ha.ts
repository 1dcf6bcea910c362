import { type Props, record, text } from "../../props";
import type { ProxmoxState } from "../../world";
import { groupsMigrated, migrated } from "../ha-checks";
import { infeasibilities } from "../ha-feasibility";
import { managerNodes } from "../ha-manager";
import { type ApiWorld, flag, Refusal } from "./world";

// pve-ha-manager, PVE/API2/HA.

export function haResources(pve: ProxmoxState) {
  return Object.entries(pve.haResources).map(([sid, resource]) => ({
    sid,
    type: sid.split(":")[0],
    state: resource.state ?? "started",
    digest: "0000",
    ...named(resource, { group: "group", maxRestart: "max_restart", maxRelocate: "max_relocate" }),
    ...named(resource, { comment: "comment" }),
    ...(resource.failback !== undefined && { failback: flag(resource.failback) }),
  }));
}

function named(props: Props, keys: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(keys).flatMap(([from, to]) =>
      props[from] === undefined ? [] : [[to, props[from]]],
    ),
  );
}

/** A node without a priority stands alone. */
const nodeList = (nodes: Props) =>
  Object.entries(nodes)
    .map(([node, priority]) => (priority === null ? node : `${node}:${priority}`))
    .join(",");

/** A rule does not keep priority 0 (Rules/NodeAffinity.pm `encode_plugin_value`). */
const ruleNodes = (nodes: Props) =>
  nodeList(
    Object.fromEntries(Object.entries(nodes).map(([node, at]) => [node, at === 0 ? null : at])),
  );

export function haGroups(pve: ProxmoxState) {
  if (groupsMigrated(pve)) throw new Refusal(500, `cannot index groups: ${migrated}`);
  return Object.entries(pve.haGroups).map(([group, props]) => ({
    group,
    type: "group",
    digest: "0000",
    nodes: nodeList(record(props, "nodes")),
    restricted: flag(props.restricted),
    nofailback: flag(props.noFailback),
  }));
}

export function haRules(pve: ProxmoxState) {
  if (pve.pveVersion < 9) throw new Refusal(501, "Method 'GET /cluster/ha/rules' not implemented");
  const errors = infeasibilities(pve.haRules, managerNodes(pve).length);
  return Object.entries(pve.haRules).map(([rule, props], order) => ({
    rule,
    type: props.type,
    order,
    digest: "0000",
    resources: props.resources.join(","),
    ...(props.type === "node-affinity"
      ? { nodes: ruleNodes(props.nodes), strict: flag(props.strict) }
      : { affinity: props.affinity }),
    ...(props.disable && { disable: 1 }),
    ...(props.comment !== undefined && { comment: props.comment }),
    ...(errors[rule] && { errors: { resources: errors[rule] } }),
  }));
}

/** The status file as it is; empty until a manager has become master for the first time. */
export function managerStatus({ pve, site, offline, now }: ApiWorld) {
  const nodes = managerNodes(pve);
  const state = (node: string) => (offline.has(node) ? "fence" : "online");
  return {
    manager_status:
      nodes.length === 0
        ? {}
        : {
            master_node: nodes.find((node) => !offline.has(node)),
            timestamp: now,
            node_status: Object.fromEntries(nodes.map((node) => [node, state(node)])),
            service_status: {},
          },
    quorum: { node: pve.nodes[0], quorate: flag(site.quorate) },
  };
}

export function haStatus({ pve, site, offline, now }: ApiWorld) {
  const living = pve.nodes.filter((node) => !offline.has(node));
  const [master = ""] = living;
  const at = new Date(now * 1000).toString().slice(0, 24);
  const active = Object.keys(pve.haResources).length > 0;
  const carries = (node: string) =>
    Object.keys(pve.haResources).some((sid) => pve.guests[sid.split(":")[1] ?? ""]?.node === node);
  const known = managerNodes(pve);
  return [
    { id: "quorum", type: "quorum", node: master, status: "OK", quorate: flag(site.quorate) },
    ...known.slice(0, 1).map(() => ({
      id: "master",
      type: "master",
      node: master,
      status: `${master} (${active ? "active" : "idle"}, ${at})`,
      timestamp: now,
    })),
    ...known.map((node) => ({
      id: `lrm:${node}`,
      type: "lrm",
      node,
      status: offline.has(node)
        ? `${node} (old timestamp - dead?, ${at})`
        : `${node} (${carries(node) ? "active" : "idle"}, ${at})`,
      timestamp: offline.has(node) ? now - 600 : now,
    })),
    ...Object.entries(pve.haResources).map(([sid, resource]) => {
      const node = pve.guests[sid.split(":")[1] ?? ""]?.node ?? "---";
      const state = text(resource, "state") || "started";
      return {
        id: `service:${sid}`,
        type: "service",
        sid,
        node,
        state,
        crm_state: state,
        request_state: state,
        status: `${sid} (${node}, ${state})`,
      };
    }),
  ];
}
