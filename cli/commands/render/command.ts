import type { Command } from "commander";
import { jsonText, linesText } from "../../../model/foreign-text";
import { jsonOption, siteFileOptions } from "../../lib/options";
import { finish, interruptible } from "../../lib/process";
import type { RenderFlags } from "./run";

/** Adds `homelab render`. */
export function renderCommand(homelab: Command): void {
  jsonOption(siteFileOptions(homelab.command("render")))
    .description("write every file that an `up` would bring to hosts into a folder, for reading")
    .requiredOption("--out <dir>", "folder to write to: a new one, or one of an earlier render")
    .option("--member <name>", "only the files of this host")
    .action(async ({ json, ...flags }: RenderFlags & { json?: boolean }) => {
      await import("../../../program.js");
      const { render } = await import("./run.js");
      const { renderLines } = await import("./text.js");
      const rendered = await interruptible(() => render(flags));
      finish.print(json ? `${jsonText(rendered)}\n` : linesText(renderLines(rendered)));
    });
}
