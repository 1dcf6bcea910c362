import { rmSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation";
import { openStack } from "../../clients/pulumi/engine";
import type { Engine } from "../../clients/pulumi/engine-command";
import { engineReason } from "../../clients/pulumi/engine-error";
import { policyPack } from "../../clients/pulumi/project";
import type { FileSite } from "../../config/file/parse-file";
import { rules } from "../../policy/rules/all";
import { seedFromSites } from "../../sim/seed";
import { startSim } from "../../sim/server";
import { onLeave } from "../lib/process";
import type { Plan } from "../report/types";
import { engineFindings } from "./events";
import { endOwnProcesses, RUN_VARIABLE, runMark } from "./left-overs";
import { type Workplace, worldFile } from "./workplace";

/** What a run of the real engine on the simulated platforms needs. */
export interface EngineRun {
  engine: Engine;
  /** Name of the stack. */
  stack: string;
  /** Absolute path of the stack file. */
  path: string;
  sites: readonly FileSite[];
  program: () => Promise<Record<string, unknown>>;
  workplace: Workplace;
  /** Asks the engine to stop. */
  signal: AbortSignal;
}

/** Operations that a rehearsal knows. */
export type EngineOperation = "preview" | "up" | "destroy";

/**
 * Runs one operation with the policy pack and collects what the engine tells.
 *
 * @param before what must be put in order first. @default nothing
 */
export async function runEngine(
  run: EngineRun,
  operation: EngineOperation,
  before: (stack: Stack) => Promise<void> = async () => {},
): Promise<Plan> {
  const sim = await startSim({
    ...seedFromSites(run.sites),
    stateFile: worldFile(run.workplace.dir),
  });
  const events: EngineEvent[] = [];
  const left = onLeave(() => {
    endOwnProcesses();
    // The folder is this process's alone, so the lock is the ended engine's.
    const locks = join(run.workplace.dir, "backend", ".pulumi", "locks");
    rmSync(locks, { recursive: true, force: true });
  });
  let failure: unknown;
  try {
    const stack = await openStack({
      engine: run.engine,
      stack: run.stack,
      program: run.program,
      sim,
      stateDir: run.workplace.dir,
      configFile: run.path,
      env: { [RUN_VARIABLE]: runMark() },
    });
    await before(stack);
    await operate(stack, operation, run.signal, (event) => events.push(event));
  } catch (error) {
    failure = error;
  } finally {
    await sim.stop();
    left();
  }
  return enginePlan(run, operation, events, failure);
}

function operate(
  stack: Stack,
  operation: EngineOperation,
  signal: AbortSignal,
  onEvent: (event: EngineEvent) => void,
) {
  const options = { onEvent, color: "never", signal } as const;
  // A pack judges what is planned; nothing is planned when everything goes.
  if (operation === "destroy") return stack.destroy(options);
  return stack[operation]({ ...options, policyPacks: [policyPack] });
}

function enginePlan(
  run: EngineRun,
  operation: EngineOperation,
  events: readonly EngineEvent[],
  failure: unknown,
): Plan {
  const findings = engineFindings(events, operation === "destroy" ? [] : rules);
  // The engine ends a run that violates a rule like one that failed: only the rest needs a reason.
  const explained =
    findings.diagnostics.some(({ severity }) => severity === "error") ||
    findings.policies.some((policy) =>
      policy.violations.some(({ enforcement }) => enforcement === "mandatory"),
    );
  if (failure !== undefined && !explained) {
    findings.diagnostics.push({ severity: "error", message: engineReason(failure) });
  }
  return {
    mode: { kind: "engine", detail: run.engine.version, against: run.workplace.against },
    ...findings,
    completed: events.some((event) => event.summaryEvent) || failure === undefined,
  };
}
