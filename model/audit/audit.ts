import type { HaRuleSnapshot } from "../cluster-snapshot";
import { addTo } from "../maps";
import { judgeBackup } from "./backup";
import { judgeBoots } from "./boots";
import { judgeDisks } from "./disks";
import { judgeDrift } from "./drift";
import { judgeHaResources } from "./ha";
import { judgeHardware } from "./hardware";
import { judgeNodes } from "./nodes";
import { judgePairs, pairsOf } from "./pairs";
import { judgeRulesAndGroups, placesOf } from "./placement";
import type { AuditContext, AuditFinding, AuditInput } from "./types";

export type * from "./types";

const rank = { critical: 0, warning: 1, note: 2 } as const;

/**
 * What is wrong with a live cluster: what would take services down at the next failure, what did at
 * the last, and what differs from the stack file. The worst comes first.
 */
export function audit(input: AuditInput): AuditFinding[] {
  const context = contextOf(input);
  const found = [
    ...judgePairs(context),
    ...judgeHaResources(context),
    ...judgeRulesAndGroups(context),
    ...judgeNodes(context),
    ...judgeBoots(context),
    ...judgeHardware(context),
    ...judgeDisks(context),
    ...judgeBackup(context),
    ...judgeDrift(context),
  ];
  return found
    .map((finding, index) => ({ finding, index }))
    .sort((a, b) => rank[a.finding.severity] - rank[b.finding.severity] || a.index - b.index)
    .map(({ finding }) => finding);
}

function contextOf(input: AuditInput): AuditContext {
  const { cluster } = input;
  const guestOf = new Map(cluster.guests.map((guest) => [guest.sid, guest]));
  const silent = new Set(
    cluster.gaps.flatMap(({ unreachable, node }) => (unreachable && node ? [node] : [])),
  );
  const pairs = pairsOf(input);
  const managed = new Set(
    cluster.ha.resources
      .filter(({ sid, state }) => !["ignored", "disabled"].includes(state) && guestOf.has(sid))
      .map(({ sid }) => sid),
  );
  const apart = new Map<string, HaRuleSnapshot[]>();
  for (const rule of cluster.ha.rules) {
    if (rule.affinity !== "negative" || rule.disable) continue;
    for (const sid of rule.resources) addTo(apart, sid, rule);
  }
  return {
    ...input,
    hosts: input.hosts ?? [],
    guestOf,
    pairs,
    managed,
    bare: new Set(
      pairs
        .filter(({ members }) => members.every(({ sid }) => !managed.has(sid)))
        .flatMap(({ members }) => members.map(({ sid }) => sid)),
    ),
    places: placesOf(cluster),
    apart,
    living: cluster.nodes
      .filter(({ name, online }) => online && !silent.has(name))
      .map(({ name }) => name),
  };
}
