import { majorityOf } from "../placement/quorum";
import { counted, duration, listed } from "../text";
import { type ClusterIndex, type ClusterState, runs } from "./cluster";
import { severity } from "./severity";
import { type Basis, POD_RESCHEDULE_SEC, type Range, takes, weaker } from "./times";
import type { Outcome, ServiceLayer, ServiceMember, ServiceModel } from "./types";

const rank = (outcome: Outcome) => severity[outcome.status];
const isUp = (outcome: Outcome) => rank(outcome) <= severity.failover;
const longest = (outcome: Outcome) => outcome.rtoSec?.[1] ?? Number.POSITIVE_INFINITY;

/** Both together: the worse counts, the longer of two equally bad ones; two failovers are both told. */
function combined(a: Outcome, b: Outcome): Outcome {
  if (a === UNAFFECTED) return b;
  const difference = rank(b) - rank(a) || longest(b) - longest(a);
  const winner = difference > 0 ? b : a;
  if (a.status !== "failover" || b.status !== "failover") return winner;
  const toNode = a.toNode ?? b.toNode;
  return { ...winner, ...(toNode && { toNode }), reason: `${a.reason}; ${b.reason}` };
}

/** One member in one failure. */
interface MemberState {
  member: ServiceMember;
  outcome: Outcome;
}

/** The outcome of a service when nothing below it is hit. */
export const UNAFFECTED: Outcome = {
  status: "unaffected",
  rtoSec: [0, 0],
  rpoSec: 0,
  reason: "nothing that it stands on is hit",
};

/** What a member's fate is: its guest's, or its node's. */
export function memberOutcome(
  member: ServiceMember,
  state: ClusterState,
  guests: Readonly<Record<string, Outcome>>,
): Outcome {
  const known = member.guest === undefined ? undefined : guests[member.guest];
  if (known) return known;
  if (runs(state, member.node, undefined)) return UNAFFECTED;
  const why = state.failed.has(member.node)
    ? `nothing starts it until ${member.node} returns`
    : `${member.node} resets itself for want of quorum`;
  return { status: "stopped", rtoSec: null, rpoSec: 0, reason: why };
}

/** How many members a layer takes, of so many that live. */
export function neededOf(layer: ServiceLayer, living: number): number {
  if (layer.kind === "majority") return majorityOf(layer.members.length);
  // Pods sit on some members only: in the worst case the lost ones carried them all.
  if (layer.kind === "pods") return living - Math.min(layer.replicas ?? 1, living) + 1;
  return 1;
}

const namesOf = (states: readonly MemberState[]) => listed(states.map((one) => one.member.name));

const basisOf = ({ failoverBasis = "bound" }: ServiceLayer): Basis => failoverBasis;

/** What a layer takes to get over a lost member. */
const failover = (layer: ServiceLayer) => takes({ sec: layer.failoverSec, basis: basisOf(layer) });

function longer<T extends Range | null>(range: T, extra: number): T;
function longer(range: Range | null, extra: number): Range | null {
  return range && [range[0], range[1] + extra];
}

/** When too few live: the service is back with the member that makes them enough again. */
function comeback(layer: ServiceLayer, down: readonly MemberState[], missing: number): Outcome {
  const order = [...down].sort(
    (a, b) => longest(a.outcome) - longest(b.outcome) || rank(a.outcome) - rank(b.outcome),
  );
  const returning = order.slice(0, missing);
  const last = returning.at(-1);
  if (!last) throw new Error(`layer "${layer.what}" has no members`);
  const { outcome } = last;
  if (layer.members.length === 1 && layer.kind === "any") return outcome;
  // A restarted keepalived waits for the silence of the others before it takes the address.
  const extra =
    layer.kind === "address" && outcome.status === "restarts" ? layer.failoverSec[1] : 0;
  return {
    ...outcome,
    rtoSec: longer(outcome.rtoSec, extra),
    ...(outcome.typicalSec && { typicalSec: longer(outcome.typicalSec, extra) }),
    ...(extra > 0 && outcome.rtoBasis && { rtoBasis: weaker(outcome.rtoBasis, basisOf(layer)) }),
    rpoSec: Math.max(...returning.map((one) => one.outcome.rpoSec)),
    reason: `${namesOf(down)} down, until ${namesOf(returning)} ${missing === 1 ? "is" : "are"} back: ${outcome.reason}`,
  };
}

function podsOutcome(
  layer: ServiceLayer,
  states: readonly MemberState[],
  api: Outcome | undefined,
): Outcome {
  const down = states.filter((one) => !isUp(one.outcome));
  const left = states.length - down.length;
  const names = namesOf(down);
  const placed = Math.min(layer.replicas ?? 1, states.length);
  if (left === 0) return comeback(layer, down, 1);
  if (down.length < placed) {
    const reason = `${names} down: at least ${counted(placed - down.length, "pod")} of ${placed} runs on another ${layer.what}`;
    return { status: "failover", ...failover(layer), rpoSec: 0, reason };
  }
  const lost = `${names} down: ${placed === 1 ? "its only pod" : `all ${placed} pods`} may have been there`;
  if (api?.rtoSec === null) {
    const reason = `${lost}, and without its API Kubernetes replaces none: ${api.reason}`;
    return { status: "waits", rtoSec: null, rpoSec: 0, reason };
  }
  const [apiLeast, apiMost] = api && !isUp(api) && api.rtoSec ? api.rtoSec : [0, 0];
  const [least, most] = POD_RESCHEDULE_SEC;
  return {
    status: "restarts",
    rtoSec: [least + apiLeast, most + apiMost + layer.failoverSec[1]],
    rtoBasis: weaker(basisOf(layer), api?.rtoBasis ?? "bound"),
    rpoSec: 0,
    reason: `${lost}, and Kubernetes replaces them elsewhere only after about ${duration(least)}`,
  };
}

/** What a layer with dead members does for its service. */
function layerOutcome(
  layer: ServiceLayer,
  states: readonly MemberState[],
  api: Outcome | undefined,
): Outcome {
  const down = states.filter((one) => !isUp(one.outcome));
  if (layer.kind === "pods") return podsOutcome(layer, states, api);
  const left = states.length - down.length;
  const needed = neededOf(layer, left);
  if (left < needed) return comeback(layer, down, needed - left);
  const names = namesOf(down);
  const first = states.find((one) => isUp(one.outcome))?.member;
  const most = duration(layer.failoverSec[1]);
  // Only a bound may be said without a word about it.
  const within = `within ${most}`;
  const typical = basisOf(layer) === "bound" ? "" : "typically ";
  if (layer.kind === "address" && first) {
    if (first === states[0]?.member) {
      return { ...UNAFFECTED, reason: `${first.name} keeps the address; ${names} down` };
    }
    const reason = `${names} down: ${first.name} on ${first.node} ${typical}takes the address ${within}`;
    return { status: "failover", toNode: first.node, ...failover(layer), rpoSec: 0, reason };
  }
  const reason = `${names} down: ${left} of ${counted(states.length, layer.what)} left, ${typical}noticed ${within}`;
  return { status: "failover", ...failover(layer), rpoSec: 0, reason };
}

/** Outcomes of one failure, as far as they are known. */
export interface Known {
  state: ClusterState;
  guests: Record<string, Outcome>;
  services: Map<string, Outcome>;
}

/** What becomes of a service, redundancy aside; looks up what it needs first. */
export function serviceOutcome(
  services: ReadonlyMap<string, ServiceModel>,
  known: Known,
  service: ServiceModel,
): Outcome {
  const done = known.services.get(service.name);
  if (done) return done;
  const lookUp = (name: string) => {
    const other = services.get(name);
    if (!other)
      throw new Error(`service "${service.name}" needs "${name}", which is not in the model`);
    return serviceOutcome(services, known, other);
  };
  let outcome = UNAFFECTED;
  for (const layer of service.layers) {
    const states = layer.members.map((member) => ({
      member,
      outcome: memberOutcome(member, known.state, known.guests),
    }));
    if (states.every((one) => isUp(one.outcome))) continue;
    const api = layer.api === undefined ? undefined : lookUp(layer.api);
    outcome = combined(outcome, layerOutcome(layer, states, api));
  }
  for (const name of service.needs) {
    const need = lookUp(name);
    if (rank(need) > 0) {
      outcome = combined(outcome, { ...need, reason: `needs ${name}: ${need.reason}` });
    }
  }
  known.services.set(service.name, outcome);
  return outcome;
}

/** Where a member runs after recovery; undefined when it does not. */
export function placeAfter(
  index: ClusterIndex,
  known: Known,
  member: ServiceMember,
): { node: string; storage: string | undefined } | undefined {
  const outcome = memberOutcome(member, known.state, known.guests);
  const storage = member.guest === undefined ? undefined : index.guests.get(member.guest)?.storage;
  // A virtual machine may have moved while it runs.
  if (isUp(outcome)) return { node: outcome.toNode ?? member.node, storage };
  if (outcome.status === "restarts" && outcome.toNode) return { node: outcome.toNode, storage };
  return undefined;
}
