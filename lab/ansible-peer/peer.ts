import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findEngine, noEngine } from "../../clients/pulumi/engine";
import type { VrrpProfile } from "../../model/vrrp/vrrp";
import { startBackend } from "../instruments/backend";
import { measure } from "../instruments/measure";
import { clean } from "../machine/clean";
import { ensureImage } from "../machine/image";
import { raise, type World } from "../machine/world";
import { openStage } from "../pair/open-stage";
import { releaseIn } from "../pair/release";
import { ensureTraefik } from "../pair/traefik";
import { SCENARIOS } from "../scenarios/all";
import type { Scenario } from "../scenarios/scenario";
import { steady, watchAll } from "../scenarios/stage";
import { ANSIBLE_PACKAGES, ensureAnsible } from "./ansible";
import { ansible, type Builder, baseline, component } from "./builders";
import { notesOf, type Round, roundText, rowsOf } from "./rounds";
import { missesIn, peerTable } from "./rows";

/** What `lab peer` was asked for. */
export interface PeerOptions {
  scenarios: readonly string[];
  /** Rounds; in each, every way builds the pair once on fresh hosts. */
  runs: number;
  profile: VrrpProfile;
  /** File for all figures. @default none */
  json?: string;
}

/** Scenarios that every pair can take part in; the others need the engine. */
export const PEER_CHOICE = SCENARIOS.filter(({ profiles }) => profiles === undefined).map(
  ({ name }) => name,
);

/** Failures that move the address. */
export const PEER_SCENARIOS = [
  "traefik-stopped",
  "traefik-dead",
  "keepalived-stopped",
  "host-dead",
];

type Say = (line: string) => void;

/**
 * The component beside an Ansible role set and the baseline, round by round on fresh hosts.
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
  const scenarios = SCENARIOS.filter(({ name }) => options.scenarios.includes(name));
  const rounds: Round[] = [];
  try {
    for (let number = 1; number <= options.runs; number += 1) {
      // Each goes first as often as the other, so that a warm cache helps neither.
      const order = number % 2 === 1 ? both : [...both].reverse();
      for (const builder of [...order, baseline]) {
        const world = await raise([traefik.layer, image], release.version, say);
        const round = await measureRound(world, builder, scenarios);
        rounds.push(round);
        say(`${number}/${options.runs} ${roundText(round)}`);
      }
    }
  } finally {
    await clean();
  }
  const rows = rowsOf(rounds, scenarios);
  const misses = [
    ...rounds.flatMap(({ builder, built }) => built.wrong.map((text) => `${builder}: ${text}`)),
    ...missesIn(rows),
  ];
  console.log(`\nprofile ${options.profile}, Traefik ${traefik.origin}\n${peerTable(rows)}`);
  for (const text of notesOf(rounds)) console.log(text);
  console.log(misses.length === 0 ? "both did the same work" : ["missed:", ...misses].join("\n  "));
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ rows, rounds }, undefined, 2)}\n`);
  }
  return misses.length === 0 ? 0 : 1;
}

async function measureRound(
  world: World,
  builder: Builder,
  scenarios: readonly Scenario[],
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
    for (const scenario of scenarios) {
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
