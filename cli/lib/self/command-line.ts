import { Command } from "commander";
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
  return homelab;
}

/** Whoever names a site where none is chosen is told why, in place of an option that is spelt alike. */
function withSiteHint(command: string, text: string): string {
  if (!text.startsWith("error: unknown option '--site'")) return text;
  const why = ["adopt", "init"].includes(command)
    ? "writes a file with one cluster; put its sections below homelab:sites.NAME afterwards"
    : "works on the whole stack, with all of its sites; leave it out";
  return `error: unknown option '--site': homelab ${command} ${why}\n`;
}

/** Whoever names a stack without its option is told which it is. */
function withStackHint(text: string): string {
  if (!text.startsWith("error: too many arguments")) return text;
  return `${text.replace(/\.?\n$/, "")}; a stack is named with --stack NAME\n`;
}
