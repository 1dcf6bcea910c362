import { type Command, InvalidArgumentError, Option } from "commander";
import { checkOutput, writeNamed } from "../../lib/files";
import { finish, interruptible } from "../../lib/process";
import { UsageError } from "../../lib/usage";
import { lineWidth } from "../../report/columns";
import { paintFor } from "../../report/paint";
import { lazy } from "../../run/lazy";
import type { AuditOptions } from "./run";
import { type AuditReport, auditMarkdown, auditText } from "./text";

type Format = "text" | "json" | "markdown";

interface AuditFlags extends Omit<AuditOptions, "env" | "progress"> {
  format: Format;
  output?: string;
}

/**
 * Adds `homelab audit`.
 *
 * @param write prints a text on standard output
 * @param progress says on standard error what goes on
 */
export function auditCommand(
  homelab: Command,
  write: (text: string) => void,
  progress: (line: string) => void,
): void {
  homelab
    .command("audit")
    .description("read a live cluster through the Proxmox API and say what would not survive")
    .option("--stack <name>", "compare with the stack file Pulumi.<name>.yaml")
    .option("--file <path>", "compare with this stack file")
    .addOption(
      new Option("--format <format>", "form of the report")
        .choices(["text", "json", "markdown"])
        .default("text"),
    )
    .option("--output <path>", "file to write instead of standard output")
    .option("--ssh-identity <path>", "private SSH key: also ask the nodes themselves")
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
    .option("--state-dir <dir>", "with --simulated: folder that keeps the simulated platforms")
    .action(async ({ format, output, ...flags }: AuditFlags) => {
      refuseIdle(flags);
      if (output !== undefined) checkOutput(output);
      const { auditCluster } = lazy.audit();
      const report = await interruptible(() =>
        auditCluster({ ...flags, env: process.env, progress }),
      );
      const text = shown(report, format, output === undefined);
      if (output === undefined) write(text);
      else writeNamed(output, text);
      finish.code(report.ok ? 0 : 1);
    });
}

function portOf(value: string): number {
  if (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 65535) return Number(value);
  throw new InvalidArgumentError("expected a port from 1 to 65535");
}

/** Options that would do nothing are a misunderstanding. */
function refuseIdle(flags: Omit<AuditFlags, "format" | "output">): void {
  const needs = (given: unknown, name: string, other: string) => {
    if (given !== undefined) throw new UsageError(`found --${name} without --${other}; add it`);
  };
  if (flags.sshIdentity === undefined) {
    needs(flags.sshUser, "ssh-user", "ssh-identity");
    needs(flags.sshPort, "ssh-port", "ssh-identity");
    needs(flags.sshKnownHosts, "ssh-known-hosts", "ssh-identity");
  }
  if (!flags.simulated) needs(flags.stateDir, "state-dir", "simulated");
  if (flags.simulated && flags.sshIdentity !== undefined) {
    throw new UsageError(
      "found --ssh-identity with --simulated: simulated nodes have no SSH; drop one",
    );
  }
}

function shown(report: AuditReport, format: Format, terminal: boolean): string {
  if (format === "json") return `${JSON.stringify(report, null, 2)}\n`;
  if (format === "markdown") return auditMarkdown(report);
  const paint = paintFor(terminal ? process.stdout : {});
  return `${auditText(report, paint, lineWidth(process.stdout)).join("\n")}\n`;
}
