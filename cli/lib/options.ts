import { type Command, InvalidArgumentError, Option } from "commander";
import { takeOwnStack } from "./self/own-stack";

// Every option that several commands have is defined here, once: one name has one meaning.

/** The stack and its file, as {@link stackFileOptions} reads them. */
export interface StackFlags {
  stack?: string;
  file?: string;
}

/** The same for a command that works on one cluster, as {@link siteFileOptions} reads them. */
export interface SiteFlags extends StackFlags {
  /** Which of the sites of the stack file. @default it has one cluster */
  site?: string;
}

const ownStack = (command: Command) =>
  command.hook("preAction", (_command, action) => takeOwnStack(action));

/** Adds `--stack`: which stack a command works on. */
export function stackOption(command: Command): Command {
  return ownStack(command).option(
    "--stack <name>",
    "stack, with its file Pulumi.<name>.yaml",
    "homelab",
  );
}

/** Adds `--stack`, `--dir` and `--force`, for a command that writes the file of a new stack. */
export function newStackOptions(command: Command): Command {
  return command
    .requiredOption("--stack <name>", "stack, with its file Pulumi.<name>.yaml: a new one")
    .option("--dir <folder>", "folder to write to (default: the project)")
    .option("--force", "replace existing files; the secrets of the stack file are kept");
}

/**
 * Adds `--stack` and `--file`: which stack file a command reads.
 *
 * @param without what holds where neither is given
 */
export function stackFileOptions(command: Command, without = "default: homelab"): Command {
  return ownStack(command)
    .option("--stack <name>", `stack, with its file Pulumi.<name>.yaml (${without})`)
    .option("--file <path>", "stack file to read instead of Pulumi.<name>.yaml");
}

/** Adds `--site`: on which of the sites of a stack file a command works. */
export function siteOption(command: Command): Command {
  return command.option(
    "--site <name>",
    "which of the sites that the stack file has, if it has sites",
  );
}

/**
 * Adds `--stack`, `--file` and `--site`, for a command that works on one cluster.
 *
 * @param without what holds where none of the first two is given
 */
export function siteFileOptions(command: Command, without?: string): Command {
  return siteOption(stackFileOptions(command, without));
}

/** Adds `--json`. */
export function jsonOption(command: Command): Command {
  return command.option("--json", "print one JSON document and nothing else");
}

/** Adds `--format`, and `--json` as the short form of `--format json`. */
export function formatOptions(
  command: Command,
  standard: Format,
  more: readonly PageFormat[] = [],
): Command {
  const format = new Option("--format <format>", "form of the report")
    .choices(["text", "markdown", "json", ...more])
    .default(standard);
  return jsonOption(command.addOption(format));
}

export type Format = "text" | "markdown" | "json";

/** Formats that only a report has which is a page or a picture. */
export type PageFormat = "html" | "svg";

/** The format that the flags of {@link formatOptions} ask for. */
export function formatOf<T extends string>({
  format,
  json,
}: {
  format: T;
  json?: boolean;
}): T | "json" {
  return json === true ? "json" : format;
}

/** Adds `--output`. */
export function outputOption(command: Command): Command {
  return command.option("--output <path>", "file to write instead of standard output");
}

/**
 * Adds `--identity`: the key with which a command logs in on hosts.
 *
 * @param without what holds where it is not given
 */
export function identityOption(
  command: Command,
  without = "default: the stack's secret, else the SSH agent",
): Command {
  return command.option("--identity <path>", `private SSH key for the hosts (${without})`);
}

/** Adds `--pair`, `--stack`, `--file`, `--site`, `--identity` and `--dry-run`, for work on the members of a pair. */
export function memberOptions(command: Command, pair: string): Command {
  const named = siteFileOptions(command).requiredOption("--pair <name>", pair);
  return dryRunOption(identityOption(named));
}

/** Adds `--dry-run`: the command reads, and changes nothing. */
export function dryRunOption(command: Command): Command {
  return command.option("--dry-run", "only print what would be done; changes nothing");
}

/** Adds `--yes`: the command makes a change of which it only speaks otherwise. */
export function yesOption(command: Command): Command {
  return command.option("--yes", "make the change; without it, only what is to be done is printed");
}

/** Adds `--state-dir`: where simulated platforms are kept. */
export function stateDirOption(command: Command): Command {
  return command.option(
    "--state-dir <dir>",
    "folder that keeps the simulated platforms between runs",
  );
}

/** Adds `--all`: a report without anything summed up. */
export function allOption(command: Command): Command {
  return command.option("--all", "give everything that is summed up a line of its own");
}

/** Adds `--width`: how wide tables may be. */
export function widthOption(command: Command): Command {
  return command.option(
    "--width <characters>",
    "characters per line (default: those of the terminal, else 80)",
    widthOf,
  );
}

function widthOf(value: string): number {
  if (/^\d+$/.test(value) && Number(value) >= 40 && Number(value) <= 1000) return Number(value);
  throw new InvalidArgumentError("expected a number from 40 to 1000");
}

/** Reads the number of a port. */
export function portOf(value: string): number {
  if (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 65535) return Number(value);
  throw new InvalidArgumentError("expected a port from 1 to 65535");
}
