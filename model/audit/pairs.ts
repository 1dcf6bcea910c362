import type { ClusterSnapshot, GuestSnapshot } from "../cluster-snapshot";
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
  const byName = new Map<string, Numbered[]>();
  for (const guest of cluster.guests) {
    if (guest.template || known.has(guest.sid) || isDefaultName(guest)) continue;
    const { base, number } = numbered(guest.name);
    if (base !== "") addTo(byName, base, { guest, number });
  }
  const guessed = [...byName].map(([name, all]) => ({ name, members: counted(all) }));
  return [...stated, ...guessed].filter(({ members }) => members.length > 1);
}

/** A guest with the number at the end of its name. */
interface Numbered {
  guest: GuestSnapshot;
  /** 1 without one: it was there first. */
  number: number;
}

/** A name without its number, and the number: `ns02.lan` is the second of `ns.lan`. */
function numbered(name: string): { base: string; number: number } {
  const [, stem, digits, domain = ""] = /^(.*?)[-_.]?(\d+)((?:\.[a-z][\w-]*)*)$/i.exec(name) ?? [];
  if (stem === undefined) return { base: name, number: 1 };
  return { base: stem === "" ? "" : stem + domain, number: Number(digits) };
}

/**
 * Those whose numbers count members: 1, 2, 3, with one missing at most. `debian-12` and `debian-13`,
 * `windows10` and `windows11` are versions of something.
 */
function counted(all: readonly Numbered[]): GuestSnapshot[] {
  const sorted = [...all].sort((a, b) => a.number - b.number);
  const end = sorted.findIndex(({ number }, at) => number - (sorted[at - 1]?.number ?? 0) > 2);
  const members = new Set(sorted.slice(0, end < 0 ? undefined : end).map(({ guest }) => guest));
  return all.flatMap(({ guest }) => (members.has(guest) ? [guest] : []));
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
    ...alone(context, pair),
    ...keptApart(context, pair),
  ]);
}

const names = (guests: readonly GuestSnapshot[]) => listed(guests.map(shownGuest));

function together(context: AuditContext, { name, members }: Pair): AuditFinding[] {
  const running = members.filter((guest) => guest.running);
  const [first, ...others] = running;
  if (first === undefined || others.length === 0) return [];
  if (!others.every(({ node }) => node === first.node)) return [];
  const message = `${names(running)} ${running.length === 2 ? "both" : "all"} serve ${name} and run on ${first.node}: when it dies, nothing of ${name} is left`;
  const subject = listed(running.map((guest) => guest.name));
  if (context.cluster.nodes.length < 2) {
    const fix = "a second node: on one node a second member helps against its own faults only";
    return [{ rule: "pair-on-one-node", severity: "note", subject, message, fix }];
  }
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
      subject,
      message,
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
  // HA has nowhere to start them.
  if (context.cluster.nodes.length < 2) return [];
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

function alone({ cluster }: AuditContext, { name, members }: Pair): AuditFinding[] {
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
      fix: stopped.length > 0 ? startOf(cluster, stopped) : "get the node back",
    },
  ];
}

/** HA starts what is its own; it would stop again what somebody else starts. */
function startOf({ ha }: ClusterSnapshot, stopped: readonly GuestSnapshot[]): string {
  const held = stopped.filter(({ sid }) =>
    ha.resources.some((resource) => resource.sid === sid && resource.state === "stopped"),
  );
  if (held.length === 0) return "start it, or see why it does not run";
  return held.map(({ sid }) => `ha-manager set ${sid} --state started`).join(" && ");
}

/** A pair that is apart today by chance only. With a stack file its own rules are compared instead. */
function keptApart(context: AuditContext, { name, members }: Pair): AuditFinding[] {
  const { cluster, managed, wanted } = context;
  const known = members.every(({ sid }) => inGroup(wanted, sid));
  const inHa = members.filter(({ sid }) => managed.has(sid));
  if (inHa.length < 2 || cluster.nodes.length < 2) return [];
  if (cluster.ha.rules.length + cluster.ha.groups.length === 0) return [];
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
