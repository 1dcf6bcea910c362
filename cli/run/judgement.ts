import { clusterModel } from "../../config/cluster-model";
import { resolvedAddresses } from "../../config/hosts";
import type { StackConfig } from "../../config/stack";
import { capacitySummary } from "../../model/capacity/summary";
import { plannedReports } from "../../model/planned/planned";
import {
  allFailures,
  type ClusterModel,
  type FailureReport,
  type Outcome,
} from "../../model/resilience/resilience";
import { domainFailures, singlePoints } from "../../model/resilience/single-points";
import { budget, vrrpGroup } from "../../model/vrrp/vrrp";
import { byLoss, onlyDifferent } from "../report/resilience-doubles";
import type { Resilience, VirtualAddress } from "../report/types";

/** What the loss of every node and of every two nodes does to a stack. */
export function resilienceOf(stack: StackConfig): Resilience {
  return clusterResilience(clusterModel(stack));
}

/** The same of a cluster model. */
export function clusterResilience(cluster: ClusterModel): Resilience {
  const single = allFailures(cluster, 1).map(touched);
  const double = allFailures(cluster, 2).map(touched);
  const domains = domainFailures(cluster).map(touched);
  const singles = byLoss(single);
  return {
    nodes: cluster.nodes,
    services: cluster.services.map(({ name }) => name),
    guests: cluster.guests.map(({ name }) => name),
    single,
    double: double.map((report) => onlyDifferent(singles, report)),
    domains,
    planned: plannedReports(cluster).map((stop) => ({
      ...stop,
      report: touchedOrMoved(stop.report),
    })),
    singlePoints: singlePoints(cluster, single, domains),
    capacity: {
      single: capacitySummary(cluster, [...single, ...domains]),
      double: capacitySummary(cluster, double),
    },
  };
}

/** The same for planned stops, where a virtual machine that moves while it runs is news. */
function touchedOrMoved(report: FailureReport): FailureReport {
  const { guests } = report;
  const moved = Object.entries(guests).filter(
    ([, { status, toNode }]) => status === "unaffected" && toNode !== undefined,
  );
  const rest = touched(report);
  return { ...rest, guests: { ...rest.guests, ...Object.fromEntries(moved) } };
}

/** Without what goes on as before: a thousand guests under a thousand pairs of nodes are mostly that. */
export function touched(report: FailureReport): FailureReport {
  const only = (outcomes: Record<string, Outcome>) =>
    Object.fromEntries(
      Object.entries(outcomes).filter(([, outcome]) => outcome.status !== "unaffected"),
    );
  return { ...report, guests: only(report.guests), services: only(report.services) };
}

/** Every address that keepalived moves, with its longest outages. */
export function virtualAddressesOf(stack: StackConfig): VirtualAddress[] {
  return resolvedAddresses(stack).map(({ section, name, settings }) => ({
    section,
    name,
    vip: settings.vip,
    ...(settings.vip6 !== undefined && { vip6: settings.vip6 }),
    members: settings.members
      .map((member) => ({ name: member.name, node: member.node, priority: member.priority }))
      .sort((a, b) => b.priority - a.priority),
    budget: budget(vrrpGroup(name, settings)),
  }));
}
