import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { emptyJournal, type Journal } from "../../../model/cutover/journal";
import { recordedOrNone } from "../../lib/recorded";
import { replaceFile } from "../../lib/replace-file";
import { Failure } from "../../lib/usage";

/** Folder of the journals: beside the stack file, so that they belong to it. */
export function journalDir(stackFile: string): string {
  return join(dirname(stackFile), ".homelab");
}

/** File of one cutover's journal. */
export function journalFile(stackFile: string, cutover: string): string {
  return join(journalDir(stackFile), `cutover-${cutover}.json`);
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
