import type { Command } from "commander";
import { jsonText, linesText } from "../../../model/foreign-text";
import { jsonOption, type SiteFlags, siteFileOptions } from "../../lib/options";
import { finish } from "../../lib/process";

interface MonitoringFlags extends SiteFlags {
  json?: boolean;
  out: string;
}

/** Adds `homelab monitoring`. */
export function monitoringCommand(homelab: Command): void {
  jsonOption(siteFileOptions(homelab.command("monitoring")))
    .description(
      "write the configuration of Prometheus, Alertmanager, the blackbox exporter, Grafana and Uptime Kuma for this cluster",
    )
    .requiredOption("--out <dir>", "folder to write to: a new one, or one of an earlier run")
    .action(async ({ json, ...flags }: MonitoringFlags) => {
      const { writeMonitoring } = await import("./run.js");
      const { monitoringLines } = await import("./text.js");
      const written = writeMonitoring(flags);
      finish.print(json ? `${jsonText(written)}\n` : linesText(monitoringLines(written)));
    });
}
