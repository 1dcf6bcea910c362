import { readFileSync } from "node:fs";
import { join } from "node:path";
import { watchedPair } from "../../cli/commands/monitoring/facts";
import { findEngine } from "../../clients/pulumi/engine";
import { alertsOf } from "../../model/monitoring/alerts";
import type { MonitoringFacts } from "../../model/monitoring/types";
import { traefikService } from "../../templates/host/services";
import { startBackend } from "../instruments/backend";
import { markdownTable } from "../instruments/markdown";
import { clean } from "../machine/clean";
import { ensureImage } from "../machine/image";
import { onPath, sleep, until } from "../machine/shell";
import { raise } from "../machine/world";
import { openDeployment } from "../pair/deploy";
import { openStage } from "../pair/open-stage";
import { membersOf, PAIR, ROUTE_HOST, WEB_PORT } from "../pair/pair";
import { releaseIn } from "../pair/release";
import { type Told, toldOf, writeStackFile } from "../pair/stack-file";
import { ensureTraefik } from "../pair/traefik";
import { type Stage, steady, watchAll } from "../scenarios/stage";
import { BLACKBOX, type Prometheus, startPrometheus } from "./prometheus";
import { ALERT_SCENARIOS, type AlertScenario } from "./scenarios";

type Say = (line: string) => void;

/** The shortest writing and scraping that the stack file allows, or nearly. */
const [WRITE_SEC, SCRAPE_SEC] = [5, 2];

/** Seconds for which a scenario without an alert is watched. */
const QUIET_SEC = 45;

/** What came of a scenario. */
interface Outcome {
  title: string;
  /** Seconds from the fault until each alert fired, and from the repair until none did. */
  fired: Map<string, number>;
  clearedSec?: number;
  /** What one `homelab status` said while the fault was there, or after it had healed. */
  told: Told;
  /** The line of it that names the fault. @default none had to */
  named?: string;
  misses: string[];
}

/**
 * Deploys the pair with monitoring, lets a real Prometheus watch it, and breaks it one way after the other.
 *
 * @returns exit code: 1 when an alert was missing, came late, did not clear, or was not expected
 */
export async function runAlerts(
  options: { scenarios: readonly string[]; patience: number },
  say: Say,
): Promise<number> {
  if (!findEngine()) throw new Error("found no Pulumi CLI on PATH, which deploys the pair");
  for (const program of ["prometheus", "prometheus-blackbox-exporter"]) {
    if (!(await onPath(program))) {
      throw new Error(`found no ${program}; install it: sudo sh test/support/tools.sh`);
    }
  }
  const release = releaseIn(
    readFileSync(join(__dirname, "..", "..", "Pulumi.homelab.yaml"), "utf8"),
  );
  const image = await ensureImage(say, ["openssl", "prometheus-node-exporter"]);
  const traefik = await ensureTraefik(release, say);
  const outcomes: Outcome[] = [];
  try {
    const world = await raise([traefik.layer, image], release.version, say);
    const backend = await startBackend();
    const opened = await openStage(world, "compatible");
    const deployment = await openDeployment(world, "compatible");
    const stage = { ...opened, deployment };
    try {
      const monitoring = { exporterPort: 9100, scrapeIntervalSec: WRITE_SEC };
      const { seconds } = await deployment.up(() => ({ monitoring }));
      say(`deployed in ${seconds.toFixed(1)} s`);
      watchAll(stage);
      await steady(stage, 120);
      const stack = writeStackFile(world, "compatible", monitoring);
      const status = () => toldOf(stack);
      const facts = factsOf(stage, options.patience);
      const prometheus = await startPrometheus(facts);
      say(`Prometheus scrapes every ${SCRAPE_SEC} s, members write every ${WRITE_SEC} s`);
      for (const scenario of ALERT_SCENARIOS) {
        if (!options.scenarios.includes(scenario.name)) continue;
        const outcome = await rehearse(stage, scenario, { facts, prometheus, status });
        outcomes.push(outcome);
        say(`${scenario.name}: ${textOf(outcome).join("; ")}`);
      }
      prometheus.stop();
      console.log(tableOf(outcomes, facts, options.patience));
    } finally {
      stage.client.end();
      stage.scheduler.end();
      backend.stop();
      await deployment.stop();
    }
  } finally {
    await clean();
  }
  return outcomes.some(({ misses }) => misses.length > 0) ? 1 : 0;
}

/** The pair of the lab as `homelab monitoring` would see it. */
function factsOf(stage: Stage, patience: number): MonitoringFacts {
  const members = membersOf("compatible", stage.world.hosts);
  const settings = { ...stage.settings, members };
  const service = { ...traefikService(PAIR, { ...settings, traefik: { pingPort: 8080 } }) };
  const place = `traefikPairs.${PAIR}`;
  const pair = { name: PAIR, place, settings, vip: stage.vip };
  return {
    stack: "lab",
    scrapeSec: SCRAPE_SEC,
    writeSec: WRITE_SEC,
    exporterPort: 9100,
    blackbox: BLACKBOX,
    alertmanager: "127.0.0.1:9",
    // One scenario after the other is flapping, by the figure for a house.
    thresholds: { certificateDays: 21, transitions: 1000, backupHours: 30 },
    addresses: [
      {
        ...watchedPair({ ...pair, service: { ...service, port: WEB_PORT } }),
        certificates: false,
        comparesConfiguration: true,
        replication: { source: members[0]?.name ?? "", fullSyncSec: 1800 },
      },
    ],
    ingresses: [],
    routes: [{ place, name: "whoami", host: ROUTE_HOST, url: `http://${stage.vip}/` }],
    tunnels: [],
    patience,
  };
}

/** Seconds that systems of a busy machine may be late, beside an alert's own time. */
const LATE_SEC = 45;

/** Seconds after the repair within which every alert has to be gone. */
const CLEAR_SEC = 180;

async function rehearse(
  stage: Stage,
  scenario: AlertScenario,
  {
    facts,
    prometheus,
    status,
  }: { facts: MonitoringFacts; prometheus: Prometheus; status: () => Promise<Told> },
): Promise<Outcome> {
  const { title, fires, may = [], status: sign } = scenario;
  const none = async () => (await prometheus.firing()).size === 0 && (await prometheus.ready());
  await until("no alert fires before the fault", 300, none, 1);
  const fired = new Map<string, number>();
  const misses: string[] = [];
  const beginMs = performance.now();
  const since = () => (performance.now() - beginMs) / 1000;
  let broken = true;
  const watching = (async () => {
    while (broken) {
      for (const name of await prometheus.firing()) if (!fired.has(name)) fired.set(name, since());
      await sleep(1);
    }
  })();
  await scenario.act(stage);
  const actedSec = since();
  const longest = Math.max(
    0,
    ...alertsOf(facts).flatMap(({ name, forSec }) => (fires.includes(name) ? [forSec] : [])),
  );
  // Members call it drift after a roll-out's time, and a failed health is written first.
  const waitSec = actedSec + (fires.length > 0 ? 75 + longest + LATE_SEC : QUIET_SEC);
  while (since() < waitSec && (fires.length === 0 || fires.some((name) => !fired.has(name)))) {
    await sleep(1);
  }
  broken = false;
  await watching;
  for (const name of fires) if (!fired.has(name)) misses.push(`${name} did not fire`);
  for (const name of fired.keys()) {
    if (!fires.includes(name) && !may.includes(name)) misses.push(`${name} was not expected`);
  }
  const told = await status();
  const named = sign && told.lines.find((line) => sign.test(line));
  if (sign && named === undefined) misses.push(`status does not name it: ${told.lines.join("; ")}`);
  const repairMs = performance.now();
  await scenario.repair(stage);
  const outcome: Outcome = { title, fired, told, misses, ...(named !== undefined && { named }) };
  const cleared = async () => (await prometheus.firing()).size === 0;
  try {
    await until("all alerts clear", CLEAR_SEC, cleared, 1);
    outcome.clearedSec = (performance.now() - repairMs) / 1000;
  } catch {
    misses.push(`${[...(await prometheus.firing())].join(", ")} did not clear in ${CLEAR_SEC} s`);
  }
  await steady(stage, 120);
  return outcome;
}

const rounded = (seconds: number) => `${Math.round(seconds)} s`;

function textOf({ fired, clearedSec, misses }: Outcome): string[] {
  const alerts = [...fired].map(([name, seconds]) => `${name} after ${rounded(seconds)}`);
  const clear = clearedSec === undefined ? "not cleared" : `clear after ${rounded(clearedSec)}`;
  return [alerts.join(", ") || "no alert", clear, ...misses];
}

/** What happened, what `status` said, which alerts fired and when beside the time that each waits by its rule: Markdown. */
function tableOf(outcomes: readonly Outcome[], facts: MonitoringFacts, patience: number): string {
  const waits = new Map(alertsOf(facts).map(({ name, forSec }) => [name, forSec]));
  const rows = outcomes.map(({ title, fired, clearedSec, told, named }) => {
    const alerts = [...fired].map(
      ([name, seconds]) => `${name} ${rounded(seconds)} (${waits.get(name)} s)`,
    );
    const clear = clearedSec === undefined ? "never" : rounded(clearedSec);
    return [
      title,
      `${told.code}: ${named ?? "nothing new"}`,
      alerts.join(", ") || "none",
      fired.size === 0 ? "" : clear,
    ];
  });
  const head = [
    "what was broken",
    "`status`: exit code and words",
    "alerts after (their `for`)",
    "clear after",
  ];
  const misses = outcomes.flatMap(({ title, misses: all }) => all.map((one) => `${title}: ${one}`));
  return [
    markdownTable(head, rows),
    `scrapes every ${SCRAPE_SEC} s, members write every ${WRITE_SEC} s; times that are chosen (a roll-out, a reboot) × ${patience}`,
    misses.length === 0
      ? "every fault was named, every alert fired, and cleared"
      : `missed:\n  ${misses.join("\n  ")}`,
  ].join("\n");
}
