import { foreignPath, markdownCode, markdownText } from "../../../model/foreign-text";
import { counted } from "../../../model/text";
import type { GateResult } from "./run";

/** The result for a terminal or a job's log, a line each. */
export function gateLines({ ok, files, missing, approvedBy }: GateResult): string[] {
  if (files.length === 0) return ["this change edits nothing that judges it"];
  return [
    `this change edits ${counted(files.length, "file")} with a part in judging it:`,
    ...files.map(({ path, what }) => `  ${foreignPath(path)}: ${what}`),
    ...(ok ? [`approved by ${approvedBy.join(", ")}`] : missing.map((line) => `refused: ${line}`)),
  ];
}

/** A section for the comment on the pull request; empty where there is nothing to say. */
export function gateMarkdown(result: GateResult): string {
  if (result.files.length === 0) return "";
  const { ok, files, missing } = result;
  const shown = files.slice(0, 30);
  return [
    "",
    `### ${ok ? "✅" : "❌"} This change edits what judges it`,
    "",
    "The verdict above was made with the target branch's policy pack and command. These files of the",
    "change would decide how the next one is judged:",
    "",
    ...shown.map(({ path, what }) => `- ${markdownCode(foreignPath(path))} (${what})`),
    ...(files.length > shown.length ? [`- and ${files.length - shown.length} more`] : []),
    "",
    ...(ok
      ? ["A code owner approved the newest commit."]
      : missing.map((line) => `- ${markdownText(line)}`)),
    "",
  ].join("\n");
}
