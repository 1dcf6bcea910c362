import { dirname, join } from "node:path";
import type { Problem } from "../../config/file/problem";
import { whereText } from "../../config/file/problem";
import type { FilePlace } from "../../config/file/section-files";
import type { StackFile } from "../../config/file/stack-file";
import type { StackConfig } from "../../config/stack";
import { ledger } from "../lib/ledger";
import type { Stop } from "../lib/process";
import { type ChosenStack, chooseStack, parseChosen } from "../lib/stack-files";
import { UsageError } from "../lib/usage";
import type { Report, ReportedProblem } from "../report/types";
import { planPasses } from "../report/types";
import { declaredCutovers } from "./cutovers";
import { resilienceOf, virtualAddressesOf } from "./judgement";
import { lazy } from "./lazy";
import { placeholders } from "./secrets";
import { keptWorkplace, previewWorkplace } from "./workplace";

/** What a person asked for. */
export interface RunOptions {
  stack?: string;
  file?: string;
  /** Whether to look for a Pulumi CLI; without one, a preview runs on the SDK's mock monitor. */
  engine: boolean;
  stateDir?: string;
  /** How the run learns that it is to end. */
  stop: Stop;
  /** Takes a line about what goes on. */
  progress: (line: string) => void;
}

/** What the stack file amounts to, before anything is run. */
export interface CheckedStack {
  chosen: ChosenStack;
  file: StackFile;
  /** Absent when the file is refused. */
  config?: StackConfig;
  problems: ReportedProblem[];
}

/** Finds, reads and checks a stack file. */
export function checkStack(options: Pick<RunOptions, "stack" | "file">): CheckedStack {
  const chosen = chooseStack(options);
  const { file, parsed } = parseChosen(chosen);
  const { sizeProblem: size } = file;
  const problems = [
    ...(size ? [size] : []),
    ...(parsed.stack ? parsed.warnings : parsed.problems),
  ].map((problem) => reported(problem, file, dirname(chosen.file)));
  const fits = size?.severity !== "error";
  return { chosen, file, problems, ...(fits && parsed.stack && { config: parsed.stack }) };
}

/** @param folder folder of the stack file, as people write it from where they are */
function reported(problem: Problem, read: StackFile, folder: string): ReportedProblem {
  const { path, message, severity } = problem;
  const { file, line, column }: Partial<FilePlace> = problem.outside ??
    read.placeOf(path) ?? { line: read.lineOf(path) };
  return {
    path: whereText(problem),
    ...(file !== undefined && { file: join(folder, file) }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    message,
    severity,
  };
}

/**
 * Loads what a run needs, and asks for the engine: while that goes on no signal is heard, so it is
 * done before anybody listens for one, and Ctrl-C ends the process by itself.
 */
export function warmUp(options: Pick<RunOptions, "stack" | "file" | "engine">): void {
  if (!checkStack(options).config) return;
  lazy.program();
  if (options.engine && lazy.findEngine().findEngine()) lazy.enginePlan();
  else lazy.mockPlan();
}

/** A whole preview: configuration, plan, policies, resilience. Nothing is registered for a refused file. */
export async function previewReport(options: RunOptions): Promise<Report> {
  const checked = checkStack(options);
  const { config, problems } = checked;
  const { stack, file } = checked.chosen;
  const head = { action: "preview" as const, stack, file, problems };
  if (!config) return { ...head, ok: false, notes: [] };
  const { plan, notes } = await planOf(checked, config, options);
  return {
    ...head,
    ok: planPasses(plan, "preview"),
    notes,
    plan,
    virtualAddresses: virtualAddressesOf(config),
    resilience: resilienceOf(config),
    ...declaredCutovers(config),
  };
}

async function planOf(checked: CheckedStack, config: StackConfig, options: RunOptions) {
  const { stack } = checked.chosen;
  const engine = options.engine ? lazy.findEngine().findEngine() : undefined;
  if (!engine) {
    const why = options.engine ? "no Pulumi CLI was found on PATH" : "--no-engine";
    options.progress(`planning ${stack} with the SDK's mock monitor: ${why}`);
    const { notes, program } = prepared(checked, config);
    const { planWithMocks } = lazy.mockPlan();
    return {
      notes,
      plan: await planWithMocks({ stack, config, data: checked.file.own, program, why }),
    };
  }
  options.progress(`planning ${stack} with Pulumi ${engine.version} and simulated platforms`);
  const workplace = previewWorkplace(stack, options.stateDir);
  try {
    const { notes, program } = prepared(checked, config);
    const { runEngine } = lazy.enginePlan();
    const run = {
      ...checked.chosen,
      engine,
      config,
      program,
      workplace,
      signal: options.stop.signal,
    };
    return { notes, plan: await runEngine(run, "preview") };
  } finally {
    workplace.leave();
  }
}

/**
 * Carries the stack out, or takes it away, on simulated platforms that are kept. An update is
 * previewed first, because a rule over the whole stack can only stop a change in a preview.
 */
export async function rehearse(operation: "up" | "destroy", options: RunOptions): Promise<Report> {
  const checked = checkStack(options);
  const { chosen, config, problems } = checked;
  const { stack, file } = chosen;
  const head = { action: operation, stack, file, problems };
  if (!config) return { ...head, ok: false, notes: [] };
  const { findEngine, noEngine } = lazy.findEngine();
  const engine = findEngine();
  if (!engine) throw new UsageError(noEngine);
  // Before the program is loaded, which takes seconds: whoever must wait is told at once.
  const workplace = keptWorkplace(stack, options.stateDir);
  const { notes, program } = prepared(checked, config);
  const { runEngine } = lazy.enginePlan();
  const run = { ...chosen, engine, config, program, workplace, signal: options.stop.signal };
  const step = async (what: "preview" | "up" | "destroy", first: boolean): Promise<Report> => {
    options.progress(`${what} of ${stack} on the simulated platforms`);
    const account = `${what} of ${stack} on the simulated platforms (the next one goes on from there)`;
    if (what !== "preview") ledger.begin(account);
    const plan = await runEngine(run, what, async (opened) => {
      // An earlier rehearsal may have been killed half-way.
      if (first) notes.push(...(await lazy.recover().recover(opened)));
    });
    const ok = planPasses(plan, what);
    if (what !== "preview" && ok) ledger.done(account);
    return { ...head, ok, notes, plan };
  };
  try {
    if (operation === "up") {
      const preview = await step("preview", true);
      return preview.ok && !options.stop.asked() ? await step("up", false) : preview;
    }
    const report = await step("destroy", true);
    if (report.ok) workplace.forget();
    return report;
  } finally {
    workplace.leave();
  }
}

/** The program with stand-ins for its secrets. Loaded late: a refused file must not wait for the SDKs. */
function prepared({ file, chosen }: CheckedStack, config: StackConfig) {
  const { note, ...secrets } = placeholders(config, file);
  const { program } = lazy.program();
  return { notes: note ? [note] : [], program: () => program(secrets, dirname(chosen.path)) };
}
