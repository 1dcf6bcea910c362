import { type Command, Option } from "commander";
import {
  type Format,
  formatOf,
  formatOptions,
  identityOption,
  outputOption,
  portOf,
  siteFileOptions,
  stateDirOption,
  widthOption,
} from "../../lib/options";
import { finish } from "../../lib/process";
import { UsageError } from "../../lib/usage";
import type { AuditOptions } from "./run";

interface AuditFlags extends Omit<AuditOptions, "env" | "progress"> {
  format: Format;
  json?: boolean;
  output?: string;
  width?: number;
  /** What `--identity` was called before. */
  sshIdentity?: string;
}

/** Adds `homelab audit`. */
export function auditCommand(homelab: Command): void {
  const reading = siteFileOptions(homelab.command("audit"), "default: nothing is compared");
  const asking = identityOption(
    widthOption(outputOption(formatOptions(reading, "text"))),
    "default: the nodes themselves are not asked",
  );
  stateDirOption(asking)
    .description(
      "read a live cluster through the Proxmox API and report what would not survive a failure",
    )
    .addOption(new Option("--ssh-identity <path>").hideHelp())
    .option("--ssh-user <name>", "user to log in as (default: the stack file's, else root)")
    .option(
      "--ssh-port <number>",
      "port of their SSH servers (default: the stack file's, else 22)",
      portOf,
    )
    .option(
      "--ssh-known-hosts <path>",
      "host keys of nodes whose key is not in the stack file (default: ~/.ssh/known_hosts)",
    )
    .option("--simulated", "audit the cluster that `up --simulated` keeps")
    .action(async ({ sshIdentity, ...given }: AuditFlags) => {
      const flags = { ...(sshIdentity !== undefined && { identity: sshIdentity }), ...given };
      refuseIdle(flags);
      const { printAudit } = await import("./print.js");
      const ok = await printAudit({ ...flags, format: formatOf(flags) });
      finish.code(ok ? 0 : 1);
    });
}

/** Options that would do nothing are a misunderstanding. */
function refuseIdle(flags: AuditFlags): void {
  const needs = (given: unknown, name: string, other: string) => {
    if (given !== undefined) throw new UsageError(`found --${name} without --${other}; add it`);
  };
  if (flags.identity === undefined) {
    needs(flags.sshUser, "ssh-user", "identity");
    needs(flags.sshPort, "ssh-port", "identity");
    needs(flags.sshKnownHosts, "ssh-known-hosts", "identity");
  }
  if (!flags.simulated) needs(flags.stateDir, "state-dir", "simulated");
  if (flags.simulated && flags.identity !== undefined) {
    throw new UsageError(
      "found --identity with --simulated: simulated nodes have no SSH; drop one",
    );
  }
}
