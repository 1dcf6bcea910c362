import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { emptyJournal, type Journal } from "../../../model/cutover/journal";
import { recordedOrNone } from "../../lib/recorded";
import { replaceFile } from "../../lib/replace-file";
import { Failure } from "../../lib/usage";

/** Folder of the journals: beside the stack file, so that they belong to it. */
export function journalDir(stackFile: string): string {
  return join(dirname(stackFile), ".homelab");
}

/**
 * File of one cutover's journal. Its name has the stack's, for the files of two stacks in one folder may have
 * cutovers of one name.
 *
 * @param stack with its site, as other things that are kept have it
 */
export function journalFile(stackFile: string, stack: string, cutover: string): string {
  return join(journalDir(stackFile), `cutover-${stack}.${cutover}.json`);
}

/** A journal of an earlier version, whose name was without the stack's. */
export interface EarlierJournal {
  /** What stood in its name: the cutover, behind its site where there is one. */
  name: string;
  /** Other stacks of the folder that have a cutover of this name. */
  others: readonly string[];
}

/**
 * The journal to go on with: one of an earlier version stays in use where nobody else can mean it.
 *
 * @throws Failure where it may be that of another stack
 */
export function journalInUse(file: string, stackFile: string, earlier: EarlierJournal): string {
  const before = join(journalDir(stackFile), `cutover-${earlier.name}.json`);
  if (existsSync(file) || !existsSync(before)) return file;
  const [other] = earlier.others;
  if (other === undefined) return before;
  throw new Failure(
    `${before} is a journal of ${basename(stackFile)} or of the stack "${other}", which has a cutover of this name too; rename it to ${basename(file)} if it is of this one, else to that of the other`,
  );
}

/** Reads a journal; an empty one when the cutover was never started. */
export function readJournal(file: string, cutover: string): Journal {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return emptyJournal(cutover);
    throw error;
  }
  const journal = recordedOrNone(journalSchema, text);
  if (journal?.cutover === cutover) return journal;
  throw new Failure(
    `${file} is not a journal of cutover "${cutover}"; look at it, and move it away if it is not needed`,
  );
}

const journalSchema = z.object({
  version: z.literal(1),
  cutover: z.string(),
  phases: z.record(
    z.string(),
    z.object({ state: z.enum(["doing", "done", "undoing", "undone"]), at: z.iso.datetime() }),
  ),
}) satisfies z.ZodType<Journal>;

/** Writes a journal; an empty one is removed. */
export function writeJournal(file: string, journal: Journal): void {
  if (Object.keys(journal.phases).length === 0) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  replaceFile(file, `${JSON.stringify(journal, null, 2)}\n`);
}
