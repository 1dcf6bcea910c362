import { z } from "zod";
import { count, shown } from "../network";

/** Why a path cannot name a folder of the control machine; undefined where it can. */
function folderMistake(path: string): string | undefined {
  if (!/^(~|)\//.test(path)) {
    return "expected a path that begins with / or ~/, because a timer starts elsewhere; write e.g. ~/backups/homelab";
  }
  if (path.split("/").includes("..")) return "expected a path without ..; write the folder itself";
  if (/^~?\/+$/.test(path)) return "expected a folder of its own; write e.g. ~/backups/homelab";
  if (/\p{C}/u.test(path)) return "expected a path without control characters; rename the folder";
  return undefined;
}

const folder = z
  .string({
    error: (issue) =>
      `found ${shown(issue.input)}, expected a folder; write e.g. ~/backups/homelab`,
  })
  .superRefine((value, context) => {
    const message = folderMistake(value);
    if (message !== undefined) {
      context.addIssue({ code: "custom", message: `found ${shown(value)}, ${message}` });
    }
  });

/** Backups of what makes the members of the pairs, on the machine that runs `homelab backup`. */
export const backupsSchema = z.strictObject({
  directory: folder.describe(
    "Folder of the machine that runs `homelab backup`; never one of a member. `~` is the home of whoever runs it.",
  ),
  keep: count("archives", 1, 1000)
    .default(14)
    .describe("Archives that are kept of each member; the oldest go first."),
  everyHours: count("hours between two backups", 1, 168)
    .default(24)
    .describe("Hours between two backups; `homelab status` warns when one is twice as old."),
  metrics: folder
    .optional()
    .describe(
      "Folder of node exporter's textfile collector on that machine, for the age of the backups. Default: the file lies in `directory`.",
    ),
});
