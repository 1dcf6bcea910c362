import { readEarlier } from "../../lib/earlier-stack";
import { checkOutput, writeNamed } from "../../lib/files";
import type { Format, PageFormat } from "../../lib/options";
import { finish, interruptible, step } from "../../lib/process";
import { chooseStack } from "../../lib/stack-files";
import { shownReport } from "../../report/show";
import { checkStack } from "../../run/check";
import { compareWith } from "../../run/compare";
import { pictureOf } from "../../run/picture";
import { type RunOptions, warmUp } from "../../run/prepare";
import { previewReport } from "../../run/preview";

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
  const config = format === "json" ? undefined : checkStack(options).config;
  const drawn = config === undefined ? compared : { ...compared, picture: pictureOf(config) };
  const text = shownReport(drawn, format, options);
  if (output === undefined) finish.print(text);
  else writeNamed(output, text);
  return report.ok;
}
