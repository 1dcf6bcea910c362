import type { GuestSnapshot } from "../cluster-snapshot";
import { type HaRule, judgeRules } from "../placement/ha-rules";
import { listed } from "../text";
import { hazardsOf } from "./disks";
import type { AuditContext } from "./types";

// Advice is a command that Proxmox accepts and that the HA manager does not undo in its next round.

/** Whether HA leaves a resource on a node: its highest class among the nodes that live, and no partner there. */
export function staysOn(context: AuditContext, sid: string, node: string): boolean {
  const { cluster, living, guestOf, apart } = context;
  const resource = cluster.ha.resources.find((each) => each.sid === sid);
  const group = cluster.ha.groups.find((each) => each.group === resource?.group);
  const rule = cluster.ha.rules.find(
    ({ type, disable, errors, resources }) =>
      type === "node-affinity" && !disable && errors.length === 0 && resources.includes(sid),
  );
  const nodes = rule?.nodes ?? group?.nodes ?? {};
  const strict = rule?.strict ?? group?.restricted ?? false;
  const allowed = living.filter((each) => !strict || each in nodes);
  if (!allowed.includes(node)) return false;
  const partners = (apart.get(sid) ?? []).flatMap(({ resources }) => resources);
  if (partners.some((other) => other !== sid && guestOf.get(other)?.node === node)) return false;
  const noFailback = group === undefined ? resource?.failback === false : group.nofailback;
  const priority = (each: string) => nodes[each] ?? -1;
  return noFailback || priority(node) === Math.max(...allowed.map(priority));
}

/** How a guest gets to another node; nothing where HA would move it off again. */
export function moveCommand(
  context: AuditContext,
  guest: GuestSnapshot,
  target: string,
): string | undefined {
  if (context.managed.has(guest.sid)) {
    // Whoever gave up is moved by nobody (pve-ha-manager, API2/HA/Resources.pm).
    const { services } = context.cluster.ha.status;
    if (services.some(({ sid, crmState }) => sid === guest.sid && crmState === "error"))
      return undefined;
    const stays = staysOn(context, guest.sid, target);
    return stays ? `ha-manager migrate ${guest.sid} ${target}` : undefined;
  }
  if (guest.type === "ct") {
    return `pct migrate ${guest.vmid} ${target}${guest.running ? " --restart" : ""}`;
  }
  return `qm migrate ${guest.vmid} ${target}${guest.running ? " --online --with-local-disks" : ""}`;
}

/** How guests come under HA: by the stack file where it wants them, else by hand. */
export function underHa(context: AuditContext, guests: readonly GuestSnapshot[]): string {
  const { cluster, wanted } = context;
  const sids = guests.map(({ sid }) => sid);
  const stated = sids.filter((sid) =>
    wanted?.groups.some(({ resources }) => resources.includes(sid)),
  );
  const there = new Set(cluster.ha.resources.map(({ sid }) => sid));
  const commands = sids
    .filter((sid) => !stated.includes(sid))
    .map((sid) =>
      // An ignored or disabled resource is defined already.
      there.has(sid)
        ? `ha-manager set ${sid} --state started`
        : `ha-manager add ${sid} --state started --max_restart 3 --max_relocate 2`,
    );
  // What HA cannot start elsewhere is no better under HA, and the stack file refuses it by itself.
  const [hazard] = guests
    .filter(({ sid }) => !stated.includes(sid))
    .flatMap((guest) => hazardsOf(context, guest));
  const all = [...(stated.length > 0 ? ["apply the stack file: pulumi up"] : []), ...commands];
  const text = all.join(" && ");
  return hazard === undefined
    ? text
    : `first see to it that HA can start it elsewhere: ${hazard.fix}; then: ${text}`;
}

/** How resources are kept apart: a rule, unless Proxmox would refuse it beside those that there are. */
export function keepApart(
  { cluster }: AuditContext,
  name: string,
  sids: readonly string[],
): string {
  if (cluster.version.major < 9) {
    return "put them into restricted groups without a common node: groups of Proxmox VE 8 do not separate";
  }
  if (cluster.ha.groups.length > 0) {
    return "finish the upgrade on every node: Proxmox takes no rule before it has made rules of the HA groups";
  }
  const id = `keep-${name.replace(/[^A-Za-z0-9_-]/g, "-")}-apart`;
  const wanted: HaRule = {
    name: id,
    type: "resource-affinity",
    affinity: "negative",
    resources: [...sids],
  };
  const rules = cluster.ha.rules
    .filter(({ disable }) => !disable)
    .map(({ rule, ...rest }): HaRule => ({ name: rule, ...rest }));
  const nodes = cluster.nodes.map((node) => node.name);
  const before = new Set(judgeRules(rules, nodes).map(({ message }) => message));
  const refused = judgeRules([...rules, wanted], nodes).filter(
    ({ message, severity }) => severity === "error" && !before.has(message),
  );
  if (refused.length === 0) {
    return `keep them apart: ha-manager rules add resource-affinity ${id} --affinity negative --resources ${sids.join(",")}`;
  }
  const placing = cluster.ha.rules.filter(
    ({ type, disable, resources }) =>
      type === "node-affinity" && !disable && resources.some((sid) => sids.includes(sid)),
  );
  return `Proxmox takes no keep-apart rule for them beside ${listed(placing.map(({ rule }) => `rule ${rule}`))}: give its nodes one priority and enough nodes first, or take one of the guests out of it`;
}
