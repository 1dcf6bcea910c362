import { ledger } from "../lib/ledger";
import { PreconditionError } from "../lib/usage";
import { planPasses, type Report } from "../report/types";
import { checkFile } from "./check";
import { prepared, type RunOptions } from "./prepare";
import { keptWorkplace } from "./workplace";

/**
 * Carries the stack out, or takes it away, on simulated platforms that are kept. An update is
 * previewed first, because a rule over the whole stack can only stop a change in a preview.
 */
export async function rehearse(operation: "up" | "destroy", options: RunOptions): Promise<Report> {
  const checked = checkFile(options);
  const { chosen, sites, problems } = checked;
  const { stack, file } = chosen;
  const head = { action: operation, stack, file, problems };
  if (sites.length === 0) return { ...head, ok: false, notes: [] };
  const { findEngine, noEngine } = await import("../../clients/pulumi/engine.js");
  const engine = findEngine();
  if (!engine) throw new PreconditionError(noEngine);
  // Before the program is loaded, which takes seconds: whoever must wait is told at once.
  const workplace = keptWorkplace(stack, options.stateDir);
  const { notes, program } = await prepared(checked);
  const { runEngine } = await import("./engine-plan.js");
  const run = { ...chosen, engine, sites, program, workplace, signal: options.stop.signal };
  const step = async (what: "preview" | "up" | "destroy", first: boolean): Promise<Report> => {
    options.progress(`${what} of ${stack} on the simulated platforms`);
    const account = `${what} of ${stack} on the simulated platforms (the next one goes on from there)`;
    if (what !== "preview") ledger.begin(account);
    const plan = await runEngine(run, what, async (opened) => {
      // An earlier rehearsal may have been killed half-way.
      if (!first) return;
      const { recover } = await import("../commands/recover/run.js");
      notes.push(...(await recover(opened)));
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
