import { duration, listed } from "../text";
import {
  answers,
  apart,
  dnsConsumers,
  doneChecks,
  kept,
  served,
  servedFully,
  slowRecords,
} from "./checks";
import { cleanupPhase } from "./cleanup";
import type {
  Consumer,
  CutoverFacts,
  CutoverPhase,
  DnsConsumer,
  HandConsumer,
  Wait,
  Way,
} from "./types";

/** A way with everything that is not named left empty. */
export function way(parts: Partial<Way>): Way {
  return { preflight: [], waits: [], steps: [], checks: [], ...parts };
}

/**
 * The phases of a cutover in their order. After each one service is whole, except between
 * `service` and the last `dns-…` of an in-place move; each can be taken back while the later ones
 * have been.
 */
export function cutoverPhases(facts: CutoverFacts): CutoverPhase[] {
  const first = [preflight(facts), ...byHand(facts, "allowlist", ["allowlist"])];
  const dns = [...dnsPhases(facts)];
  const firewall = byHand(facts, "firewall", ["firewallAlias"]);
  const others = byHand(facts, "others", ["monitor", "secret", "stateBackend", "other"]);
  const last = [...others, verification(facts), ...cleanupPhase(facts)];
  const ttl = ttlPhase(facts);
  return facts.variant === "additive"
    ? [...first, servicePhase(facts), ...ttl, ...dns, ...firewall, ...tunnelPhase(facts), ...last]
    : [...first, ...ttl, servicePhase(facts), ...dns, ...firewall, ...tunnelPhase(facts), ...last];
}

function preflight(facts: CutoverFacts): CutoverPhase {
  const { from, to, verify, stackPhase, variant } = facts;
  const records = dnsConsumers(facts);
  const free = to.byStack && stackPhase === "before" && variant === "additive";
  return {
    id: "preflight",
    what: `${from} serves, nothing that is needed lies behind it${free ? `, ${to.address} is free` : ""}`,
    forward: way({
      checks: [
        ...apart(facts),
        ...served(facts, from),
        ...answers(records, from, to.address),
        // A TTL that is lower than stated could never be restored to it.
        ...kept(records, facts.from, ({ ttlSec }) => ({
          maxSec: ttlSec,
          ...(ttlSec > facts.windowTtlSec && { minSec: facts.windowTtlSec + 1 }),
        })),
        ...(free
          ? [{ kind: "tcp" as const, address: to.address, port: verify.port, open: false }]
          : []),
      ],
    }),
    back: way({}),
  };
}

function servicePhase(facts: CutoverFacts): CutoverPhase {
  const { from, to, variant, windowTtlSec } = facts;
  const gone = { kind: "tcp" as const, address: to.address, port: facts.verify.port, open: false };
  const back = {
    waits: stagesOf(facts).map(
      ([id]): Wait => ({
        sec: windowTtlSec,
        since: id,
        why: `clients may keep ${to.address} that long`,
      }),
    ),
    preflight: answers(dnsConsumers(facts), from),
  };
  if (!to.byStack) {
    return {
      id: "service",
      what: `${to.what} answers for every host; nothing is changed`,
      forward: way({ checks: servedFully(facts) }),
      back: way(back),
    };
  }
  return variant === "additive"
    ? {
        id: "service",
        what: `${to.what} is made on ${to.address}, beside ${from}, which stays as it is`,
        forward: way({ stackPhase: "service", checks: servedFully(facts) }),
        back: way({ ...back, stackPhase: "before", checks: [gone] }),
      }
    : {
        id: "service",
        what: `${to.what} goes from ${from} to ${to.address}; service is interrupted from here until the last DNS record is changed and ${windowTtlSec} s have passed`,
        forward: way({
          preflight: kept(dnsConsumers(facts), facts.from, () => ({ maxSec: windowTtlSec })),
          waits: ttlWaits(facts, dnsConsumers(facts)),
          stackPhase: "service",
          checks: servedFully(facts),
        }),
        back: way({ ...back, stackPhase: "before", checks: served(facts, from) }),
      };
}

function ttlPhase(facts: CutoverFacts): CutoverPhase[] {
  const { windowTtlSec } = facts;
  const slow = slowRecords(facts);
  if (slow.length === 0) return [];
  const steps = (ttl: (record: DnsConsumer) => number) =>
    slow.map(
      (record) =>
        `set the TTL of "${record.record}" to ${ttl(record)} s on ${listed([...record.servers])}`,
    );
  return [
    {
      id: "dns-ttl",
      what: `answers for ${listed(slow.map(({ record }) => record))} are kept for ${windowTtlSec} s instead of ${duration(oldTtl(slow))}`,
      forward: way({
        steps: steps(() => windowTtlSec),
        checks: kept(slow, facts.from, () => ({ maxSec: windowTtlSec })),
      }),
      back: way({
        steps: steps(({ ttlSec }) => ttlSec),
        checks: kept(slow, facts.from, () => ({ minSec: windowTtlSec + 1 })),
      }),
    },
  ];
}

const oldTtl = (records: readonly DnsConsumer[]) => Math.max(...records.map((one) => one.ttlSec));

/** Whoever asked before the TTL was lowered keeps the old address for as long as the old TTL says. */
function ttlWaits(facts: CutoverFacts, records: readonly DnsConsumer[]): Wait[] {
  const slow = slowRecords(facts).filter((record) => records.includes(record));
  if (slow.length === 0) return [];
  return [
    { sec: oldTtl(slow), since: "dns-ttl", why: "answers with the old TTL may be kept that long" },
  ];
}

/** Records by the stage in which they move, with the id of their phase. */
export function stagesOf(facts: CutoverFacts): [id: string, records: DnsConsumer[]][] {
  const records = dnsConsumers(facts);
  const stages = [...new Set(records.map(({ stage }) => stage))].sort((a, b) => a - b);
  return stages.map((stage) => [
    stages.length === 1 ? "dns" : `dns-${stage}`,
    records.filter((record) => record.stage === stage),
  ]);
}

function dnsPhases(facts: CutoverFacts): CutoverPhase[] {
  const { from, to, variant, windowTtlSec } = facts;
  const lowered = { sec: oldTtl(dnsConsumers(facts)), since: "cleanup" };
  const restored = slowRecords(facts).length > 0;
  return stagesOf(facts).map(([id, records]) => ({
    id,
    what: `${listed(records.map(({ record }) => record))} ${records.length === 1 ? "leads" : "lead"} to ${to.address}`,
    forward: way({
      preflight: [
        ...served(facts, to.address),
        ...kept(records, facts.from, () => ({ maxSec: windowTtlSec })),
      ],
      waits: ttlWaits(facts, records),
      steps: records.map(({ step }) => step),
      checks: answers(records, to.address),
    }),
    back: way({
      // In place the old address answers again only after its Service went back.
      preflight: variant === "additive" ? served(facts, from) : [],
      waits: restored
        ? [{ ...lowered, why: "answers with the restored TTL may be kept that long" }]
        : [],
      steps: records.map(({ undo }) => undo),
      checks: answers(records, from),
    }),
  }));
}

function byHand(
  { consumers }: CutoverFacts,
  id: string,
  kinds: readonly Consumer["kind"][],
): CutoverPhase[] {
  const own = consumers.filter((one): one is HandConsumer => kinds.includes(one.kind));
  if (own.length === 0) return [];
  return [
    {
      id,
      what: own.map(({ name, at }) => `${name}: ${at}`).join("; "),
      forward: way({ steps: own.map(({ step }) => step), checks: doneChecks(own) }),
      back: way({ steps: own.map(({ undo }) => undo), checks: doneChecks(own, true) }),
    },
  ];
}

function tunnelPhase(facts: CutoverFacts): CutoverPhase[] {
  const own = facts.consumers.filter((consumer) => consumer.kind === "tunnel");
  if (own.length === 0) return [];
  const { to, variant, fromService } = facts;
  const names = listed(own.map(({ tunnel }) => `"${tunnel}"`));
  const changes = to.byStack && variant === "additive";
  const checks = doneChecks(own);
  return [
    {
      id: "tunnel",
      what: changes
        ? `${names} leads to the Service of ${to.what}, by its name in the cluster, instead of "${fromService?.name}"`
        : `${names} leads by name to a Service, which keeps it; nothing is changed`,
      forward: way({ checks, ...(changes && { stackPhase: "moved" as const }) }),
      back: way({ checks, ...(changes && { stackPhase: "service" as const }) }),
    },
  ];
}

function verification(facts: CutoverFacts): CutoverPhase {
  const { from, to, consumers, windowTtlSec } = facts;
  return {
    id: "verification",
    what: `everybody is served by ${to.address}, and the last answer with ${from} has run out`,
    forward: way({
      waits: stagesOf(facts).map(([since]) => ({
        sec: windowTtlSec,
        since,
        why: `clients may keep ${from} that long`,
      })),
      checks: [
        ...answers(dnsConsumers(facts), to.address),
        ...servedFully(facts),
        ...doneChecks(consumers).filter(({ kind }) => kind !== "word"),
      ],
    }),
    back: way({}),
  };
}
