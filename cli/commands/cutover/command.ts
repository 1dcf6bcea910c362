import { type Command, Option } from "commander";
import type { Check } from "../../../model/cutover/types";
import { finish, interruptible, type Stop } from "../../lib/process";
import { UsageError } from "../../lib/usage";
import { paintFor } from "../../report/paint";
import { problemLines } from "../../report/problems";
import { withFolderLocked } from "../../run/folder-lock";
import { type CutoverContext, openCutover, type RefusedStack } from "./context";
import { journalDir } from "./journal";
import { makeChecks, type ProbeOptions } from "./probes";
import { checksOf, goBack, goForward, presentChecks, type StepResult } from "./run";
import { checkedLines, planLines, statusLines, stepLines } from "./text";
import { updateStack } from "./update";

interface CutoverFlags {
  stack?: string;
  file?: string;
  name?: string;
  json?: boolean;
  phase?: string;
  curl?: string;
  skip?: Check["kind"][];
  yes?: boolean;
  confirm?: boolean;
  maxWait: string;
  simulated?: boolean;
  stateDir?: string;
}

/** Exit code when something is left to a person, or to time. */
const TOLD = 3;

/** Kinds of checks that may be left out; the others are what the move is about. */
const skippable = ["http3", "clientAddress"];

/**
 * Adds `homelab cutover`.
 *
 * @param write prints a text on standard output
 */
export function cutoverCommand(
  homelab: Command,
  write: (text: string) => void,
  progress: (line: string) => void,
): void {
  const cutover = homelab
    .command("cutover")
    .description("move clients from one address to another, phase by phase, without an outage");
  const print = (lines: readonly string[]) => write(`${lines.join("\n")}\n`);
  const paint = paintFor(process.stdout);

  const opened = (flags: CutoverFlags): CutoverContext | undefined => {
    const found: CutoverContext | RefusedStack = openCutover(flags);
    if (!("problems" in found)) return found;
    if (flags.json) write(`${JSON.stringify({ problems: found.problems }, null, 2)}\n`);
    else {
      print([
        ...problemLines(found.chosen.file, found.problems, paint),
        "",
        "refused: nothing of a cutover begins with a stack file that has mistakes",
      ]);
    }
    finish.code(1);
    return undefined;
  };

  common(cutover.command("plan"))
    .description("print the phases: what is checked, done, and taken back")
    .option("--json", "print one JSON document and nothing else")
    .action((flags: CutoverFlags) => {
      const found = opened(flags);
      if (!found) return;
      const { facts, phases, journal } = found;
      if (flags.json) write(`${JSON.stringify({ facts, phases, journal }, null, 2)}\n`);
      else print(planLines(facts, phases, journal, paint));
    });

  common(cutover.command("status"))
    .description("say which phases are done, and since when")
    .option("--json", "print one JSON document and nothing else")
    .action((flags: CutoverFlags) => {
      const found = opened(flags);
      if (!found) return;
      const { facts, phases, journal } = found;
      if (flags.json) write(`${JSON.stringify(journal, null, 2)}\n`);
      else print(statusLines(facts, phases, journal, paint));
    });

  checking(common(cutover.command("check")))
    .description("make the checks of where it is now; changes nothing")
    .option("--phase <id>", "make the checks of this phase instead")
    .option("--json", "print one JSON document and nothing else")
    .action(async (flags: CutoverFlags) => {
      const found = opened(flags);
      if (!found) return;
      const checks =
        flags.phase === undefined ? presentChecks(found) : checksOf(found, flags.phase);
      const checked = await interruptible(() => makeChecks(checks, probeOptions(found, flags)));
      if (flags.json) write(`${JSON.stringify(checked, null, 2)}\n`);
      else print(checkedLines(checked, paint));
      finish.code(checked.some(({ outcome }) => outcome === "fail") ? 1 : 0);
    });

  const described = {
    start: "make the checks that must hold before anything moves, and open the journal",
    next: "do the next phase, or go on with the one that was begun",
    back: "take the last phase back, or go on with that",
  } as const;
  for (const word of ["start", "next", "back"] as const) {
    stepping(checking(common(cutover.command(word))))
      .description(described[word])
      .action(async (flags: CutoverFlags) => {
        const found = opened(flags);
        if (!found) return;
        const step = async (stop: Stop) => {
          const again = openCutover(flags);
          // Read once more under the lock: another command may have gone a phase further.
          if ("problems" in again) throw new UsageError("the stack file was changed meanwhile");
          return makeStep(word, again, flags, stop, progress);
        };
        const patient = flags.yes === true && !flags.simulated;
        const result = await interruptible(
          (stop) => withFolderLocked(journalDir(found.chosen.path), ".homelab", () => step(stop)),
          { patient },
        );
        print(stepLines(result, word, found.facts.name, paint));
        finish.code(codeOf(result));
      });
  }
}

function makeStep(
  word: "start" | "next" | "back",
  cutover: CutoverContext,
  flags: CutoverFlags,
  stop: Stop,
  progress: (line: string) => void,
): Promise<StepResult> {
  const { journal, phases, facts } = cutover;
  const [first] = phases;
  const started = first !== undefined && journal.phases[first.id]?.state === "done";
  if (word === "start" && started) {
    throw new UsageError(
      `cutover "${facts.name}" was started already; go on with \`homelab cutover next --name ${facts.name}\``,
    );
  }
  if (word === "next" && !started) {
    throw new UsageError(
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

function common(command: Command): Command {
  return command
    .option("--stack <name>", "stack whose file Pulumi.<name>.yaml is read (default: homelab)")
    .option("--file <path>", "stack file to read instead")
    .option("--name <cutover>", "name in homelab:cutovers; not needed where there is only one");
}

function checking(command: Command): Command {
  return command
    .option("--curl <path>", "a curl with HTTP/3 (default: the one on PATH, if it has it)")
    .addOption(new Option("--skip <kinds...>", "checks to leave out").choices(skippable));
}

function stepping(command: Command): Command {
  return command
    .option("--yes", "set the phase in the stack file and run the update")
    .option("--confirm", "say that what no check can see is done")
    .option("--max-wait <seconds>", "longest wait inside the command", "300")
    .option("--simulated", "rehearse: update simulated platforms that are kept")
    .option("--state-dir <dir>", "folder that keeps the simulated platforms from run to run");
}
