import { listed } from "../text";
import { recordFor } from "./behind";
import { dnsConsumers, kept, served, slowRecords } from "./checks";
import type { Check, CutoverFacts, CutoverPhase, Way } from "./types";

/** What is left when everybody has moved: the old Service, the low TTL, the stack file's own words. */
export function cleanupPhase(facts: CutoverFacts): CutoverPhase[] {
  const parts = [oldService(facts), lowTtl(facts), declaredRecords(facts)];
  const way = (side: "forward" | "back"): Way => ({
    preflight: [],
    waits: [],
    steps: parts.flatMap((part) => part[side]?.steps ?? []),
    checks: parts.flatMap((part) => part[side]?.checks ?? []),
  });
  const [forward, back] = [way("forward"), way("back")];
  if (forward.steps.length === 0) return [];
  return [{ id: "cleanup", what: "what only the move needed goes", forward, back }];
}

interface Part {
  forward?: { steps: string[]; checks: Check[] };
  back?: { steps: string[]; checks: Check[] };
}

function oldService(facts: CutoverFacts): Part {
  const { from, to, variant, fromService, shares, verify } = facts;
  if (!to.byStack || variant !== "additive" || !fromService) return {};
  const { port } = verify;
  const shared = shares.filter(({ ports }) => ports.includes(port));
  const service = `Service "${fromService.name}" in namespace "${fromService.namespace}"`;
  return {
    forward: {
      steps: [
        `turn ${service} into type ClusterIP (Helm: service.spec.type)${shares.length > 0 ? `; ${listed(shares.map(({ name }) => `"${name}"`))} keeps ${from}` : ""}`,
      ],
      checks: shared.length > 0 ? [] : [{ kind: "tcp", address: from, port, open: false }],
    },
    back: {
      steps: [`turn ${service} into type LoadBalancer with address ${from} again`],
      checks: served(facts, from),
    },
  };
}

function lowTtl(facts: CutoverFacts): Part {
  const slow = slowRecords(facts);
  const { windowTtlSec } = facts;
  if (slow.length === 0) return {};
  return {
    forward: {
      steps: slow.map(({ record, ttlSec }) => `set the TTL of "${record}" to ${ttlSec} s again`),
      checks: kept(slow, facts.from, () => ({ minSec: windowTtlSec + 1 })),
    },
    back: {
      steps: slow.map(({ record }) => `set the TTL of "${record}" to ${windowTtlSec} s once more`),
      checks: kept(slow, facts.from, () => ({ maxSec: windowTtlSec })),
    },
  };
}

/** The stack file states where a record leads; whoever reads it afterwards must not be misled. */
function declaredRecords(facts: CutoverFacts): Part {
  const { from, to, dns } = facts;
  const ours = dnsConsumers(facts).flatMap(({ record }) => recordFor(record, dns) ?? []);
  const checks = (address: string) =>
    ours.map(({ record, address: found }) => ({
      kind: "declared" as const,
      record,
      address,
      found,
    }));
  return {
    forward: {
      steps: ours
        .filter(({ address }) => address !== to.address)
        .map(({ record }) => `say in homelab:dns."${record}".to of the stack file: ${to.what}`),
      checks: checks(to.address),
    },
    back: {
      steps: ours
        .filter(({ address }) => address !== from)
        .map(({ record }) => `say in homelab:dns."${record}".to of the stack file: ${from}`),
      checks: checks(from),
    },
  };
}
