import { type Command, Option } from "commander";
import { jsonOption, siteFileOptions, stateDirOption, yesOption } from "../../lib/options";
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
    siteFileOptions(cutover.command(word))
      .description(description)
      .option("--name <cutover>", "name in homelab:cutovers; not needed where there is only one")
      .action(async (flags: CutoverFlags) => {
        const { runCutover } = await import("./step.js");
        finish.code(await runCutover(word, flags));
      });

  jsonOption(add("plan", "print the phases: checks, steps, and how to undo them"));
  jsonOption(add("status", "show which phases are done, and since when"));
  jsonOption(checking(add("check", "run the current phase's checks; changes nothing"))).option(
    "--phase <id>",
    "run this phase's checks instead",
  );
  const steps = {
    start: "run the checks that must pass before anything moves, and open the journal",
    next: "do the next phase, or continue the one that was begun",
    back: "undo the last phase, or continue to undo it",
  } as const;
  for (const word of ["start", "next", "back"] as const) {
    stateDirOption(yesOption(checking(add(word, steps[word]))))
      .option("--confirm", "confirm the manual steps")
      .option("--max-wait <seconds>", "longest time to wait inside the command", "300")
      .option("--simulated", "rehearse: update simulated platforms that are kept");
  }
}

function checking(command: Command): Command {
  return command
    .option("--curl <path>", "a curl with HTTP/3 (default: the one on PATH, if it has it)")
    .addOption(new Option("--skip <kinds...>", "checks to leave out").choices(skippable));
}
