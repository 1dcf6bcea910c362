import { clusterModel } from "../../../config/cluster-model";
import { haId } from "../../../config/guest-facts";
import type { HaGroupConfig, StackConfig } from "../../../config/stack";
import type { WantedCluster } from "../../../model/audit/audit";

/** What a stack file wants of its cluster, as the audit compares it. */
export function wantedCluster(file: string, stack: StackConfig): WantedCluster {
  const sidOf = (name: string) => {
    const guest = stack.guests[name];
    return guest ? haId(guest) : name;
  };
  const sids = (names: readonly string[]) => names.map(sidOf);
  return {
    file,
    nodes: Object.keys(stack.cluster.nodes),
    guests: Object.entries(stack.guests).map(([name, guest]) => ({
      name,
      vmid: guest.vmid,
      sid: haId(guest),
      node: guest.node,
      backup: guest.backup,
      ...(guest.pinned !== undefined && { pinned: guest.pinned }),
      ...(guest.startup && { startup: guest.startup }),
    })),
    ...(stack.cluster.backup?.existingJobs && {
      existingBackupJobs: stack.cluster.backup.existingJobs,
    }),
    groups: Object.entries(stack.haGroups).map(([name, group]) => ({
      name: (stack.cluster.pveVersion === 8 ? group.groupId : undefined) ?? name,
      resources: sids(group.guests),
      nodes: group.nodes,
      strict: group.strict,
      failback: group.failback,
      keepApart: group.keepApart.map(sids),
      keepTogether: group.keepTogether.map(sids),
      maxRestart: group.maxRestart,
      maxRelocate: group.maxRelocate,
      perGuest: Object.fromEntries(
        Object.entries(group.perGuest ?? {}).map(([guest, own]) => [sidOf(guest), limitsOf(own)]),
      ),
    })),
    pairs: pairsIn(stack).map(({ name, members }) => ({ name, members: sids(members) })),
  };
}

/** What Proxmox is left to is 1 (pve-ha-manager, HA/Resources.pm). */
function limitsOf(own: NonNullable<HaGroupConfig["perGuest"]>[string]) {
  const number = (value: number | "default") => (value === "default" ? 1 : value);
  return {
    ...(own.maxRestart !== undefined && { maxRestart: number(own.maxRestart) }),
    ...(own.maxRelocate !== undefined && { maxRelocate: number(own.maxRelocate) }),
  };
}

/** Services of the resilience model that stand on two guests or more, one of which is enough. */
function pairsIn(stack: StackConfig): { name: string; members: string[] }[] {
  return clusterModel(stack).services.flatMap(({ name, layers }) =>
    layers.flatMap(({ kind, members }) => {
      const guests = members.flatMap(({ guest }) => guest ?? []);
      if ((kind !== "any" && kind !== "address") || guests.length < 2) return [];
      return [{ name: name.replace(/^\w+\./, ""), members: guests }];
    }),
  );
}
