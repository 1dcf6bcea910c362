import { relative } from "node:path";
import { projectRoot } from "../../../clients/pulumi/project";
import { backupService, backupTimer } from "../../../templates/host/backup-units";
import { nameOf } from "../../lib/stack-files";

/** What a timer runs. */
export interface TimedBackup {
  stack: string;
  /** @default the stack has one cluster */
  site?: string;
  /** Absolute path of the stack file. */
  file: string;
  everyHours: number;
}

/** The unit files of a timer, by name, for `/etc/systemd/system` of the machine that keeps the backups. */
export function unitsOf({ stack, site, file, everyHours }: TimedBackup): Record<string, string> {
  const [, script = ""] = process.argv;
  // From a clone TypeScript is run as it is; a package has a program of its own.
  const program = script.endsWith(".ts")
    ? [process.execPath, "--import", "tsx", script]
    : [process.execPath, script];
  const own = relative(projectRoot, file) === `Pulumi.${stack}.yaml`;
  const named = [
    ...["--stack", stack],
    ...(own ? [] : ["--file", file]),
    ...(site === undefined ? [] : ["--site", site]),
  ];
  // A hyphen would make one unit of the site `b` of the stack `a` and of a stack `a-b`.
  const name = `homelab-backup-${nameOf({ stack, ...(site !== undefined && { site }) })}`;
  return {
    [`${name}.service`]: backupService({
      command: [...program, "backup", ...named],
      folder: projectRoot,
      credential: `/etc/homelab-ha/${stack}.passphrase`,
    }),
    [`${name}.timer`]: backupTimer(everyHours),
  };
}
