import type { GuestSnapshot } from "../cluster-snapshot";
import { addTo } from "../maps";
import { listed } from "../text";
import {
  type AuditContext,
  type AuditFinding,
  type AuditInput,
  type Pair,
  shownGuest,
  type WantedCluster,
} from "./types";

/**
 * Guests that stand in for each other: as the stack file says, and for guests that it does not know
 * by their names: `traefik` and `traefik-2`, `kea-dhcp-1` and `kea-dhcp-2`.
 */
export function pairsOf({ cluster, wanted }: AuditInput): Pair[] {
  const bySid = new Map(cluster.guests.map((guest) => [guest.sid, guest]));
  const stated = (wanted?.pairs ?? []).map(({ name, members }) => ({
    name,
    members: members.flatMap((sid) => bySid.get(sid) ?? []),
  }));
  const known = new Set(wanted?.guests.map(({ sid }) => sid));
  const byName = new Map<string, GuestSnapshot[]>();
  for (const guest of cluster.guests) {
    if (guest.template || known.has(guest.sid)) continue;
    addTo(byName, guest.name.replace(/[-_.]?\d+$/, ""), guest);
  }
  const guessed = [...byName]
    .filter(([base]) => base !== "")
    .map(([name, members]) => ({ name, members }));
  return [...stated, ...guessed].filter(({ members }) => members.length > 1);
}

/** Pairs that one node takes down, and pairs that nothing starts again. */
export function judgePairs(context: AuditContext): AuditFinding[] {
  return context.pairs.flatMap((pair) => [
    ...together(context, pair),
    ...unmanaged(context, pair),
    ...alone(pair),
    ...keptApart(context, pair),
  ]);
}

const names = (guests: readonly GuestSnapshot[]) => listed(guests.map(shownGuest));

function together(context: AuditContext, { name, members }: Pair): AuditFinding[] {
  const running = members.filter((guest) => guest.running);
  const [first, ...others] = running;
  if (first === undefined || others.length === 0) return [];
  if (!others.every(({ node }) => node === first.node)) return [];
  const moving = others.at(-1) ?? first;
  const target = targetFor(context, moving, first.node);
  return [
    {
      rule: "pair-on-one-node",
      severity: "critical",
      subject: listed(running.map((guest) => guest.name)),
      message: `${names(running)} ${running.length === 2 ? "both" : "all"} serve ${name} and run on ${first.node}: when it dies, nothing of ${name} is left`,
      fix: `move one of them: ${moveCommand(context, moving, target)}; then keep them apart (haGroups.<group>.keepApart in the stack file)`,
    },
  ];
}

/** Where a guest belongs according to the stack file, else where it is emptiest. */
function targetFor(context: AuditContext, guest: GuestSnapshot, from: string): string {
  const home = context.wanted?.guests.find(({ sid }) => sid === guest.sid)?.node;
  if (home !== undefined && home !== from && context.living.includes(home)) return home;
  const load = (node: string) =>
    context.cluster.guests.filter((other) => other.node === node && other.running).length;
  const others = context.living.filter((node) => node !== from);
  return others.sort((a, b) => load(a) - load(b))[0] ?? "<another node>";
}

function moveCommand({ managed }: AuditContext, guest: GuestSnapshot, target: string): string {
  if (managed.has(guest.sid)) return `ha-manager migrate ${guest.sid} ${target}`;
  return guest.type === "ct"
    ? `pct migrate ${guest.vmid} ${target} --restart`
    : `qm migrate ${guest.vmid} ${target} --online`;
}

function unmanaged({ managed, wanted }: AuditContext, { name, members }: Pair): AuditFinding[] {
  const outside = members.filter(({ sid }) => !managed.has(sid));
  const meant = (guest: GuestSnapshot) => wanted === undefined || inGroup(wanted, guest.sid);
  // What the stack file leaves out of HA on purpose is a decision, and what it wants is judged below.
  if (outside.length === 0 || !outside.some(meant)) return [];
  const whole = outside.length === members.length;
  if (!whole && outside.some(({ sid }) => inGroup(wanted, sid))) return [];
  const message = whole
    ? `no member of ${name} is under HA: ${names(outside)}; when their node dies they wait until it returns`
    : `${names(outside)} of ${name} ${outside.length === 1 ? "is" : "are"} not under HA: after a failure the pair stays short of a member`;
  return [
    {
      rule: "not-under-ha",
      severity: whole ? "critical" : "warning",
      subject: listed(outside.map((guest) => guest.name)),
      message,
      fix: underHa(outside, wanted !== undefined),
    },
  ];
}

/** Whether a stack file wants a guest under HA. */
const inGroup = (wanted: WantedCluster | undefined, sid: string) =>
  wanted?.groups.some(({ resources }) => resources.includes(sid)) ?? false;

/** How guests come under HA. */
export function underHa(guests: readonly Pick<GuestSnapshot, "sid">[], stated: boolean): string {
  if (stated) return "apply the stack file: pulumi up";
  const commands = guests.map(
    ({ sid }) => `ha-manager add ${sid} --state started --max_restart 3 --max_relocate 2`,
  );
  return commands.join(" && ");
}

function alone({ name, members }: Pair): AuditFinding[] {
  const running = members.filter((guest) => guest.running);
  if (running.length !== 1) return [];
  const stopped = members.filter((guest) => !guest.running);
  return [
    {
      rule: "pair-short-of-member",
      severity: "warning",
      subject: listed(stopped.map((guest) => guest.name)),
      message: `of ${name} only ${names(running)} runs; ${names(stopped)} ${stopped.length === 1 ? "is" : "are"} stopped, so nothing can take over`,
      fix: "start it, or see why it does not run",
    },
  ];
}

/** A pair that is apart today by chance only. With a stack file its own rules are compared instead. */
function keptApart(context: AuditContext, { name, members }: Pair): AuditFinding[] {
  const { cluster, managed, wanted } = context;
  const known = members.every(({ sid }) => inGroup(wanted, sid));
  const inHa = members.filter(({ sid }) => managed.has(sid));
  if (inHa.length < 2 || cluster.ha.rules.length + cluster.ha.groups.length === 0) return [];
  const sids = inHa.map(({ sid }) => sid);
  const rule = context.apart
    .get(sids[0] ?? "")
    ?.some(({ resources }) => sids.every((sid) => resources.includes(sid)));
  if (rule || disjoint(context, sids)) return [];
  const fix =
    cluster.version.major >= 9
      ? `if that is not wanted, keep them apart: ha-manager rules add resource-affinity keep-${name.replace(/[^A-Za-z0-9_-]/g, "-")}-apart --affinity negative --resources ${sids.join(",")}, or keepApart in the stack file`
      : "put them into restricted groups without a common node: groups of Proxmox VE 8 do not separate";
  return [
    {
      rule: "pair-not-kept-apart",
      severity: known ? "note" : "warning",
      subject: listed(inHa.map((guest) => guest.name)),
      message: `nothing keeps ${names(inHa)} of ${name} apart: after a failure HA may start both on one node`,
      fix,
    },
  ];
}

/** Whether the places where they may run have nothing in common. */
function disjoint(context: AuditContext, sids: readonly string[]): boolean {
  const seen = new Set<string>();
  for (const sid of sids) {
    for (const node of context.places(sid)) {
      if (seen.has(node)) return false;
      seen.add(node);
    }
  }
  return true;
}
