import { z } from "zod";
import { count, hostPort, port, url } from "../network";

/** What members serve their metrics with; the components take it as an argument of the same name. */
export const memberMonitoringFields = {
  exporterPort: port
    .default(9100)
    .describe(
      "Port of prometheus-node-exporter on each member; it listens on the member's own address only.",
    ),
  scrapeIntervalSec: count("seconds between two scrapes", 5, 300)
    .default(15)
    .describe("Seconds between two scrapes; members write their metrics as often."),
};

/** What is watched, from where, and when it is worth an alert. */
export const monitoringSchema = z.strictObject({
  ...memberMonitoringFields,
  blackbox: hostPort
    .default("127.0.0.1:9115")
    .describe("prometheus-blackbox-exporter, as Prometheus reaches it."),
  alertmanager: hostPort
    .default("127.0.0.1:9093")
    .describe("Alertmanager, as Prometheus reaches it."),
  webhook: url
    .optional()
    .describe(
      "URL that Alertmanager posts alerts to; no secret may be in it. Default: none: alerts are shown, and sent nowhere.",
    ),
  runbook: url
    .optional()
    .describe(
      "Where the file that `homelab runbook` writes can be read; alerts link to its sections. Default: the description of each alert in this project's documentation.",
    ),
  status: z
    .strictObject({
      exporter: hostPort.describe(
        "prometheus-node-exporter of the machine that runs `homelab status --prometheus FILE` by a timer.",
      ),
      everyMinutes: count("minutes between two runs", 1, 1440)
        .default(5)
        .describe("Minutes between two runs of that timer."),
    })
    .optional()
    .describe(
      "Source of what no member knows: HA, majority, ZFS replication, guests' backups, tunnels. Default: none: there are no alerts about them.",
    ),
  thresholds: z
    .strictObject({
      certificateDays: count("days", 1, 365)
        .default(21)
        .describe("Days before the end of a certificate from which renewal counts as failed."),
      backupHours: count("hours", 1, 8760)
        .default(30)
        .describe("Hours after which the newest good backup of a guest is too old."),
      transitions: count("changes of state", 2, 1000)
        .default(8)
        .describe(
          "Changes of a member's VRRP state within ten minutes that count as flapping; a failover and its failback are at most five.",
        ),
    })
    .prefault({})
    .describe("From when something is worth an alert."),
});

/** Monitoring as it is stated, with its defaults. */
export type Monitoring = z.output<typeof monitoringSchema>;
