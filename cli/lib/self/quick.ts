import { config } from "zod";
import { simulateCommand } from "../../commands/simulate/command";
import { validateCommand } from "../../commands/validate/command";
import { commandLine } from "./command-line";
import { runAndLeave } from "./leave";

// Entry of the one file that `bin/quick.js` starts: the commands that need the model alone, made
// and judged in less time than the SDK takes to load. `bin/quick.js` has the list of their names.

/** Runs the command that the process was started with. */
export function main(): Promise<void> {
  // A file is judged once here: compiling a function for each of its objects costs more than it saves.
  config({ jitless: true });
  return runAndLeave(() => commandLine({ "Look and judge:": [validateCommand, simulateCommand] }));
}
