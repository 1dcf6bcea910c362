import { projectRoot } from "../../clients/pulumi/project";
import { shortfallsOf } from "../../config/checks/minimum-resilience";
import { unjudgedPods } from "../../config/checks/pod-carriers";
import type { FileSite } from "../../config/file/parse-file";
import { backendProblems, statedBackend } from "../../config/file/state-backend";
import { unjudgedAcrossSites } from "../../config/sites/across-sites";
import { planPasses, type Report, type SiteReport } from "../report/types";
import { type CheckedFile, checkFile } from "./check";
import { declaredCutovers } from "./cutovers";
import { resilienceOf, virtualAddressesOf } from "./judgement";
import { prepared, type RunOptions } from "./prepare";
import { previewWorkplace } from "./workplace";

/**
 * A whole preview: configuration, plan, policies, resilience, of every site. Nothing is registered for
 * a refused file.
 */
export async function previewReport(options: RunOptions): Promise<Report> {
  const checked = checkFile(options);
  const { sites } = checked;
  const { stack, file } = checked.chosen;
  // A rehearsal keeps its own state; what is meant is the one that `pulumi up` would use.
  const backend = sites.flatMap((site) =>
    backendProblems(site.stack, statedBackend(process.env, projectRoot)),
  );
  const problems = [
    ...checked.problems,
    ...backend.map(({ message, severity, outside }) => ({
      path: outside?.text ?? "",
      message,
      severity,
    })),
  ];
  const head = { action: "preview" as const, stack, file, problems };
  if (sites.length === 0) return { ...head, ok: false, notes: [] };
  const { plan, notes } = await planOf(checked, options);
  const judged = sites.map((site) => judgedSite(site, options));
  const short = judged.some(({ shortfalls = [] }) => shortfalls.length > 0);
  return {
    ...head,
    ok: planPasses(plan, "preview") && !short && backend.length === 0,
    notes: [...notes, ...acrossNotes(sites), ...podNotes(sites)],
    plan,
    ...atTheirPlaces(judged),
  };
}

/** What of a report is about one cluster. */
function judgedSite({ name, stack }: FileSite, { minResilience = [] }: RunOptions): SiteReport {
  const shortfalls = shortfallsOf(stack, { mustSurvive: minResilience });
  return {
    name: name ?? "",
    ...(shortfalls.length > 0 && { shortfalls }),
    virtualAddresses: virtualAddressesOf(stack),
    resilience: resilienceOf(stack),
    ...declaredCutovers(stack),
  };
}

/** The only cluster in the report itself; several below their names. */
function atTheirPlaces(judged: readonly SiteReport[]): Partial<Report> {
  const [first] = judged;
  if (first?.name !== "") return { sites: [...judged] };
  const { name: _name, ...only } = first;
  return only;
}

function acrossNotes(sites: readonly FileSite[]): string[] {
  const named = sites.flatMap(({ name, stack, routedTo = [] }) =>
    name === undefined ? [] : [{ name, stack, routedTo }],
  );
  return unjudgedAcrossSites(named);
}

function podNotes(sites: readonly FileSite[]): string[] {
  return sites.flatMap(({ name, stack }) =>
    unjudgedPods(stack).map((note) => (name === undefined ? note : `${name}: ${note}`)),
  );
}

async function planOf(checked: CheckedFile, options: RunOptions) {
  const { sites } = checked;
  const { stack } = checked.chosen;
  const { findEngine } = await import("../../clients/pulumi/engine.js");
  const engine = options.engine ? findEngine() : undefined;
  if (!engine) {
    const why = options.engine ? "no Pulumi CLI was found on PATH" : "--no-engine";
    options.progress(`planning ${stack} with the SDK's mock monitor: ${why}`);
    const { notes, program } = await prepared(checked);
    const { planWithMocks } = await import("./mock-plan.js");
    return {
      notes,
      plan: await planWithMocks({ stack, sites, data: checked.file.own, program, why }),
    };
  }
  options.progress(`planning ${stack} with Pulumi ${engine.version} and simulated platforms`);
  const workplace = previewWorkplace(stack, options.stateDir);
  try {
    const { notes, program } = await prepared(checked);
    const { runEngine } = await import("./engine-plan.js");
    const run = {
      ...checked.chosen,
      engine,
      sites,
      program,
      workplace,
      signal: options.stop.signal,
    };
    return { notes, plan: await runEngine(run, "preview") };
  } finally {
    workplace.leave();
  }
}
