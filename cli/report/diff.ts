import type { FailureReport, Outcome } from "../../model/resilience/resilience";
import { compareOutcomes, isInterrupted, severity } from "../../model/resilience/severity";
import { outcomeCell } from "./outcomes";
import { wholeDoubles } from "./resilience-doubles";
import type { Resilience, ResilienceChange } from "./types";

const nothing: Outcome = { status: "unaffected", rtoSec: [0, 0], rpoSec: 0, reason: "" };

/**
 * What a change of the configuration does to the resilience: every service and guest whose fate
 * differs under the loss of a node, or of two. The worst news come first. A loss that only one of
 * the two clusters can suffer (a node added or taken away) is compared with nothing.
 */
export function diffResilience(before: Resilience, after: Resilience): ResilienceChange[] {
  const whole = (all: Resilience) => [...all.single, ...all.domains, ...wholeDoubles(all)];
  const old = new Map(whole(before).map((report) => [lossKey(report), report]));
  const all = whole(after).flatMap((now) => {
    const was = old.get(lossKey(now));
    return was
      ? [
          ...compare(
            { kind: "service", failed: now.failed },
            { names: before.services, outcomes: was.services },
            { names: after.services, outcomes: now.services },
          ),
          ...compare(
            { kind: "guest", failed: now.failed },
            { names: before.guests, outcomes: was.guests },
            { names: after.guests, outcomes: now.guests },
          ),
        ]
      : [];
  });
  // A double loss that says what one of its single losses says already is no news.
  const reported = new Set(all.filter(({ failed }) => failed.length === 1).map(newsKey));
  const changes = all
    .filter(
      (change) =>
        change.failed.length === 1 ||
        !change.failed.some((name) => reported.has(newsKey({ ...change, failed: [name] }))),
    )
    .filter(withoutSideEffects(before, after));
  const order = { worse: 0, new: 1, gone: 2, better: 3 };
  return changes.sort(
    (a, b) => order[a.verdict] - order[b.verdict] || a.failed.length - b.failed.length,
  );
}

/** Services that some single loss interrupts. */
function interrupted({ single }: Resilience): Set<string> {
  return new Set(
    single.flatMap(({ services }) =>
      Object.keys(services).filter((name) => isInterrupted(services[name])),
    ),
  );
}

/**
 * A second member brings failovers and degraded states with it, which its service could not have
 * before, and takes them away again: neither is worse or better when that is all.
 */
function withoutSideEffects(before: Resilience, after: Resilience) {
  const [was, is] = [interrupted(before), interrupted(after)];
  return ({ kind, name, verdict, ...change }: ResilienceChange): boolean => {
    if (kind !== "service" || was.has(name) === is.has(name)) return true;
    const harmless = !isInterrupted(change.before) && !isInterrupted(change.after);
    return !(harmless && verdict === (was.has(name) ? "worse" : "better"));
  };
}

function newsKey({ failed, kind, name, verdict, before, after }: ResilienceChange): string {
  const times = [before, after].map((one) => one && [one.status, one.rtoSec, one.rpoSec]);
  return JSON.stringify([failed, kind, name, verdict, times]);
}

function lossKey(report: FailureReport): string {
  return [...report.failed].sort().join(" + ");
}

/** All services, or all guests, and what one loss does to those that it reaches. */
interface Side {
  names: readonly string[];
  outcomes: Record<string, Outcome>;
}

function compare(
  what: Pick<ResilienceChange, "kind" | "failed">,
  was: Side,
  now: Side,
): ResilienceChange[] {
  const known = new Set(was.names);
  const still = new Set(now.names);
  return [...new Set([...was.names, ...now.names])].flatMap((name): ResilienceChange[] => {
    const [before, after] = [was.outcomes[name] ?? nothing, now.outcomes[name] ?? nothing];
    const change = { ...what, name };
    if (!known.has(name))
      return severity[after.status] > 0 ? [{ ...change, verdict: "new", after }] : [];
    if (!still.has(name))
      return severity[before.status] > 0 ? [{ ...change, verdict: "gone", before }] : [];
    const difference = compareOutcomes(after, before);
    if (difference === 0) return [];
    return [{ ...change, verdict: difference > 0 ? "worse" : "better", before, after }];
  });
}

/** One change as a sentence: `the loss of proxmox3 takes dns from failover 3.6 s to down (reason)`. */
export function changeText({ failed, name, before, after, verdict }: ResilienceChange): string {
  const loss = `the loss of ${failed.join(" and ")}`;
  if (verdict === "gone") return `${loss} no longer concerns ${name}, which is not there any more`;
  const now = outcomeCell(after).text;
  const reason = after?.reason ? ` (${after.reason})` : "";
  if (verdict === "new") return `${loss} means for ${name}, which is new: ${now}${reason}`;
  return `${loss} takes ${name} from "${outcomeCell(before).text}" to "${now}"${reason}`;
}
