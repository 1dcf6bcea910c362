import type { Command } from "commander";
import { ledger } from "../../lib/ledger";
import { stackFileOptions } from "../../lib/options";
import { finish, interruptible, isStopped } from "../../lib/process";
import { type RollbackOptions, rollback } from "../rollback/run";
import { type SwitchOptions, switchOver } from "./run";

type RollbackFlags = Omit<RollbackOptions, "progress" | "print">;
type SwitchFlags = Omit<SwitchOptions, "progress" | "print">;

/**
 * Adds `homelab rollback` and `homelab switch`, which log in on the members of a pair.
 *
 * @param write prints a text on standard output
 * @param progress says on standard error what goes on
 */
export function memberCommands(
  homelab: Command,
  write: (text: string) => void,
  progress: (line: string) => void,
): void {
  // What is found out after Ctrl-C is no result any more, but a part of the account.
  const print = (line: string) => (isStopped() ? ledger.note(line) : write(`${line}\n`));

  memberOptions(homelab.command("rollback"), "pair in homelab:traefikPairs")
    .description("bring a Traefik pair back to the files with which it was last healthy")
    .option("--member <name>", "bring only this member back")
    .action(async (flags: RollbackFlags) => {
      const back = await interruptible(() => rollback({ ...flags, progress, print }));
      finish.code(back ? 0 : 1);
    });

  memberOptions(
    homelab.command("switch"),
    "name in homelab:traefikPairs or homelab:apiLoadBalancers",
  )
    .description(
      "planned work on a member: move the virtual address off it without losing a request",
    )
    .option("--to <name>", "member that shall have the address (default: the next healthy one)")
    .option("--back", "let the preferred member take the address again")
    .action(async (flags: SwitchFlags) => {
      await interruptible(() => switchOver({ ...flags, progress, print }));
    });
}

/** Options of a command that works on the members of a pair. */
function memberOptions(command: Command, pair: string): Command {
  return stackFileOptions(command)
    .requiredOption("--pair <name>", pair)
    .option(
      "--identity <path>",
      "private SSH key (default: the stack's secret, else the SSH agent)",
    );
}
