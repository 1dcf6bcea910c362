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
    if (command.options.some(({ long }) => long === "--stack")) {
      command.configureOutput({ outputError: (text, write) => write(withStackHint(text)) });
    }
    const example = examples[command.name()];
    if (example !== undefined) {
      command.addHelpText("after", `\nExample:\n  ${commandName()} ${example}`);
    }
  }
  return homelab;
}

/** Whoever names a stack without its option is told which it is. */
function withStackHint(text: string): string {
  if (!text.startsWith("error: too many arguments")) return text;
  return `${text.replace(/\.?\n$/, "")}; a stack is named with --stack NAME\n`;
}
