import { type Command, Option } from "commander";
import { purposes } from "../../../model/doctor/privileges";
import { jsonText, linesText } from "../../../model/foreign-text";
import { identityOption, jsonOption, siteFileOptions } from "../../lib/options";
import { finish, interruptible, progress } from "../../lib/process";
import type { DoctorFlags } from "./run";

/** Adds `homelab doctor`. */
export function doctorCommand(homelab: Command): void {
  jsonOption(identityOption(siteFileOptions(homelab.command("doctor"))))
    .description(
      "check what an `up` needs before the first one: token, SSH, hosts, storages, state backend",
    )
    .addOption(
      new Option("--for <purpose>", "what the API token is to be used for")
        .choices([...purposes])
        .default("up"),
    )
    .option(
      "--accept [hosts...]",
      "write the host keys that are shown into the stack file: those that are not pinned yet, and those of the named hosts",
    )
    .action(async ({ json, ...flags }: DoctorFlags & { json?: boolean }) => {
      const { doctor } = await import("./run.js");
      const { doctorLines } = await import("./text.js");
      const { paintFor } = await import("../../report/paint.js");
      const report = await interruptible(() => doctor({ ...flags, env: process.env, progress }));
      finish.print(
        json ? `${jsonText(report)}\n` : linesText(doctorLines(report, paintFor(process.stdout))),
      );
      finish.code(report.ok ? 0 : 1);
    });
}
