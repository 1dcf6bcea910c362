import type { MonitoringFacts, WatchedAddress } from "./types";

/** Longest seconds for which Prometheus may still see what a member wrote before it changed. */
export function seenSec({ scrapeSec, writeSec }: MonitoringFacts): number {
  return scrapeSec + writeSec;
}

/**
 * Whole seconds after which a move of the address has to be over in Prometheus' eyes too: an alert
 * that waits less would fire in a failover that goes well. It waits at least two evaluations, for a
 * single scrape says nothing.
 */
export function moveSeenSec(facts: MonitoringFacts, { moveSec }: WatchedAddress): number {
  return Math.ceil(Math.max(moveSec + seenSec(facts), 2 * facts.scrapeSec));
}

/** The same for a planned restart of the service. */
export function stopSeenSec(facts: MonitoringFacts, address: WatchedAddress): number {
  return Math.ceil(address.stopSec + moveSeenSec(facts, address));
}

/** The same for a roll-out, in which one member after the other is not ready. */
export function rollOutSeenSec(facts: MonitoringFacts, address: WatchedAddress): number {
  const { patience = 1 } = facts;
  return Math.ceil(address.rollOutSec * patience + moveSeenSec(facts, address));
}
