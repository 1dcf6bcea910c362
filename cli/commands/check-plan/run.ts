import { createReadStream, lstatSync } from "node:fs";
import { createInterface } from "node:readline";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { counted } from "../../../model/text";
import { rules } from "../../../policy/rules/all";
import { UsageError } from "../../lib/usage";
import { plain } from "../../report/paint";
import { policyCounts, policyLines } from "../../report/policies";
import { policyPasses } from "../../report/types";
import { engineFindings } from "../../run/events";

/** Far more than a stack of 1,000 guests writes. */
const mostBytes = 512 * 1024 * 1024;

/** What a run of the engine proves about the rules. */
export interface PlanCheck {
  ok: boolean;
  lines: string[];
}

/**
 * Whether a run of the engine judged the stack with every rule of this checkout's pack. The engine
 * itself ends well when a pack had no rules, or when a rule could not be evaluated.
 *
 * @param file what `pulumi preview --event-log` wrote: one event per line
 * @throws UsageError where the file is none
 */
export async function checkPlan(file: string): Promise<PlanCheck> {
  const { policies, diagnostics } = engineFindings(await eventsIn(file), rules);
  const ran = policies.filter(({ unable }) => unable.length === 0).length;
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const ok = policies.length > 0 && policies.every(policyPasses) && errors === 0;
  return {
    ok,
    lines: [
      ...policyLines(policies, { paint: plain, width: 140 }),
      `${ran} of ${counted(policies.length, "rule")} ran: ${policyCounts(policies)}`,
      ...(errors > 0 ? [`the engine reported ${counted(errors, "error")}`] : []),
    ],
  };
}

async function eventsIn(file: string): Promise<EngineEvent[]> {
  const found = lstatSync(file, { throwIfNoEntry: false });
  const what =
    found === undefined
      ? "no such file"
      : found.isFile()
        ? found.size > mostBytes && `${found.size} bytes`
        : "something that is no file";
  if (what) {
    throw new UsageError(
      `${file}: found ${what}, expected the events of a run; write them with: pulumi preview --event-log ${file}`,
    );
  }
  const events: EngineEvent[] = [];
  const lines = createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Infinity });
  for await (const line of lines) {
    if (line.trim() === "") continue;
    try {
      const event: unknown = JSON.parse(line);
      if (typeof event === "object" && event !== null) events.push(event as EngineEvent);
    } catch {
      throw new UsageError(`${file}: line ${events.length + 1} is no event; was the run cut off?`);
    }
  }
  return events;
}
