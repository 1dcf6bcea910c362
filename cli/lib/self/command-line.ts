import { Command, type Option } from "commander";
import { commandName } from "./command-name";
import { examples } from "./examples";
import { packageVersion } from "./package-version";

/** Adds a command to the command line. */
export type AddCommand = (homelab: Command) => void;

/**
 * A command line, without anything run yet.
 *
 * @param groups the groups of `--help`, and their commands in the order in which it lists them
 */
export function commandLine(groups: Readonly<Record<string, readonly AddCommand[]>>): Command {
  const homelab = new Command("homelab")
    .description("Plans, judges and rehearses a highly available Proxmox homelab.")
    .version(packageVersion(), "--version", "print the version")
    .exitOverride()
    .showSuggestionAfterError();
  for (const [heading, commands] of Object.entries(groups)) {
    homelab.commandsGroup(heading);
    for (const add of commands) add(homelab);
  }
  for (const command of homelab.commands) {
    const has = (option: string) => command.options.some(({ long }) => long === option);
    if (has("--stack")) {
      const hinted = (text: string) =>
        has("--site") ? withStackHint(text) : withSiteHint(command.name(), withStackHint(text));
      command.configureOutput({ outputError: (text, write) => write(hinted(text)) });
    }
    const example = examples[command.name()];
    if (example !== undefined) {
      command.addHelpText("after", `\nExample:\n  ${commandName()} ${example}`);
    }
  }
  for (const command of homelab.commands) refuseTwice(command);
  // Set when all commands are there, so it is the program's own alone.
  homelab.configureOutput({ outputError: (text, write) => write(withOrderHint(text)) });
  return homelab.addHelpText("before", ({ error, command: { args } }) =>
    error && args[0] === "help" && args[1] !== undefined
      ? `error: unknown command '${args[1]}', expected one of these:\n`
      : "",
  );
}

/** Of two values for one option the last would be taken without a word, be it another stack's. */
function refuseTwice(command: Command): void {
  for (const option of command.options.filter(({ required }) => required)) {
    const given: string[] = [];
    let before: unknown;
    command.on(`option:${option.name()}`, (value: string) => {
      given.push(value);
      const now: unknown = command.getOptionValue(option.attributeName());
      if (given.length > 1 && !isCollected(option, before, now)) {
        command.error(
          `error: option '${option.flags}' is given twice, with '${given.join("' and '")}'; keep one of them`,
        );
      }
      before = now;
    });
  }
  for (const below of command.commands) refuseTwice(below);
}

/** Whether an option that is given again adds to the value it had. */
function isCollected({ variadic }: Option, before: unknown, now: unknown): boolean {
  if (variadic) return true;
  if (!Array.isArray(before) || !Array.isArray(now)) return false;
  return now.length > before.length && before.every((one, index) => one === now[index]);
}

/** Whoever writes an option before the command is told where it belongs. */
function withOrderHint(text: string): string {
  if (!text.startsWith("error: unknown option")) return text;
  return `${text.replace(/\n$/, "")}; options stand behind the command, as in \`homelab preview --stack NAME\`\n`;
}

/** Whoever names a site where none is chosen is told why, in place of an option that is spelt alike. */
function withSiteHint(command: string, text: string): string {
  if (!text.startsWith("error: unknown option '--site'")) return text;
  const why =
    command === "init"
      ? "writes a file with one cluster; put its sections below homelab:sites.NAME afterwards"
      : "works on the whole stack, with all of its sites; leave it out";
  return `error: unknown option '--site': homelab ${command} ${why}\n`;
}

/** Whoever names a stack without its option is told which it is. */
function withStackHint(text: string): string {
  if (!text.startsWith("error: too many arguments")) return text;
  return `${text.replace(/\.?\n$/, "")}; a stack is named with --stack NAME\n`;
}
