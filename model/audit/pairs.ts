import type { GuestSnapshot } from "../cluster-snapshot";
import { addTo } from "../maps";
import { listed } from "../text";
import { keepApart, moveCommand, underHa } from "./advice";
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
    if (guest.template || known.has(guest.sid) || isDefaultName(guest)) continue;
    addTo(byName, guest.name.replace(/[-_.]?\d+$/, ""), guest);
  }
  const guessed = [...byName]
    .filter(([base]) => base !== "")
    .map(([name, members]) => ({ name, members }));
  return [...stated, ...guessed].filter(({ members }) => members.length > 1);
}

/**
 * Whether a guest has the name that Proxmox gives: `CT300`, `VM 300`; or none was told, for its node is
 * off. It says nothing of what the guest is for.
 */
function isDefaultName({ name, vmid, stateUnknown }: GuestSnapshot): boolean {
  return stateUnknown === true || /\d+$/.exec(name)?.[0] === String(vmid);
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
  const command = separation(context, running, first.node);
  const managed = running.map(({ sid }) => sid).filter((sid) => context.managed.has(sid));
  const apart =
    context.wanted !== undefined && running.some(({ sid }) => inGroup(context.wanted, sid))
      ? "keep them apart (haGroups.<group>.keepApart in the stack file)"
      : managed.length < 2
        ? "put both under HA and keep them apart, or nothing prevents it the next time"
        : keepApart(context, name, managed);
  return [
    {
      rule: "pair-on-one-node",
      severity: "critical",
      subject: listed(running.map((guest) => guest.name)),
      message: `${names(running)} ${running.length === 2 ? "both" : "all"} serve ${name} and run on ${first.node}: when it dies, nothing of ${name} is left`,
      fix: command === undefined ? apart : `move one of them: ${command}; then ${apart}`,
    },
  ];
}

/** The command that brings one of them to another node for good; nothing if HA moves each back. */
function separation(
  context: AuditContext,
  running: readonly GuestSnapshot[],
  from: string,
): string | undefined {
  for (const guest of [...running].reverse()) {
    for (const target of targetsFor(context, guest, from)) {
      const command = moveCommand(context, guest, target);
      if (command !== undefined) return command;
    }
  }
  return undefined;
}

/** Other nodes, first where the guest belongs according to the stack file, then the emptiest. */
function targetsFor(context: AuditContext, guest: GuestSnapshot, from: string): string[] {
  const home = context.wanted?.guests.find(({ sid }) => sid === guest.sid)?.node;
  const load = (node: string) =>
    node === home
      ? -1
      : context.cluster.guests.filter((other) => other.node === node && other.running).length;
  return context.living.filter((node) => node !== from).sort((a, b) => load(a) - load(b));
}

function unmanaged(context: AuditContext, { name, members }: Pair): AuditFinding[] {
  const { managed, wanted } = context;
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
      fix: underHa(context, outside),
    },
  ];
}

/** Whether a stack file wants a guest under HA. */
const inGroup = (wanted: WantedCluster | undefined, sid: string) =>
  wanted?.groups.some(({ resources }) => resources.includes(sid)) ?? false;

function alone({ name, members }: Pair): AuditFinding[] {
  const running = members.filter((guest) => guest.running);
  if (running.length !== 1) return [];
  const stopped = members.filter((guest) => !guest.running && !guest.stateUnknown);
  const hidden = members.filter((guest) => guest.stateUnknown);
  const gone = [
    ...(stopped.length > 0
      ? [`${names(stopped)} ${stopped.length === 1 ? "is" : "are"} stopped`]
      : []),
    ...(hidden.length > 0
      ? [`${names(hidden)} ${hidden.length === 1 ? "is" : "are"} on a node that does not answer`]
      : []),
  ];
  return [
    {
      rule: "pair-short-of-member",
      severity: "warning",
      subject: listed([...stopped, ...hidden].map((guest) => guest.name)),
      message: `of ${name} only ${names(running)} runs; ${gone.join("; ")}, so nothing can take over`,
      fix: stopped.length > 0 ? "start it, or see why it does not run" : "get the node back",
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
  const fix = known
    ? "if that is not wanted: haGroups.<group>.keepApart in the stack file"
    : keepApart(context, name, sids);
  return [
    {
      rule: "pair-not-kept-apart",
      severity: known ? "note" : "warning",
      subject: listed(inHa.map((guest) => guest.name)),
      message: `nothing keeps ${names(inHa)} of ${name} apart: after a failure HA may start both on one node, and leaves them there`,
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
