import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { FAULT_NAMES } from "../../../model/drill/faults";
import { type DrillRecord, trends } from "../../../model/drill/record";
import { errorText } from "../../../model/text";
import { recordedOrNone } from "../../lib/recorded";
import { replaceFile } from "../../lib/replace-file";
import { trendSvg } from "../../report/picture/trend-svg";
import { journalDir } from "../cutover/journal";

// JSON has no Infinity: a time that never comes is null there.
const time = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.POSITIVE_INFINITY);

const recordSchema = z.object({
  version: z.literal(1),
  stack: z.string(),
  pair: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  url: z.string(),
  faults: z.array(
    z.object({
      fault: z.enum(FAULT_NAMES),
      title: z.string(),
      member: z.string(),
      taker: z.string().exactOptional(),
      movedSec: z.number().exactOptional(),
      returnedSec: z.number().exactOptional(),
      outageSec: z.number(),
      requests: z.number(),
      lost: z.number(),
      predicted: z.object({ movedSec: time, outageSec: time, returnedSec: time }),
      restored: z.array(z.string()),
      left: z.array(z.string()),
      surprise: z.string().exactOptional(),
    }),
  ),
  notMade: z.array(z.enum(FAULT_NAMES)),
}) satisfies z.ZodType<DrillRecord>;

/** Folder of the records of drills: beside the stack file, so that they belong to it. */
export const drillDir = (stackFile: string) => join(journalDir(stackFile), "drills");

/**
 * Name of what is kept of a pair's drills. No two pairs share one: a section has no hyphen and a name no
 * dot, so the last of each part the stack (which may have both) from the pair.
 *
 * @param pair section and name
 */
export const keptName = (stack: string, pair: string) => `${stack}-${pair}`;

/** Writes the record of a drill; returns its file. */
export function writeRecord(stackFile: string, record: DrillRecord): string {
  const folder = drillDir(stackFile);
  mkdirSync(folder, { recursive: true });
  const when = record.startedAt.replace(/[:.]/g, "-");
  const file = join(folder, `${keptName(record.stack, record.pair)}-${when}.json`);
  replaceFile(file, `${JSON.stringify(record, null, 2)}\n`);
  return file;
}

/** The drills of a stack, the oldest first; files that are none are passed over. */
export function readRecords(stackFile: string, stack: string, pair?: string): DrillRecord[] {
  let names: string[];
  try {
    names = readdirSync(drillDir(stackFile));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return names
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      const text = readFileSync(join(drillDir(stackFile), name), "utf8");
      return recordedOrNone(recordSchema, text) ?? [];
    })
    .filter((record) => record.stack === stack && (pair === undefined || record.pair === pair))
    .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

/** What is left of a drill beside its record. */
export interface Kept {
  /** Every drill of this pair, the new one last. */
  history: DrillRecord[];
  /** Where the record was written. @default it could not be */
  file?: string;
  /** Why it was not. */
  unwritten?: string;
}

/** Keeps a record and the picture of the trend; the drill itself is told of all the same. */
export function keepRecord(path: string, record: DrillRecord): Kept {
  try {
    const file = writeRecord(path, record);
    const { stack, pair } = record;
    const history = readRecords(path, stack, pair);
    const picture = trendSvg(`Outages in drills of ${stack}, ${pair}`, trends(history));
    writeFileSync(join(drillDir(path), `${keptName(stack, pair)}.svg`), picture);
    return { history, file };
  } catch (error) {
    return { history: [record], unwritten: errorText(error) };
  }
}
