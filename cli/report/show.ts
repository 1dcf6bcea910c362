import type { Format } from "../lib/options";
import { lineWidth } from "./columns";
import { reportMarkdown } from "./markdown";
import { paintFor } from "./paint";
import { reportText } from "./text";
import type { Report } from "./types";

/** A report as it is printed. */
export function shownReport(report: Report, format: Format, all = false): string {
  if (format === "markdown") return reportMarkdown(report);
  if (format === "json") return `${JSON.stringify(report, null, 2)}\n`;
  const paint = paintFor(process.stdout);
  const width = lineWidth(process.stdout);
  return `${reportText(report, { paint, width, all }).join("\n")}\n`;
}
