import { projectRoot } from "../../clients/pulumi/project";
import { shortfallsOf } from "../../config/checks/minimum-resilience";
import { backendProblems, statedBackend } from "../../config/file/state-backend";
import type { StackConfig } from "../../config/stack";
import { planPasses, type Report } from "../report/types";
import { type CheckedStack, checkStack } from "./check";
import { declaredCutovers } from "./cutovers";
import { resilienceOf, virtualAddressesOf } from "./judgement";
import { prepared, type RunOptions } from "./prepare";
import { previewWorkplace } from "./workplace";

/** A whole preview: configuration, plan, policies, resilience. Nothing is registered for a refused file. */
export async function previewReport(options: RunOptions): Promise<Report> {
  const checked = checkStack(options);
  const { config } = checked;
  const { stack, file } = checked.chosen;
  // A rehearsal keeps its own state; what is meant is the one that `pulumi up` would use.
  const backend = config ? backendProblems(config, statedBackend(process.env, projectRoot)) : [];
  const problems = [
    ...checked.problems,
    ...backend.map(({ message, severity, outside }) => ({
      path: outside?.text ?? "",
      message,
      severity,
    })),
  ];
  const head = { action: "preview" as const, stack, file, problems };
  if (!config) return { ...head, ok: false, notes: [] };
  const { plan, notes } = await planOf(checked, config, options);
  const shortfalls = shortfallsOf(config, { mustSurvive: options.minResilience ?? [] });
  return {
    ...head,
    ok: planPasses(plan, "preview") && shortfalls.length === 0 && backend.length === 0,
    ...(shortfalls.length > 0 && { shortfalls }),
    notes,
    plan,
    virtualAddresses: virtualAddressesOf(config),
    resilience: resilienceOf(config),
    ...declaredCutovers(config),
  };
}

async function planOf(checked: CheckedStack, config: StackConfig, options: RunOptions) {
  const { stack } = checked.chosen;
  const { findEngine } = await import("../../clients/pulumi/engine.js");
  const engine = options.engine ? findEngine() : undefined;
  if (!engine) {
    const why = options.engine ? "no Pulumi CLI was found on PATH" : "--no-engine";
    options.progress(`planning ${stack} with the SDK's mock monitor: ${why}`);
    const { notes, program } = await prepared(checked, config);
    const { planWithMocks } = await import("./mock-plan.js");
    return {
      notes,
      plan: await planWithMocks({ stack, config, data: checked.file.own, program, why }),
    };
  }
  options.progress(`planning ${stack} with Pulumi ${engine.version} and simulated platforms`);
  const workplace = previewWorkplace(stack, options.stateDir);
  try {
    const { notes, program } = await prepared(checked, config);
    const { runEngine } = await import("./engine-plan.js");
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
