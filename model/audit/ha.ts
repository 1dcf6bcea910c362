import type { HaResourceSnapshot } from "../cluster-snapshot";
import { counted, listed } from "../text";
import { moveCommand, underHa } from "./advice";
import { hazardsOf } from "./disks";
import { type AuditContext, type AuditFinding, shownGuest } from "./types";

/** HA resources: who is missing, how they are spread, what state they are in. */
export function judgeHaResources(context: AuditContext): AuditFinding[] {
  return [
    ...wantedOutside(context),
    ...othersOutside(context),
    ...imbalance(context),
    ...states(context),
    ...strangers(context),
    ...limits(context),
    ...manager(context),
  ];
}

function wantedOutside(context: AuditContext): AuditFinding[] {
  const { wanted, managed, guestOf } = context;
  if (!wanted) return [];
  const outside = wanted.groups
    .flatMap(({ resources }) => resources)
    .flatMap((sid) => guestOf.get(sid) ?? [])
    .filter(({ sid }) => !managed.has(sid) && !context.bare.has(sid));
  if (outside.length === 0) return [];
  return [
    {
      rule: "not-under-ha",
      severity: "warning",
      subject: listed(outside.map(({ name }) => name)),
      message: `${wanted.file} wants ${outside.length === 1 ? "it" : "them"} under HA, and ${outside.length === 1 ? "it is" : "they are"} not: ${listed(outside.map(shownGuest), 20)}`,
      fix: underHa(context, outside),
    },
  ];
}

/** Without a stack file nobody has said what matters. */
function othersOutside(context: AuditContext): AuditFinding[] {
  const { cluster, managed, wanted, pairs } = context;
  if (wanted || cluster.nodes.length < 2) return [];
  // Pairs, and resources that are ignored or disabled, have findings of their own.
  const told = new Set([
    ...pairs.flatMap(({ members }) => members.map(({ sid }) => sid)),
    ...cluster.ha.resources.map(({ sid }) => sid),
  ]);
  const outside = cluster.guests.filter(
    ({ sid, template, running }) => running && !template && !managed.has(sid) && !told.has(sid),
  );
  if (outside.length === 0) return [];
  const ready = outside.filter((guest) => hazardsOf(context, guest).length === 0);
  return [
    {
      rule: "not-under-ha",
      severity: "note",
      subject: counted(outside.length, "guest"),
      message: `not under HA, so ${outside.length === 1 ? "it waits" : "they wait"} for the node when it dies: ${listed(outside.map(shownGuest), 20)}`,
      fix: `put those that matter under HA, e.g. ${underHa(context, [...ready, ...outside].slice(0, 1))}`,
    },
  ];
}

/**
 * A node with nothing while the fair share is two or more is critical: what HA would have to carry
 * off the others lies on too few of them. A spread of more than the fair share is a warning. Where
 * the stack file places them just so, somebody decided it: a note.
 */
function imbalance(context: AuditContext): AuditFinding[] {
  const { managed, guestOf, living, wanted } = context;
  const counts = new Map(living.map((node) => [node, 0]));
  for (const sid of managed) {
    const node = guestOf.get(sid)?.node;
    if (node !== undefined && counts.has(node)) counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  const values = [...counts.values()];
  const total = values.reduce((sum, count) => sum + count, 0);
  const fair = total / Math.max(1, values.length);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const empty = least === 0 && fair >= 2;
  if (values.length < 2 || (!empty && most - least <= Math.max(2, fair))) return [];
  const fullest = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
  const emptiest = [...counts].sort((a, b) => a[1] - b[1])[0]?.[0] ?? "";
  const command = [...managed]
    .flatMap((sid) => guestOf.get(sid) ?? [])
    .filter(({ node }) => node === fullest)
    .map((guest) => moveCommand(context, guest, emptiest))
    .find((found) => found !== undefined);
  const homes = wanted?.guests.filter(({ sid }) => managed.has(sid)) ?? [];
  const meant =
    homes.length === managed.size &&
    homes.every(({ sid, node }) => guestOf.get(sid)?.node === node);
  const spread = [...counts].map(([node, count]) => `${node} ${count}`).join(", ");
  return [
    {
      rule: "ha-imbalance",
      severity: meant ? "note" : empty ? "critical" : "warning",
      subject: "cluster",
      message: `HA resources are spread ${spread}: ${empty ? `${emptiest} carries none, and ` : ""}the loss of ${fullest} takes ${most} of ${total} at once${meant ? `, as ${wanted?.file} places them` : ""}`,
      fix: `prefer other nodes in the placement${command === undefined ? "" : `, or move some: ${command}`}`,
    },
  ];
}

const badStates: Record<string, string> = {
  error: "is in the error state: HA gave up on it",
  fence: "waits for its node to be fenced",
  recovery: "is being recovered, and no node takes it",
};

function states({ cluster, guestOf }: AuditContext): AuditFinding[] {
  const { services } = cluster.ha.status;
  const broken = services.flatMap(({ sid, crmState, state }): AuditFinding[] => {
    const what = badStates[crmState ?? ""] ?? badStates[state];
    if (what === undefined) return [];
    const guest = guestOf.get(sid) ?? { name: sid, sid };
    return [
      {
        rule: "ha-resource-state",
        severity: "critical",
        subject: guest.name,
        message: `${shownGuest(guest)} ${what}`,
        fix:
          (crmState ?? state) === "error"
            ? // Until HA's next round its status still says error, and every other state is refused.
              `fix the cause, then: ha-manager set ${sid} --state disabled && sleep 20 && ha-manager set ${sid} --state started`
            : "see the log of pve-ha-crm on the master; when the failed node is gone for good, remove it from the cluster",
      },
    ];
  });
  const off = cluster.ha.resources.flatMap(({ sid, state }) => {
    const guest = ["disabled", "ignored"].includes(state) ? guestOf.get(sid) : undefined;
    return guest?.running ? [{ guest, state }] : [];
  });
  return [
    ...broken,
    ...off.map(
      ({ guest, state }): AuditFinding => ({
        rule: "ha-resource-state",
        severity: "warning",
        subject: guest.name,
        message: `${shownGuest(guest)} is an HA resource in the state ${state}: it runs, but HA does not manage it`,
        fix: `ha-manager set ${guest.sid} --state started`,
      }),
    ),
  ];
}

function strangers({ cluster, guestOf }: AuditContext): AuditFinding[] {
  return cluster.ha.resources
    .filter(({ sid }) => !guestOf.has(sid))
    .map(({ sid }) => ({
      rule: "ha-resource-state",
      severity: "warning" as const,
      subject: sid,
      message: `${sid} is an HA resource, but no such guest exists`,
      fix: `ha-manager remove ${sid}`,
    }));
}

/** How often HA tries: as the stack file says. */
function limits({ cluster, wanted, guestOf }: AuditContext): AuditFinding[] {
  const groupOf = new Map(
    wanted?.groups.flatMap((group) => group.resources.map((sid) => [sid, group] as const)),
  );
  const group = (sid: string) => {
    const own = groupOf.get(sid);
    return own && { ...own, ...own.perGuest?.[sid] };
  };
  const differs = ({ sid, maxRestart, maxRelocate }: HaResourceSnapshot) => {
    const want = group(sid);
    return want && (want.maxRestart !== maxRestart || want.maxRelocate !== maxRelocate);
  };
  const found = cluster.ha.resources.filter(differs);
  if (found.length === 0) return [];
  const shown = found.map(
    ({ sid, maxRestart, maxRelocate }) =>
      `${guestOf.get(sid)?.name ?? sid} ${maxRestart}/${maxRelocate} instead of ${group(sid)?.maxRestart}/${group(sid)?.maxRelocate}`,
  );
  return [
    {
      rule: "ha-placement-differs",
      severity: "note",
      subject: counted(found.length, "HA resource"),
      message: `restarts/relocations differ from the stack file: ${listed(shown, 6)}`,
      fix: "apply the stack file: pulumi up",
    },
  ];
}

function manager({ cluster, managed, living }: AuditContext): AuditFinding[] {
  const { master, lrm, armed } = cluster.ha.status;
  if (managed.size === 0) return [];
  const found: AuditFinding[] = [];
  const say = (severity: AuditFinding["severity"], subject: string, message: string, fix: string) =>
    found.push({ rule: "ha-manager", severity, subject, message, fix });
  if (!master) {
    say(
      "critical",
      "cluster",
      "no node runs the HA manager: nothing is restarted after a failure",
      "on a node: systemctl restart pve-ha-crm, and read its log",
    );
  } else if (/old timestamp/.test(master.status)) {
    say(
      "critical",
      `node ${master.node}`,
      `the HA manager does not move: ${master.status}`,
      `on ${master.node}: systemctl status pve-ha-crm`,
    );
  }
  for (const { node, status } of lrm) {
    // A node that is gone has a finding of its own.
    if (living.includes(node) && /old timestamp|unable to read/.test(status)) {
      say(
        "critical",
        `node ${node}`,
        `its HA agent does not respond: ${status}`,
        `on ${node}: systemctl status pve-ha-lrm`,
      );
    }
    if (/maintenance/.test(status)) {
      say(
        "note",
        `node ${node}`,
        `it is in maintenance: ${status}`,
        `when the work is done: ha-manager crm-command node-maintenance disable ${node}`,
      );
    }
  }
  if (armed !== undefined && /^disarm/.test(armed)) {
    say(
      "critical",
      "cluster",
      `HA is ${armed}: nothing is fenced and nothing restarted`,
      "ha-manager crm-command arm-ha",
    );
  }
  return found;
}
