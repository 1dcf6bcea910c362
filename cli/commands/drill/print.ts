import type { StackConfig } from "../../../config/stack";
import { findAddress, type VrrpSection, vrrpAddresses } from "../../../config/virtual-addresses";
import { type DrillRecord, trends } from "../../../model/drill/record";
import { jsonText, linesText } from "../../../model/foreign-text";
import type { SiteFlags } from "../../lib/options";
import { finish, isStopped, progress } from "../../lib/process";
import { chooseStack, nameOf, parseChosen } from "../../lib/stack-files";
import { terminal } from "../../lib/terminal/terminal";
import { PreconditionError, UsageError } from "../../lib/usage";
import type { Pair } from "../../lib/vrrp-pair";
import { paintFor } from "../../report/paint";
import { readRecords } from "./records";
import type { Drilled } from "./run";
import { drillText, trendText } from "./text";

/**
 * How a drill is agreed to: by a flag, or by typing the name of the pair. Without a person there is no
 * other way.
 *
 * @throws PreconditionError where nobody can be asked
 */
export function confirmed(yes: boolean): (plan: string, pair: Pair) => Promise<boolean> {
  return async (plan, { name }) => {
    for (const line of plan.split("\n")) progress(line);
    if (yes) return true;
    if (process.stdin.isTTY !== true) {
      throw new PreconditionError(
        "nobody is here to confirm; run it in a terminal, or with --yes; nothing was changed",
      );
    }
    const typed = await terminal()(`type the name of the pair, ${name}, to begin`);
    if (typed === name) return true;
    progress(`found "${typed}", expected ${name}; nothing was changed`);
    return false;
  };
}

/** Prints a drill, also one that was stopped: what was found out is the account of it. */
export function reportText({ record, history, file, unwritten }: Drilled, json: boolean): void {
  const text = drillText(record, trends(history), paintFor(process.stdout));
  if (!isStopped()) finish.print(json ? `${jsonText(record)}\n` : text);
  else for (const line of text.trimEnd().split("\n")) progress(line);
  progress(file === undefined ? `the record was not kept: ${unwritten}` : `wrote ${file}`);
}

/** How the drills of a stack went. */
export async function pastText(
  flags: SiteFlags & { pair?: string },
  json: boolean,
): Promise<string> {
  const chosen = chooseStack(flags);
  const stack = nameOf(chosen);
  // Also where the file has mistakes today: how drills went does not hang on it.
  const { parsed } = parseChosen(chosen);
  const all = readRecords(chosen.path, stack);
  const place = flags.pair === undefined ? undefined : placeOf(flags.pair, parsed.stack, all);
  const records = all.filter(({ pair }) => place === undefined || pair === place);
  if (json) return `${jsonText(records)}\n`;
  if (records.length === 0) {
    const whose = flags.pair === undefined ? "" : ` of ${flags.pair}`;
    return `${stack}: no drill${whose} was made yet\n`;
  }
  const pairs = [...new Set(records.map(({ pair }) => pair))];
  const paint = paintFor(process.stdout);
  return pairs
    .map((pair) => {
      const own = records.filter((record) => record.pair === pair);
      const last = own.at(-1);
      if (!last) return "";
      const lines = own.length > 1 ? trendText(trends(own)) : [];
      return `${linesText([paint.bold(`${pair}: ${own.length} drills`)])}${drillText(last, [], paint)}${lines.map((line) => linesText([line])).join("")}`;
    })
    .join("\n");
}

/** Section and name of a pair that the stack has, or had when it was drilled. */
function placeOf(
  named: string,
  stack: StackConfig | undefined,
  records: readonly DrillRecord[],
): string {
  const present = stack ? vrrpAddresses<unknown>(stack) : [];
  const past = [...new Set(records.map(({ pair }) => pair))]
    .filter((place) => !present.some((one) => one.place === place))
    .map((place) => {
      const [section = "", name = ""] = place.split(".");
      return { section: section as VrrpSection, name, place, settings: undefined };
    });
  const found = findAddress<unknown>([...present, ...past], named);
  if ("problem" in found) throw new UsageError(found.problem);
  return found.place;
}
