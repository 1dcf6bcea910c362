import { z } from "zod";
import { overlap } from "../../../model/host/paths";
import { replicatedPathMistake } from "../../../model/host/service-paths";
import { count, port, seconds, shown } from "../network";
import { withDefaults } from "../profiles";
import { leavingField, membersField, statedVrrpFields } from "../vrrp";
import { serviceCheckSchema } from "./service-check";

const unitName = z
  .string({
    error: (issue) => `found ${shown(issue.input)}, expected the name of a systemd unit; change it`,
  })
  .regex(/^[A-Za-z0-9][A-Za-z0-9@:_-]*(\.service)?$/, {
    error: (issue) =>
      `found ${shown(issue.input)}, expected the name of a systemd service; write it as \`systemctl status\` shows it, e.g. unbound.service`,
  })
  .refine((unit) => !/^keepalived(\.service)?$/.test(unit), {
    error: "keepalived moves the address; name the service behind it",
  });

const shellLine = z.string().regex(/^[^\p{C}]{1,500}$/u, {
  error: (issue) => `found ${shown(issue.input)}, expected one line of shell; change it`,
});

const replicatedDirectory = z
  .string({ error: (issue) => `found ${shown(issue.input)}, expected an absolute path; change it` })
  .superRefine((path, context) => {
    const mistake = replicatedPathMistake(path);
    if (mistake === undefined) return;
    context.addIssue({ code: "custom", message: `found ${shown(path)}, ${mistake}` });
  });

const excludedName = z.string().regex(/^\/?[A-Za-z0-9_.*-]+$/, {
  error: (issue) =>
    `found ${shown(issue.input)}, expected a name, or a pattern with *; write e.g. *.log`,
});

const replicateSchema = z
  .strictObject({
    directories: z
      .array(replicatedDirectory)
      .min(1)
      .max(8)
      .describe("Directories that are copied to the same place; hidden files are not."),
    exclude: z
      .array(excludedName)
      .default([])
      .describe(
        "Names in them that are not copied, as patterns of rsync; `/name` at the top only.",
      ),
    test: shellLine
      .optional()
      .describe(
        "Shell command that fails when the service would refuse the copied files; it is then not reloaded. Default: none.",
      ),
    reload: shellLine.describe(
      "Shell command that makes the service read the copied files; run on a member whose copies changed.",
    ),
    delaySec: seconds(0, 60)
      .default(0.3)
      .describe("Seconds that lsyncd collects changes before it copies them."),
    fullSyncMinutes: count("minutes between two full copies", 1, 1440)
      .default(30)
      .describe("Minutes between two full copies, which repair what drifted on the other members."),
  })
  .superRefine(({ directories }, context) => {
    directories.forEach((directory, index) => {
      const other = directories.find((one, at) => at < index && overlap(directory, one));
      if (other === undefined) return;
      context.addIssue({
        code: "custom",
        path: ["directories", index],
        message: `found ${shown(directory)}, which overlaps "${other}"; state the outer one only`,
      });
    });
  });

const sectionSchema = z
  .strictObject({
    ...statedVrrpFields,
    check: serviceCheckSchema.describe("What each member is asked, and how often."),
    members: membersField,
    leaving: leavingField,
    port: port
      .optional()
      .describe(
        "TCP port of the virtual address that clients use; `status`, `drill` and monitoring connect to it. Default: the port of the check; needed with `check.script`.",
      ),
    unit: unitName
      .optional()
      .describe(
        "systemd unit of the service on every member: it is enabled, started, and started again when it dies. Default: none: something else starts the service.",
      ),
    replicate: replicateSchema
      .optional()
      .describe(
        "Directories that lsyncd copies from the first member to the others. For files that only people write: never a database, nor what the service itself writes. Default: nothing is copied.",
      ),
  })
  .superRefine(({ port: stated, check }, context) => {
    if (check.script === undefined || stated !== undefined) return;
    const message = "missing, since check.script names none; state the TCP port that clients use";
    context.addIssue({ code: "custom", path: ["port"], message });
  });

/** The fields of a service pair, for the component. */
export const servicePairFields = sectionSchema.shape;

/**
 * Two or more hosts with any service behind one virtual address. The data of the service is its own
 * affair: nothing here replicates a database.
 */
export const servicePairSchema = sectionSchema.transform(withDefaults);
