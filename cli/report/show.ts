import { foreignValue, jsonText } from "../../model/foreign-text";
import type { Format, PageFormat } from "../lib/options";
import { reportMarkdown } from "./markdown";
import { paintFor } from "./paint";
import { reportHtml } from "./picture/html";
import { standaloneSvg } from "./picture/svg";
import { reportText } from "./text";
import type { Report } from "./types";
import { verdictOf } from "./verdict";
import { lineWidth } from "./width";

/**
 * A report as it is printed.
 *
 * @param layout whether everything gets a line of its own, and the characters per line. @default
 *   summed up, as wide as the terminal
 */
export function shownReport(
  report: Report,
  format: Format | PageFormat,
  { all = false, width }: { all?: boolean; width?: number } = {},
): string {
  if (format === "json") return `${jsonText({ verdict: verdictOf(report), ...report })}\n`;
  // Names and errors in it were written by others.
  const harmless = foreignValue(report, 2000);
  if (format === "markdown") return reportMarkdown(harmless);
  if (format === "html") return reportHtml(harmless, harmless.picture);
  if (format === "svg") {
    // A refused file has no topology to draw.
    return harmless.picture ? standaloneSvg(harmless.picture.topology) : "";
  }
  const paint = paintFor(process.stdout);
  const layout = { paint, width: lineWidth(process.stdout, width), all };
  return `${reportText(harmless, layout).join("\n")}\n`;
}
