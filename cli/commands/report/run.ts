import type { StackConfig } from "../../../config/stack";
import { trends, went } from "../../../model/drill/record";
import { procedures } from "../../../model/runbook/runbook";
import { readEarlier } from "../../lib/earlier-stack";
import { checkOutput, writeNamed } from "../../lib/files";
import type { Format, PageFormat } from "../../lib/options";
import { finish, interruptible, step } from "../../lib/process";
import { chooseStack } from "../../lib/stack-files";
import type { Picture } from "../../report/picture/types";
import { shownReport } from "../../report/show";
import type { Report } from "../../report/types";
import { checkFile } from "../../run/check";
import { compareWith } from "../../run/compare";
import { pictureOf } from "../../run/picture";
import { type RunOptions, warmUp } from "../../run/prepare";
import { previewReport } from "../../run/preview";
import { readRecords } from "../drill/records";
import { houseOf } from "../runbook/house";

interface ReportOptions extends Pick<RunOptions, "stack" | "file" | "stateDir" | "engine"> {
  format: Format | PageFormat;
  /** Earlier stack file or commit to compare with. */
  diff?: string;
  /** File to write. @default standard output */
  output?: string;
  /** Characters per line of the format `text`. @default those of the terminal */
  width?: number;
}

/**
 * Previews, compares with an earlier stack file, and writes the report.
 *
 * @returns whether no problems were found
 */
export async function comparedReport(options: ReportOptions): Promise<boolean> {
  const { diff, output, format } = options;
  // What is named wrongly is said before the run, which takes its time.
  const earlier = diff === undefined ? undefined : readEarlier(diff, chooseStack(options).path);
  if (output !== undefined) checkOutput(output);
  await warmUp(options);
  const report = await interruptible((stop) => previewReport({ ...options, stop, progress: step }));
  const compared = earlier === undefined ? report : compareWith(earlier, report);
  const drawn = format === "json" ? compared : withPictures(options, compared);
  const text = shownReport(drawn, format, options);
  if (output === undefined) finish.print(text, format === "markdown" ? format : "text");
  else writeNamed(output, text);
  return report.ok;
}

/** The report with the picture of every cluster. */
function withPictures(options: ReportOptions, report: Report): Report {
  const { sites } = checkFile(options);
  const [first] = sites;
  if (!report.sites) {
    return first ? { ...report, picture: pictured(options, first.stack) } : report;
  }
  const stackOf = (name: string) => sites.find((site) => site.name === name)?.stack;
  return {
    ...report,
    sites: report.sites.map((site) => {
      const stack = stackOf(site.name);
      return stack ? { ...site, picture: pictured(options, stack) } : site;
    }),
  };
}

/** The picture, and where it becomes a page what people need on a bad day. */
function pictured(options: ReportOptions, config: StackConfig): Picture {
  const picture = pictureOf(config);
  if (options.format !== "html") return picture;
  const { stack, path } = chooseStack(options);
  const records = readRecords(path, stack);
  const drills = [...new Set(records.map(({ pair }) => pair))].flatMap((pair) => {
    const own = records.filter((record) => record.pair === pair);
    const last = own.at(-1);
    if (!last) return [];
    return { pair, last: last.startedAt.slice(0, 10), good: went(last), trends: trends(own) };
  });
  return {
    ...picture,
    runbook: procedures(houseOf(stack, config)),
    ...(drills.length > 0 && { drills }),
  };
}
