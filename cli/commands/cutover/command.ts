import { type Command, Option } from "commander";
import { jsonOption, stackFileOptions, stateDirOption, yesOption } from "../../lib/options";
import { finish } from "../../lib/process";
import type { CutoverFlags, CutoverWord } from "./step";

/** Kinds of checks that may be left out; the others are what the move is about. */
const skippable = ["http3", "clientAddress"];

/** Adds `homelab cutover`. */
export function cutoverCommand(homelab: Command): void {
  const cutover = homelab
    .command("cutover")
    .description("move clients from one address to another, phase by phase, without an outage");
  const add = (word: CutoverWord, description: string) =>
    stackFileOptions(cutover.command(word))
      .description(description)
      .option("--name <cutover>", "name in homelab:cutovers; not needed where there is only one")
      .action(async (flags: CutoverFlags) => {
        const { runCutover } = await import("./step.js");
        finish.code(await runCutover(word, flags));
      });

  jsonOption(add("plan", "print the phases: what is checked, done, and taken back"));
  jsonOption(add("status", "say which phases are done, and since when"));
  jsonOption(checking(add("check", "make the checks of where it is now; changes nothing"))).option(
    "--phase <id>",
    "make the checks of this phase instead",
  );
  const steps = {
    start: "make the checks that must hold before anything moves, and open the journal",
    next: "do the next phase, or go on with the one that was begun",
    back: "take the last phase back, or go on with that",
  } as const;
  for (const word of ["start", "next", "back"] as const) {
    stateDirOption(yesOption(checking(add(word, steps[word]))))
      .option("--confirm", "say that what no check can see is done")
      .option("--max-wait <seconds>", "longest wait inside the command", "300")
      .option("--simulated", "rehearse: update simulated platforms that are kept");
  }
}

function checking(command: Command): Command {
  return command
    .option("--curl <path>", "a curl with HTTP/3 (default: the one on PATH, if it has it)")
    .addOption(new Option("--skip <kinds...>", "checks to leave out").choices(skippable));
}
