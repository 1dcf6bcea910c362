import { foreignValue, jsonText } from "../../model/foreign-text";
import type { Format } from "../lib/options";
import { lineWidth } from "./columns";
import { reportMarkdown } from "./markdown";
import { paintFor } from "./paint";
import { reportText } from "./text";
import type { Report } from "./types";

/** A report as it is printed. */
export function shownReport(report: Report, format: Format, all = false): string {
  if (format === "json") return `${jsonText(report)}\n`;
  // Names and errors in it were written by others.
  const harmless = foreignValue(report, 2000);
  if (format === "markdown") return reportMarkdown(harmless);
  const paint = paintFor(process.stdout);
  const width = lineWidth(process.stdout);
  return `${reportText(harmless, { paint, width, all }).join("\n")}\n`;
}
