import { clusterModel } from "../../../config/cluster-model";
import { parseStackFile } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";
import { pendingStorages } from "../../../config/phase-input";
import type { NamedSite } from "../../../config/sites/parse-sites";
import { siteParts } from "../../../config/sites/site-parts";
import type { StackConfig } from "../../../config/stack";
import { clusterToday } from "../../../model/phases/today";
import { type DependenceChange, dependenceChanges } from "../../../model/resilience/dependence";
import { COROSYNC } from "../../../model/resilience/failure-domains";
import {
  type ClusterModel,
  eachFailure,
  type FailureReport,
} from "../../../model/resilience/resilience";
import { type SiteLoss, siteLoss } from "../../../model/resilience/site-loss";
import type { Step } from "../../../model/resilience/types";
import { type EarlierStack, readEarlier } from "../../lib/earlier-stack";
import { type ChosenStack, nameOf } from "../../lib/stack-files";
import { UsageError } from "../../lib/usage";
import { diffResilience } from "../../report/diff";
import type { ReportedProblem, Resilience, ResilienceChange } from "../../report/types";
import { checkFile, checkStack } from "../../run/check";
import { clusterResilience, touched } from "../../run/judgement";
import { oneCase } from "./case";
import { failingBySite } from "./failing-sites";

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
    })
  | (Head & {
      kind: "sites";
      /** Each site by itself, as with `--site`; with `--fail` those where something fails. */
      sites: { name: string; simulation: Simulation }[];
      /** Whole sites: each of them, or the ones of `--fail`. */
      losses: SiteLoss[];
    });

/** One case, every case, or the difference of two stack files. Nothing is run or changed. */
export function simulateStack(options: SimulateOptions): Simulation {
  if (options.fail && options.diff !== undefined) {
    throw new UsageError("found --fail and --diff, expected one of them; --diff tries every loss");
  }
  if (options.site !== undefined) {
    const { chosen, config, problems } = checkStack(options);
    return config
      ? simulateCluster(options, chosen, config)
      : { stack: nameOf(chosen), file: chosen.file, kind: "refused", problems };
  }
  const { chosen, sites, problems } = checkFile(options);
  const [first] = sites;
  if (!first) return { stack: chosen.stack, file: chosen.file, kind: "refused", problems };
  return first.name === undefined
    ? simulateCluster(options, chosen, first.stack)
    : simulateSites(options, chosen, sites as NamedSite[]);
}

/** Every site by itself, and the loss of whole ones; or what of several sites fails at once. */
function simulateSites(
  options: SimulateOptions,
  chosen: ChosenStack,
  sites: readonly NamedSite[],
): Simulation {
  const names = sites.map(({ name }) => name);
  const parts = sites.map(siteParts);
  const { lost, within } =
    options.fail === undefined
      ? { lost: undefined, within: undefined }
      : failingBySite(options.fail, names);
  const losses =
    options.diff !== undefined ? [] : lost === undefined ? names.map((name) => [name]) : [lost];
  return {
    stack: chosen.stack,
    file: chosen.file,
    kind: "sites",
    sites: sites.flatMap(({ name, stack }) => {
      const fail = within?.get(name);
      if (within && fail === undefined) return [];
      const own = { ...options, site: name, ...(fail && { fail }) };
      return [{ name, simulation: simulateCluster(own, { ...chosen, site: name }, stack) }];
    }),
    losses: losses.filter((some) => some.length > 0).map((some) => siteLoss(parts, some)),
  };
}

/** One cluster: of a stack that has only this, or of a site. */
function simulateCluster(
  options: SimulateOptions,
  chosen: ChosenStack,
  config: StackConfig,
): Simulation {
  const head = { stack: nameOf(chosen), file: chosen.file };
  const earlier = options.diff === undefined ? undefined : readEarlier(options.diff, chosen.path);
  const cluster = modelOf(config, options.today === true);
  if (options.diff !== undefined && earlier !== undefined) {
    return { ...head, ...difference(options.diff, earlier, cluster, options) };
  }
  if (options.fail) {
    // Whoever names the site twice means the same.
    const own = `${options.site}/`;
    const fail = options.fail.map((names) =>
      names.replace(/[^,]+/g, (name) => (name.startsWith(own) ? name.slice(own.length) : name)),
    );
    return { ...head, ...oneCase(cluster, fail) };
  }
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

function difference(
  than: string,
  earlier: EarlierStack,
  cluster: ClusterModel,
  { site, today = false }: SimulateOptions,
) {
  const { parsed } = parseStackFile(earlier.text, { ...earlier, site });
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
  if (simulation.kind === "sites") return simulation.sites.some((site) => isBad(site.simulation));
  return simulation.kind === "refused" || (simulation.kind === "difference" && simulation.worse);
}
