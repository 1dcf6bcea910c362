import { dirname, join } from "node:path";
import { cutoverFacts } from "../../../config/checks/cutover-facts";
import { hint } from "../../../config/file/nearest";
import { at } from "../../../config/file/raw";
import { readStackFile } from "../../../config/file/stack-file";
import type { Journal } from "../../../model/cutover/journal";
import { strayPhases } from "../../../model/cutover/journal";
import { cutoverPhases } from "../../../model/cutover/phases";
import type { CutoverFacts, CutoverPhase } from "../../../model/cutover/types";
import { pageUrl } from "../../../model/pages";
import { listed } from "../../../model/text";
import { readNamed } from "../../lib/files";
import type { SiteFlags } from "../../lib/options";
import { type ChosenStack, knownStacks, nameOf } from "../../lib/stack-files";
import { Failure, PreconditionError, UsageError } from "../../lib/usage";
import type { ReportedProblem } from "../../report/types";
import { checkStack } from "../../run/check";
import { journalFile, journalInUse, readJournal } from "./journal";

/** Which cutover a person means. */
export interface CutoverChoice extends SiteFlags {
  name?: string;
}

/** One cutover with everything that is known of it. */
export interface CutoverContext {
  chosen: ChosenStack;
  facts: CutoverFacts;
  phases: CutoverPhase[];
  /** File of the journal, absolute. */
  journalFile: string;
  journal: Journal;
}

/** Other stacks of the folder that have a cutover of a name, in the same site where there are sites. */
function stacksWithCutover({ path, stack, site }: ChosenStack, name: string): string[] {
  const folder = dirname(path);
  const place = [...(site === undefined ? [] : ["sites", site]), "cutovers", name];
  return knownStacks(folder).filter((other) => {
    const file = join(folder, `Pulumi.${other}.yaml`);
    return (
      other !== stack &&
      file !== path &&
      at(readStackFile(readNamed(file)).data, place) !== undefined
    );
  });
}

/** A stack file that is refused: nothing of a cutover may begin. */
export interface RefusedStack {
  chosen: ChosenStack;
  problems: ReportedProblem[];
}

/**
 * Reads a cutover from the stack file, and its journal from beside it.
 *
 * @throws UsageError for a name that the file does not have
 * @throws Failure if the journal has phases that the plan has no more
 */
export function openCutover(choice: CutoverChoice): CutoverContext | RefusedStack {
  const { chosen, config, problems } = checkStack(choice);
  if (!config) return { chosen, problems };
  const name = chooseName(Object.keys(config.cutovers), choice.name, chosen.file);
  const facts = cutoverFacts(config, name);
  if (!facts) throw new Failure(`cutover "${name}" has no target in ${chosen.file}`);
  const phases = cutoverPhases(facts);
  const { path, site } = chosen;
  const file = journalInUse(journalFile(path, nameOf(chosen), name), path, {
    name: site === undefined ? name : `${site}.${name}`,
    others: stacksWithCutover(chosen, name),
  });
  const journal = readJournal(file, name);
  const stray = strayPhases(phases, journal);
  if (stray.length > 0) {
    throw new Failure(
      `${listed(stray)} of cutover "${name}" ${stray.length === 1 ? "was" : "were"} begun, but the stack file has nothing of it any more; put back what was taken out of homelab:cutovers.${name}, then go on or back`,
    );
  }
  return { chosen, facts, phases, journalFile: file, journal };
}

function chooseName(known: readonly string[], name: string | undefined, file: string): string {
  const [only, ...others] = known;
  if (only === undefined) {
    throw new PreconditionError(
      `${file} has no cutover; write homelab:cutovers, see ${pageUrl("cutover.md")}`,
    );
  }
  if (name === undefined) {
    if (others.length === 0) return only;
    throw new UsageError(
      `${file} has ${known.length} cutovers; choose with --name ${listed(known, 9, "or")}`,
    );
  }
  if (known.includes(name)) return name;
  throw new UsageError(`there is no cutover "${name}" in ${file}; ${hint(name, known)}`);
}
