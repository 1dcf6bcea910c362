import type { StackPhase } from "../../../model/cutover/types";
import { ledger } from "../../lib/ledger";
import type { Stop } from "../../lib/process";
import { Failure, UsageError } from "../../lib/usage";
import { plain } from "../../report/paint";
import { reportText } from "../../report/text";
import { rehearse } from "../../run/rehearse";
import type { CutoverContext } from "./context";
import { setPhase } from "./stack-file";

/** On which platforms the stack is updated. */
export interface UpdateOptions {
  file?: string;
  simulated?: boolean;
  stateDir?: string;
  stop: Stop;
  progress: (line: string) => void;
}

/**
 * Brings the stack to a phase: writes it into the stack file, then runs the update that makes it
 * true. Both may be repeated.
 *
 * @throws Failure if the update is refused or fails
 */
export async function updateStack(
  { chosen, facts }: CutoverContext,
  phase: StackPhase,
  options: UpdateOptions,
): Promise<void> {
  const { stop, progress, stateDir } = options;
  if (!options.simulated && options.file !== undefined) {
    throw new UsageError(
      "found --file without --simulated; the real stack is updated from its own Pulumi.<stack>.yaml, so name it with --stack",
    );
  }
  setPhase(chosen.path, facts.name, phase, chosen.site);
  ledger.done(`phase "${phase}" in ${chosen.file}`);
  if (!options.simulated) {
    const { updateReal } = await import("./real.js");
    await updateReal(chosen.stack, facts, stop, progress);
    return;
  }
  const { stack } = chosen;
  const report = await rehearse("up", {
    stack,
    file: chosen.path,
    engine: true,
    stop,
    progress,
    ...(stateDir !== undefined && { stateDir }),
  });
  if (report.ok) return;
  const text = reportText(report, { paint: plain, width: 100, all: false });
  throw new Failure(`the update was refused:\n${text.join("\n")}`);
}
