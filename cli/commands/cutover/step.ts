import type { Check } from "../../../model/cutover/types";
import { jsonText, linesText } from "../../../model/foreign-text";
import { finish, interruptible, progress, type Stop } from "../../lib/process";
import { PreconditionError, UsageError } from "../../lib/usage";
import { paintFor } from "../../report/paint";
import { problemLines } from "../../report/problems";
import { withFolderLocked } from "../../run/folder-lock";
import { type CutoverChoice, type CutoverContext, openCutover } from "./context";
import type { ProbeOptions } from "./https-probes";
import { journalDir } from "./journal";
import { makeChecks } from "./probes";
import { checksOf, goBack, goForward, presentChecks, type StepResult } from "./run";
import { checkedLines, planLines, statusLines, stepLines } from "./text";
import { updateStack } from "./update";

/** What the options of `homelab cutover` say. */
export interface CutoverFlags extends CutoverChoice {
  json?: boolean;
  phase?: string;
  curl?: string;
  skip?: Check["kind"][];
  yes?: boolean;
  confirm?: boolean;
  maxWait?: string;
  simulated?: boolean;
  stateDir?: string;
}

/** A command below `homelab cutover`. */
export type CutoverWord = "plan" | "status" | "check" | "start" | "next" | "back";

/** Exit code when something is left to a person, or to time. */
const TOLD = 3;

const print = (lines: readonly string[]) => finish.print(linesText(lines));
const printJson = (value: unknown) => finish.print(`${jsonText(value)}\n`);

/** Runs a command below `homelab cutover`; returns its exit code. */
export async function runCutover(word: CutoverWord, flags: CutoverFlags): Promise<number> {
  const paint = paintFor(process.stdout);
  const found = openCutover(flags);
  if ("problems" in found) {
    if (flags.json) printJson({ problems: found.problems });
    else {
      print([
        ...problemLines(found.chosen.file, found.problems, paint),
        "",
        "refused: the stack file has errors, and a cutover needs one without",
      ]);
    }
    return 1;
  }
  const { facts, phases, journal } = found;
  if (word === "plan") {
    if (flags.json) printJson({ facts, phases, journal });
    else print(planLines(facts, phases, journal, paint));
    return 0;
  }
  if (word === "status") {
    if (flags.json) printJson(journal);
    else print(statusLines(facts, phases, journal, paint));
    return 0;
  }
  if (word === "check") {
    const checks = flags.phase === undefined ? presentChecks(found) : checksOf(found, flags.phase);
    const checked = await interruptible(() => makeChecks(checks, probeOptions(found, flags)));
    if (flags.json) printJson(checked);
    else print(checkedLines(checked, paint));
    return checked.some(({ outcome }) => outcome === "fail") ? 1 : 0;
  }
  const step = async (stop: Stop) => {
    const again = openCutover(flags);
    // Read once more under the lock: another command may have gone a phase further.
    if ("problems" in again) throw new PreconditionError("the stack file was changed meanwhile");
    return makeStep(word, again, flags, stop);
  };
  const result = await interruptible((stop) =>
    withFolderLocked(journalDir(found.chosen.path), ".homelab", () => step(stop)),
  );
  print(stepLines(result, word, facts.name, paint));
  return codeOf(result);
}

function makeStep(
  word: "start" | "next" | "back",
  cutover: CutoverContext,
  flags: CutoverFlags,
  stop: Stop,
): Promise<StepResult> {
  const { journal, phases, facts } = cutover;
  const [first] = phases;
  const started = first !== undefined && journal.phases[first.id]?.state === "done";
  if (word === "start" && started) {
    throw new PreconditionError(
      `cutover "${facts.name}" was already started; continue with \`homelab cutover next --name ${facts.name}\``,
    );
  }
  if (word === "next" && !started) {
    throw new PreconditionError(
      `cutover "${facts.name}" was not started; begin with \`homelab cutover start --name ${facts.name}\``,
    );
  }
  const maxWaitSec = Number(flags.maxWait);
  if (!(maxWaitSec >= 0)) {
    throw new UsageError(`found --max-wait ${flags.maxWait}, expected seconds such as 300`);
  }
  const options = {
    ...probeOptions(cutover, flags),
    yes: flags.yes === true,
    maxWaitSec,
    stopped: () => stop.asked(),
    progress,
    update: (phase: Parameters<typeof updateStack>[1]) =>
      updateStack(cutover, phase, { ...flags, stop, progress }),
  };
  return word === "back" ? goBack(cutover, options) : goForward(cutover, options);
}

function codeOf({ kind }: StepResult): number {
  if (kind === "failed") return 1;
  return kind === "told" || kind === "wait" ? TOLD : 0;
}

function probeOptions({ facts }: CutoverContext, flags: CutoverFlags): ProbeOptions {
  const { caFile } = facts.verify;
  return {
    ...(caFile !== undefined && { caFile }),
    ...(flags.curl !== undefined && { curl: flags.curl }),
    skip: flags.skip ?? [],
    confirm: flags.confirm === true,
  };
}
