import { jsonText, linesText } from "../../../model/foreign-text";
import { checkOutput, writeNamed } from "../../lib/files";
import type { Format } from "../../lib/options";
import { finish, interruptible, step } from "../../lib/process";
import { paintFor } from "../../report/paint";
import { lineWidth } from "../../report/width";
import { type AuditOptions, auditCluster } from "./run";
import { type AuditReport, auditMarkdown, auditText } from "./text";

interface PrintedAudit extends Omit<AuditOptions, "env" | "progress"> {
  format: Format;
  /** File to write. @default standard output */
  output?: string;
  /** Characters per line of the text. @default as wide as the terminal */
  width?: number;
}

/**
 * Audits a cluster and prints the report, or writes it to a file.
 *
 * @returns whether nothing is critical
 */
export async function printAudit({
  format,
  output,
  width,
  ...options
}: PrintedAudit): Promise<boolean> {
  if (output !== undefined) checkOutput(output);
  const report = await interruptible(() =>
    auditCluster({ ...options, env: process.env, progress: step }),
  );
  const text = shown(report, format, { terminal: output === undefined, width });
  if (output === undefined) finish.print(text, format === "markdown" ? format : "text");
  else writeNamed(output, text);
  return report.ok;
}

function shown(
  report: AuditReport,
  format: Format,
  { terminal, width }: { terminal: boolean; width: number | undefined },
): string {
  if (format === "json") return `${jsonText(report)}\n`;
  if (format === "markdown") return auditMarkdown(report);
  const paint = paintFor(terminal ? process.stdout : {});
  return linesText(auditText(report, paint, lineWidth(process.stdout, width)));
}
