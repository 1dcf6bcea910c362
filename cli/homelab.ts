import { Command, CommanderError, Option } from "commander";
import { forgeOf } from "../clients/forge/forge";
import { ForgeError } from "../clients/forge/forge-error";
import { engineReason, isEngineFailure } from "../clients/pulumi/engine-error";
import { adoptCommand } from "./commands/adopt/command";
import { auditCommand } from "./commands/audit/command";
import { checkPlanCommand } from "./commands/check-plan/command";
import { cutoverCommand } from "./commands/cutover/command";
import { commentMarker, driftBody, driftTitle } from "./commands/drift/text";
import { gateCommand } from "./commands/gate/command";
import { migrateHaCommand } from "./commands/migrate-ha/command";
import { phasesCommand } from "./commands/phases/command";
import { simulateCommand } from "./commands/simulate/command";
import { memberCommands } from "./commands/switch/command";
import { readEarlier } from "./lib/earlier-stack";
import { checkOutput, readNamed, writeNamed } from "./lib/files";
import { ledger } from "./lib/ledger";
import { stackFileOptions } from "./lib/options";
import { finish, interruptible, isStopped, stoppedLines } from "./lib/process";
import { chooseStack } from "./lib/stack-files";
import { Failure, UsageError } from "./lib/usage";
import { lineWidth } from "./report/columns";
import { reportMarkdown } from "./report/markdown";
import { paintFor } from "./report/paint";
import { reportText } from "./report/text";
import type { Report } from "./report/types";
import { compareWith } from "./run/compare";
import { lazy } from "./run/lazy";
import { previewReport, rehearse, warmUp } from "./run/report";

type Format = "text" | "markdown" | "json";

interface RunFlags {
  stack?: string;
  file?: string;
  stateDir?: string;
  engine?: boolean;
  json?: boolean;
  all?: boolean;
  simulated?: boolean;
}

const write = (text: string) => finish.print(text);
const progress = (line: string) => process.stderr.write(`${line}\n`);

function show(report: Report, format: Format, all = false): string {
  if (format === "markdown") return reportMarkdown(report);
  if (format === "json") return `${JSON.stringify(report, null, 2)}\n`;
  const paint = paintFor(process.stdout);
  const width = lineWidth(process.stdout);
  return `${reportText(report, { paint, width, all }).join("\n")}\n`;
}

function rehearsalOptions(command: Command): Command {
  return stackFileOptions(command).option(
    "--state-dir <dir>",
    "folder that keeps the simulated platforms from run to run",
  );
}

/** The command line, without anything run yet; tests read its commands and options from here. */
export function homelabCommand(): Command {
  const homelab = new Command("homelab")
    .description("Plans, judges and rehearses a highly available Proxmox homelab.")
    .exitOverride()
    .showSuggestionAfterError();

  rehearsalOptions(homelab.command("preview"))
    .description("show what would be created, what the policies say, and what a dead node does")
    .option("--json", "print one JSON document and nothing else")
    .option("--all", "give every resource and every double loss a line of its own")
    .option("--no-engine", "use the SDK's mock monitor even if a Pulumi CLI is there")
    .action(async (flags: RunFlags) => {
      const engine = flags.engine !== false;
      warmUp({ ...flags, engine });
      const report = await interruptible((stop) =>
        previewReport({ ...flags, engine, stop, progress }),
      );
      write(show(report, flags.json ? "json" : "text", flags.all));
      finish.code(report.ok ? 0 : 1);
    });

  rehearsalOptions(homelab.command("report"))
    .description("the same for a pull request, compared with the stack file it would change")
    .addOption(
      new Option("--format <format>", "form of the report")
        .choices(["text", "markdown", "json"])
        .default("markdown"),
    )
    .option(
      "--diff <other>",
      "earlier stack file, or a commit such as HEAD~1: say what fares better and worse than with it",
    )
    .option("--output <path>", "file to write instead of standard output")
    .option("--no-engine", "use the SDK's mock monitor even if a Pulumi CLI is there")
    .action(async (flags: RunFlags & { format: Format; diff?: string; output?: string }) => {
      // What is named wrongly is said before the run, which takes its time.
      const earlier =
        flags.diff === undefined ? undefined : readEarlier(flags.diff, chooseStack(flags).path);
      if (flags.output !== undefined) checkOutput(flags.output);
      const engine = flags.engine !== false;
      warmUp({ ...flags, engine });
      const report = await interruptible((stop) =>
        previewReport({ ...flags, engine, stop, progress }),
      );
      const compared = earlier === undefined ? report : compareWith(earlier, report);
      const text = show(compared, flags.format);
      if (flags.output === undefined) write(text);
      else writeNamed(flags.output, text);
      finish.code(report.ok ? 0 : 1);
    });

  for (const operation of ["up", "destroy"] as const) {
    rehearsalOptions(homelab.command(operation))
      .description(
        operation === "up"
          ? "rehearse the change on simulated platforms that are kept"
          : "rehearse taking everything away, and forget the kept platforms",
      )
      .option("--simulated", "required: the real platforms are changed with `pulumi` itself")
      .option("--json", "print one JSON document and nothing else")
      .option("--all", "give every resource a line of its own")
      .action(async (flags: RunFlags) => {
        if (!flags.simulated) {
          throw new UsageError(
            `homelab ${operation} only rehearses; add --simulated, or change the real platforms with: pulumi ${operation}${operation === "up" ? " --policy-pack policy" : ""} --stack ${flags.stack ?? "homelab"}`,
          );
        }
        warmUp({ ...flags, engine: true });
        const report = await interruptible((stop) =>
          rehearse(operation, { ...flags, engine: true, stop, progress }),
        );
        write(show(report, flags.json ? "json" : "text", flags.all));
        finish.code(report.ok ? 0 : 1);
      });
  }

  simulateCommand(homelab, write);
  phasesCommand(homelab, write);

  homelab
    .command("recover")
    .description(
      "put the real stack in order after a `pulumi up` that was killed; changes its state only",
    )
    .option("--stack <name>", "stack to put in order", "homelab")
    .action(async (flags: { stack: string }) => {
      const { recoverReal } = lazy.recoverReal();
      const done = await interruptible(() => recoverReal(flags.stack));
      write(`${done.join("\n") || "nothing was left half-way"}\n`);
    });

  homelab
    .command("follow")
    .description("write into the real stack's state on which node HA runs each of its containers")
    .option("--stack <name>", "stack whose state is corrected", "homelab")
    .action(async (flags: { stack: string }) => {
      const { followReal } = lazy.follow();
      const lines = await interruptible(() => followReal(flags.stack));
      write(`${lines.join("\n") || "every container is where the state has it"}\n`);
    });

  migrateHaCommand(homelab, write);

  memberCommands(homelab, write, progress);
  auditCommand(homelab, write, progress);
  adoptCommand(homelab, write, progress);
  cutoverCommand(homelab, write, progress);

  gateCommand(homelab, write);
  checkPlanCommand(homelab, write);

  homelab
    .command("comment")
    .description("CI: write the report to the pull request, or update the earlier one")
    .requiredOption("--file <path>", "Markdown that `homelab report` wrote")
    .action(async (flags: { file: string }) => {
      const body = readNamed(flags.file);
      const marker = commentMarker(body);
      const forge = forgeOf(process.env);
      const write = () => ledger.step("the comment", () => forge.comment(marker, body));
      progress(await interruptible(write));
    });

  homelab
    .command("drift")
    .description("CI: open, update or close the issue about drift")
    .requiredOption("--stack <name>", "stack that was compared with reality")
    .requiredOption("--file <path>", "what `pulumi preview --refresh --expect-no-changes` printed")
    .requiredOption("--code <number>", "its exit code")
    .action(async (flags: { stack: string; file: string; code: string }) => {
      if (!/^\d+$/.test(flags.code)) {
        throw new UsageError(`found --code ${flags.code}, expected an exit code such as 0 or 255`);
      }
      const forge = forgeOf(process.env);
      const title = driftTitle(flags.stack);
      const body = driftBody(flags.stack, readNamed(flags.file));
      const write = () =>
        ledger.step("the issue about drift", () =>
          flags.code === "0" ? forge.closeIssue(title) : forge.openIssue(title, body),
        );
      progress(await interruptible(write));
    });

  return homelab;
}

async function main(): Promise<void> {
  // The SDK takes a stack trace per promise; mapping each to TypeScript slows a large stack.
  process.setSourceMapsEnabled(false);
  // Standard output belongs to the report alone, also when a library thinks aloud.
  console.log = console.error;
  try {
    await homelabCommand().parseAsync();
    if (isStopped()) tellStopped();
  } catch (error) {
    if (isStopped()) tellStopped(error);
    else if (error instanceof CommanderError) finish.code(error.exitCode === 0 ? 0 : 2);
    else if (error instanceof UsageError || isFileError(error)) {
      process.stderr.write(`${error.message}\n`);
      finish.code(2);
    } else if (error instanceof Failure || error instanceof ForgeError) {
      process.stderr.write(`${error.message}\n`);
      finish.code(1);
    } else if (isEngineFailure(error)) {
      process.stderr.write(`${engineReason(error)}\n`);
      finish.code(1);
    } else {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      finish.code(1);
    }
  }
  finish.exit();
}

function tellStopped(error?: unknown): void {
  process.stderr.write(`${stoppedLines(error).join("\n")}\n`);
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "path" in error;
}

if (require.main === module) void main();
