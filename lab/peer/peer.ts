import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VrrpProfile } from "../../model/vrrp";
import { findEngine, noEngine } from "../../sim/engine";
import { startBackend } from "../backend";
import { clean } from "../clean";
import { ensureImage } from "../image";
import { measure } from "../measure";
import { openStage } from "../open-stage";
import { releaseIn } from "../release";
import type { Result } from "../scenario";
import { SCENARIOS } from "../scenarios/all";
import type { SchedulingDelay } from "../scheduler";
import { steady, watchAll } from "../stage";
import { ensureTraefik } from "../traefik";
import { raise, type World } from "../world";
import { ANSIBLE_PACKAGES, ensureAnsible } from "./ansible";
import { ansible, type Builder, type Built, component, owner } from "./builders";
import { missesIn, type PeerRow, peerTable } from "./rows";

/** What `lab peer` was asked for. */
export interface PeerOptions {
  scenarios: readonly string[];
  /** Rounds; in each, every way builds the pair once on fresh hosts. */
  runs: number;
  profile: VrrpProfile;
  /** File for all figures. @default none */
  json?: string;
}

/** What fails over; the other scenarios are about what only the component has. */
export const PEER_SCENARIOS = [
  "traefik-stopped",
  "traefik-dead",
  "keepalived-stopped",
  "host-dead",
];

/** One way's figures of one round. */
interface Round {
  builder: Builder["name"];
  built: Built;
  /** How the scheduler was while the pair was built. */
  scheduling: SchedulingDelay;
  /** By scenario. */
  results: Record<string, Pick<Result, "tookMs" | "service" | "scheduling">>;
}

type Say = (line: string) => void;

/**
 * The component beside an Ansible role set and the owner's settings, round by round on fresh hosts.
 *
 * @returns exit code: 1 when ours is slower than Ansible or one of them did not do its work
 */
export async function runPeer(options: PeerOptions, say: Say): Promise<number> {
  if (!findEngine()) throw new Error(noEngine);
  const stackFile = join(__dirname, "..", "..", "Pulumi.homelab.yaml");
  const release = releaseIn(readFileSync(stackFile, "utf8"));
  const bin = await ensureAnsible(say);
  // The same disk for all: what Ansible needs lies unused below the others.
  const image = await ensureImage(say, ANSIBLE_PACKAGES);
  const traefik = await ensureTraefik(release, say);
  const both = [ansible(options.profile, bin), component(options.profile)];
  const rounds: Round[] = [];
  try {
    for (let number = 1; number <= options.runs; number += 1) {
      // Each goes first as often as the other, so that a warm cache helps neither.
      const order = number % 2 === 1 ? both : [...both].reverse();
      for (const builder of [...order, owner]) {
        const world = await raise([traefik.layer, image], release.version, say);
        const round = await measureRound(world, builder, options.scenarios);
        rounds.push(round);
        say(`${number}/${options.runs} ${toldRound(round)}`);
      }
    }
  } finally {
    await clean();
  }
  const rows = rowsOf(rounds, options.scenarios);
  const misses = [
    ...rounds.flatMap(({ builder, built }) => built.wrong.map((words) => `${builder}: ${words}`)),
    ...missesIn(rows),
  ];
  console.log(`\nprofile ${options.profile}, Traefik ${traefik.origin}\n${peerTable(rows)}`);
  console.log(misses.length === 0 ? "both did the same work" : ["missed:", ...misses].join("\n  "));
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ rows, rounds }, undefined, 2)}\n`);
  }
  return misses.length === 0 ? 0 : 1;
}

async function measureRound(
  world: World,
  builder: Builder,
  scenarios: readonly string[],
): Promise<Round> {
  const backend = await startBackend();
  const stage = await openStage(world, builder.profile);
  const results: Round["results"] = {};
  try {
    await stage.scheduler.start();
    const built = await builder.build(world);
    const scheduling = await stage.scheduler.stop();
    watchAll(stage);
    await steady(stage, 120);
    for (const scenario of SCENARIOS.filter(({ name }) => scenarios.includes(name))) {
      const { tookMs, service, scheduling } = await measure(stage, scenario);
      results[scenario.name] = { tookMs, service, scheduling };
    }
    return { builder: builder.name, built, scheduling, results };
  } finally {
    stage.client.end();
    stage.scheduler.end();
    backend.stop();
  }
}

function toldRound({ builder, built, results, scheduling }: Round): string {
  const { first, again, atOnce, parts = {}, wrong } = built;
  const seconds = (name: string, value?: number) =>
    value === undefined ? [] : [`${name} ${value.toFixed(2)} s`];
  const failovers = Object.entries(results).flatMap(([name, { tookMs }]) =>
    seconds(name, tookMs === undefined ? undefined : tookMs / 1000),
  );
  const busy = scheduling.pressure ?? 0;
  return [
    builder,
    ...seconds("first", first),
    ...seconds("again", again),
    ...seconds("again, both at once", atOnce),
    ...Object.entries(parts).flatMap(([part, value]) => seconds(part, value)),
    ...failovers,
    `something waited for a processor in ${Math.round(busy * 100)} % of the time`,
    ...wrong,
  ].join(", ");
}

function rowsOf(rounds: readonly Round[], scenarios: readonly string[]): PeerRow[] {
  const of = (builder: Round["builder"], value: (round: Round) => number | undefined) =>
    rounds
      .filter((round) => round.builder === builder)
      .map(value)
      .filter((found) => found !== undefined);
  const built = (
    what: string,
    ours: keyof Built & Timed,
    theirs: keyof Built & Timed,
  ): PeerRow => ({
    what,
    ours: of("ours", (round) => round.built[ours]),
    ansible: of("Ansible", (round) => round.built[theirs]),
    unit: "s",
  });
  const failover = SCENARIOS.filter(({ name }) => scenarios.includes(name)).flatMap(
    ({ name, title }): PeerRow[] => {
      const each = (value: (result: Round["results"][string]) => number | undefined) => {
        const valueIn = ({ results }: Round) => {
          const result = results[name];
          return result && value(result);
        };
        return {
          ours: of("ours", valueIn),
          ansible: of("Ansible", valueIn),
          owner: of("owner", valueIn),
        };
      };
      return [
        {
          what: title,
          unit: "s",
          ...each(({ tookMs }) => (tookMs === undefined ? undefined : tookMs / 1000)),
        },
        { what: "  requests lost", unit: "requests", ...each(({ service }) => service.lost) },
      ];
    },
  );
  return [
    { ...built("first deployment", "first", "first"), limited: true },
    { ...built("second run, nothing changed", "again", "again"), limited: true },
    built("  the same, Ansible on both members at once", "again", "atOnce"),
    ...failover,
  ];
}

type Timed = "first" | "again" | "atOnce";
