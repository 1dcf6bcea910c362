import { hint, nearest } from "../../../config/file/nearest";
import { coldStartSteps } from "../../../model/planned/cold-start";
import { nodeReturn, returnSteps } from "../../../model/planned/node-return";
import { COLD_START, eventNames, planned, plannedStop } from "../../../model/planned/planned";
import { plannedSteps } from "../../../model/planned/planned-steps";
import { canFail, failingNames, PARTITION } from "../../../model/resilience/failure-domains";
import {
  type ClusterModel,
  explain,
  type FailureReport,
} from "../../../model/resilience/resilience";
import { timeline } from "../../../model/resilience/timeline";
import type { Step } from "../../../model/resilience/types";
import { UsageError } from "../../lib/usage";
import { touched } from "../../run/judgement";

/** Something that a person does, or that happens to no node alone: it stands by itself. */
function eventCase(cluster: ClusterModel, name: string) {
  const told = (steps: Step[], report: FailureReport) => ({
    kind: "case" as const,
    event: name,
    services: cluster.services.length,
    steps,
    report: touched({ ...report, failed: [name] }),
  });
  const stop = plannedStop(cluster, name);
  if (stop) {
    const result = planned(cluster, stop);
    return told(plannedSteps(cluster, stop, result), result.report);
  }
  const node = cluster.nodes.find((one) => name === `return:${one}`);
  if (node !== undefined) {
    const result = nodeReturn(cluster, node);
    return told(returnSteps(cluster, node, result), result.report);
  }
  if (name !== COLD_START) return undefined;
  return told(coldStartSteps(cluster), explain(cluster, []).report);
}

/** What a loss that somebody named does, step by step. */
export function oneCase(cluster: ClusterModel, fail: readonly string[]) {
  const event = eventCase(cluster, fail.join(",").trim());
  if (event) return event;
  const explained = explain(cluster, failingOf(cluster, fail));
  return {
    kind: "case" as const,
    services: cluster.services.length,
    steps: timeline(cluster, explained),
    report: touched(explained.report),
  };
}

/** Checks the names that shall fail; `ceph` means every Ceph storage. */
function failingOf(cluster: ClusterModel, fail: readonly string[]): string[] {
  const all = fail.join(",").trim();
  // The nodes of one side stand behind one name.
  const names = all.startsWith(PARTITION) ? [all] : all.split(",").map((part) => part.trim());
  const known = failingNames(cluster);
  const ceph = Object.entries(cluster.storages).flatMap(([name, { kind }]) =>
    kind === "ceph" ? [name] : [],
  );
  return names.flatMap((name) => {
    if (name === "") {
      throw new UsageError(
        `found an empty name in --fail ${JSON.stringify(fail.join(","))}; write names separated by commas, e.g. --fail ${known.slice(0, 2).join(",")}`,
      );
    }
    if (canFail(cluster, name)) return [name];
    if (name === "ceph" && ceph.length > 0) return ceph;
    const events = eventNames(cluster);
    if (events.includes(name)) {
      throw new UsageError(`found ${name} beside other names in --fail; it stands alone`);
    }
    if (name.startsWith(PARTITION)) {
      throw new UsageError(
        `found ${name}, expected ${PARTITION} and the nodes of one side, with others left for the other: ${cluster.nodes.join(", ")}`,
      );
    }
    if (name.includes(":") && nearest(name, events)) {
      throw new UsageError(`there is no "${name}" in this stack; ${hint(name, events)}`);
    }
    const guests = cluster.guests.map((guest) => guest.name);
    throw new UsageError(
      `there is no node, guest, failure domain or storage "${name}" in this stack; ${hint(name, nearest(name, guests) ? guests : known)}`,
    );
  });
}
