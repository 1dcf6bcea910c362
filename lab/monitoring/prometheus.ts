import { spawn } from "node:child_process";
import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { alertsOf } from "../../model/monitoring/alerts";
import type { MonitoringFacts } from "../../model/monitoring/types";
import {
  alertRules,
  blackboxConfig,
  prometheusConfig,
  RULES_FILE,
} from "../../templates/monitoring/prometheus";
import { RUN_FOLDER } from "../machine/places";
import { until } from "../machine/shell";
import { noteProcess } from "../machine/state";

const ADDRESS = "127.0.0.1:19090";
export const BLACKBOX = "127.0.0.1:19115";

const alertsAnswer = z.object({
  data: z.object({
    alerts: z.array(z.object({ state: z.string(), labels: z.object({ alertname: z.string() }) })),
  }),
});

/** A Prometheus that runs. */
export interface Prometheus {
  /** Names of the alerts that fire now. */
  firing(): Promise<Set<string>>;
  /** Whether it has scraped everything, and evaluated what it scraped. */
  ready(): Promise<boolean>;
  stop(): void;
}

/** Starts Debian's Prometheus and blackbox exporter on this machine with the rendered files. */
export async function startPrometheus(facts: MonitoringFacts): Promise<Prometheus> {
  const folder = join(RUN_FOLDER, "prometheus");
  mkdirSync(folder, { recursive: true });
  const files = {
    "prometheus.yml": prometheusConfig(facts),
    [RULES_FILE]: alertRules(alertsOf(facts), facts),
    "blackbox.yml": blackboxConfig(facts),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const start = (program: string, args: string[]) => {
    const log = openSync(join(folder, `${program}.log`), "a");
    const child = spawn(program, args, { cwd: folder, stdio: ["ignore", log, log] });
    if (child.pid === undefined) throw new Error(`${program} cannot be started`);
    noteProcess(child.pid, program);
    return child;
  };
  const children = [
    start("prometheus-blackbox-exporter", [
      "--config.file=blackbox.yml",
      `--web.listen-address=${BLACKBOX}`,
    ]),
    start("prometheus", [
      "--config.file=prometheus.yml",
      "--storage.tsdb.path=data",
      `--web.listen-address=${ADDRESS}`,
    ]),
  ];
  const get = async (path: string) => (await fetch(`http://${ADDRESS}${path}`)).json();
  const ready = async () => {
    try {
      const { data } = (await get("/api/v1/query?query=count(homelab_member_ready)")) as {
        data: { result: { value: [number, string] }[] };
      };
      return data.result[0]?.value[1] === String(facts.addresses[0]?.members.length);
    } catch {
      return false;
    }
  };
  await until("Prometheus scrapes both members", 120, ready, 1);
  return {
    ready,
    firing: async () => {
      const { data } = alertsAnswer.parse(await get("/api/v1/alerts"));
      const names = data.alerts.flatMap(({ state, labels }) =>
        state === "firing" ? [labels.alertname] : [],
      );
      return new Set(names);
    },
    stop: () => {
      for (const child of children) child.kill();
    },
  };
}
