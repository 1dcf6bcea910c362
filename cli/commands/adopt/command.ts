import type { Command } from "commander";
import { linesText } from "../../../model/foreign-text";
import { newStackOptions, siteOption } from "../../lib/options";
import { finish, interruptible, progress } from "../../lib/process";
import type { AdoptOptions } from "./options";

type AdoptFlags = Omit<AdoptOptions, "env" | "progress">;

/** Adds `homelab adopt`. */
export function adoptCommand(homelab: Command): void {
  siteOption(newStackOptions(homelab.command("adopt")))
    .description(
      "write the stack file of a live cluster, and the file that imports it without changing it",
    )
    .action(async (flags: AdoptFlags) => {
      const { adopt } = await import("./run.js");
      const lines = await interruptible(() => adopt({ ...flags, env: process.env, progress }));
      finish.print(linesText(lines));
    });
}
