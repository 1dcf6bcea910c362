import { clusterModel } from "../../../config/cluster-model";
import { hint, nearest } from "../../../config/file/nearest";
import { problemText } from "../../../config/file/problem";
import { parseStackFile } from "../../../config/file/stack-file";
import { pendingStorages } from "../../../config/phase-input";
import type { StackConfig } from "../../../config/stack";
import { clusterToday } from "../../../model/phases/today";
import { coldStartSteps } from "../../../model/planned/cold-start";
import { nodeReturn, returnSteps } from "../../../model/planned/node-return";
import { COLD_START, eventNames, planned, plannedStop } from "../../../model/planned/planned";
import { plannedSteps } from "../../../model/planned/planned-steps";
import { type DependenceChange, dependenceChanges } from "../../../model/resilience/dependence";
import {
  COROSYNC,
  canFail,
  failingNames,
  PARTITION,
} from "../../../model/resilience/failure-domains";
import {
  type ClusterModel,
  eachFailure,
  explain,
  type FailureReport,
} from "../../../model/resilience/resilience";
import { timeline } from "../../../model/resilience/timeline";
import type { Step } from "../../../model/resilience/types";
import { type EarlierStack, readEarlier } from "../../lib/earlier-stack";
import { UsageError } from "../../lib/usage";
import { diffResilience } from "../../report/diff";
import type { ReportedProblem, Resilience, ResilienceChange } from "../../report/types";
import { checkStack } from "../../run/check";
import { clusterResilience, touched } from "../../run/judgement";

/** What a person asked for. */
export interface SimulateOptions {
  stack?: string;
  site?: string;
  file?: string;
  /** Names of what fails, separated by commas. */
  fail?: string[];
  /** Earlier stack file, or a commit. */
  diff?: string;
  /** Whether what the stack file calls pending is still to come. */
  today?: boolean;
}

interface Head {
  stack: string;
  file: string;
}

/** What `homelab simulate` found out; `--json` prints exactly this. */
export type Simulation =
  | (Head & { kind: "refused"; problems: ReportedProblem[] })
  | (Head & {
      kind: "case";
      event?: string;
      services: number;
      steps: Step[];
      report: FailureReport;
    })
  // A node by itself has no corosync.
  | (Head & { kind: "all"; resilience: Resilience; corosync?: FailureReport })
  | (Head & {
      kind: "difference";
      /** The earlier file or commit, as it was named. */
      than: string;
      dependences: DependenceChange[];
      /** Losses whose outcome changes. */
      changes: ResilienceChange[];
      worse: boolean;
    });

/** One case, every case, or the difference of two stack files. Nothing is run or changed. */
export function simulateStack(options: SimulateOptions): Simulation {
  if (options.fail && options.diff !== undefined) {
    throw new UsageError("found --fail and --diff, expected one of them; --diff tries every loss");
  }
  const { chosen, config, problems } = checkStack(options);
  const head = { stack: chosen.stack, file: chosen.file };
  const earlier = options.diff === undefined ? undefined : readEarlier(options.diff, chosen.path);
  if (!config) return { ...head, kind: "refused", problems };
  const cluster = modelOf(config, options.today === true);
  if (options.diff !== undefined && earlier !== undefined) {
    return { ...head, ...difference(options.diff, earlier, cluster, options.today === true) };
  }
  if (options.fail) return { ...head, ...oneCase(cluster, options.fail) };
  const [corosync] = cluster.nodes.length > 1 ? eachFailure(cluster, [COROSYNC]) : [];
  return {
    ...head,
    kind: "all",
    resilience: clusterResilience(cluster),
    ...(corosync && { corosync: touched(corosync) }),
  };
}

function modelOf(config: StackConfig, today: boolean): ClusterModel {
  const cluster = clusterModel(config);
  return today ? clusterToday(cluster, pendingStorages(config)) : cluster;
}

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

function oneCase(cluster: ClusterModel, fail: readonly string[]) {
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

function difference(than: string, earlier: EarlierStack, cluster: ClusterModel, today: boolean) {
  const { parsed } = parseStackFile(earlier.text, earlier);
  if (!parsed.stack) {
    const first = parsed.problems.find(({ severity }) => severity === "error");
    throw new UsageError(
      `today's checks refuse ${than}${first ? `: ${problemText(first)}` : ""}; compare with one that they accept`,
    );
  }
  const before = modelOf(parsed.stack, today);
  if (!before.nodes.some((node) => cluster.nodes.includes(node))) {
    throw new UsageError(`${than} has no node in common with this stack; nothing can be compared`);
  }
  const dependences = dependenceChanges(before, cluster);
  const changes = diffResilience(clusterResilience(before), clusterResilience(cluster));
  return {
    kind: "difference" as const,
    than,
    dependences,
    changes,
    worse: changes.some(({ verdict, kind }) => verdict === "worse" && kind === "service"),
  };
}

/** Whether it ends with exit code 1: a refused stack file, or a change for the worse. */
export function isBad(simulation: Simulation): boolean {
  return simulation.kind === "refused" || (simulation.kind === "difference" && simulation.worse);
}
