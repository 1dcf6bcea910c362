import { Argument, type Command } from "commander";
import { finish } from "../../lib/process";

/** Adds `homelab completion`. */
export function completionCommand(homelab: Command): void {
  homelab
    .command("completion")
    .description("print a script that completes commands, options and stack names in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .action(async (shell: "bash" | "zsh" | "fish") => {
      const { completionScript } = await import("./script.js");
      finish.print(completionScript(homelab, shell));
    });
}
