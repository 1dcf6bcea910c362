import { z } from "zod";
import type {
  HaGroupSnapshot,
  HaResourceSnapshot,
  HaRuleSnapshot,
  HaSnapshot,
  HaStatusSnapshot,
} from "../../model/cluster-snapshot";
import { haGroupItem, haResourceItem, haRuleItem, haStatusItem } from "./answers";
import type { priorities } from "./atoms";
import type { Proxmox } from "./client";
import { ProxmoxError } from "./errors";

/** Reads what the HA manager was told and what it makes of it. */
export async function readHa(client: Proxmox, major: number): Promise<HaSnapshot> {
  const [resources, groups, rules, status] = await Promise.all([
    client.get("/cluster/ha/resources", z.array(haResourceItem)),
    readGroups(client),
    // Version 8 answers 501.
    major < 9 ? [] : readRules(client),
    client.get("/cluster/ha/status/current", z.array(haStatusItem)),
  ]);
  return {
    resources: resources
      .map((item) => ({
        sid: item.sid,
        state: item.state ?? "started",
        ...(item.group !== undefined && { group: item.group }),
        // Defaults: pve-ha-manager, HA/Resources.pm.
        maxRestart: item.max_restart ?? 1,
        maxRelocate: item.max_relocate ?? 1,
        ...unsetOf(item),
        ...(item.failback !== undefined && { failback: item.failback }),
        ...(item.comment !== undefined && { comment: item.comment }),
      }))
      .sort((a, b) => (a.sid < b.sid ? -1 : 1)),
    groups,
    rules,
    status: statusOf(status),
  };
}

function unsetOf(item: z.output<typeof haResourceItem>): Pick<HaResourceSnapshot, "unset"> {
  const unset = [
    ...(item.max_restart === undefined ? (["maxRestart"] as const) : []),
    ...(item.max_relocate === undefined ? (["maxRelocate"] as const) : []),
  ];
  return unset.length > 0 ? { unset } : {};
}

function placesOf({ nodes, unranked }: z.output<typeof priorities>) {
  return { nodes, ...(unranked.length > 0 && { unranked }) };
}

async function readGroups(client: Proxmox): Promise<HaGroupSnapshot[]> {
  try {
    const items = await client.get("/cluster/ha/groups", z.array(haGroupItem));
    return items
      .map(({ group, nodes, restricted, nofailback, comment }) => ({
        group,
        ...placesOf(nodes),
        restricted: restricted ?? false,
        nofailback: nofailback ?? false,
        ...(comment !== undefined && { comment }),
      }))
      .sort((a, b) => (a.group < b.group ? -1 : 1));
  } catch (error) {
    // "cannot index groups: ha groups have been migrated to rules" (API2/HA/Groups.pm).
    if (error instanceof ProxmoxError && /migrated to rules/.test(error.reason)) return [];
    throw error;
  }
}

async function readRules(client: Proxmox): Promise<HaRuleSnapshot[]> {
  const items = await client.get("/cluster/ha/rules", z.array(haRuleItem));
  return items.map((item) => ({
    rule: item.rule,
    type: item.type,
    resources: item.resources,
    ...(item.nodes ? placesOf(item.nodes) : { nodes: {} }),
    strict: item.strict ?? false,
    ...(item.affinity && { affinity: item.affinity }),
    disable: item.disable ?? false,
    errors: Object.values(item.errors ?? {}).flat(),
    ...(item.comment !== undefined && { comment: item.comment }),
  }));
}

function statusOf(items: readonly z.output<typeof haStatusItem>[]): HaStatusSnapshot {
  const lines = (type: string) =>
    items
      .filter((item) => item.type === type)
      .map(({ node = "", status = "", timestamp }) => ({
        node,
        status,
        ...(timestamp !== undefined && { timestamp }),
      }));
  const [master] = lines("master");
  const armed = items.find(({ type }) => type === "fencing")?.["armed-state"];
  return {
    ...(master && { master }),
    lrm: lines("lrm"),
    services: items
      .filter(({ type }) => type === "service")
      .map(({ sid = "", node = "", state = "", crm_state }) => ({
        sid,
        node,
        state,
        ...(crm_state !== undefined && { crmState: crm_state }),
      })),
    ...(armed !== undefined && { armed }),
  };
}
