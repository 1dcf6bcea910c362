import { appendFileSync } from "node:fs";
import { afterAll, beforeAll, expect } from "vitest";
import { engine, engineTest } from "../../support/engine";
import { buildHouses, type Houses, play } from "../../support/kills/house";
import { roundOf, roundText } from "../../support/kills/round";

// `up`s that meet errors and are killed wherever a seed says; docs/testing.md has the variables.

const nightly = process.env.HOMELAB_NIGHTLY === "1";
const rounds = Number(process.env.HOMELAB_KILLS ?? (nightly ? 50 : 2));
const first = Number(process.env.HOMELAB_KILLS_SEED ?? (nightly ? Date.now() % 1_000_000 : 101));
const seeds = Array.from({ length: rounds }, (_, index) => first + index);

let houses: Houses | undefined;

beforeAll(async () => {
  if (engine !== undefined) houses = await buildHouses();
});
afterAll(() => houses?.remove());

engineTest.each(seeds)("an up killed at random converges, seed %i", async (seed) => {
  if (houses === undefined) throw new Error("there is no house to kill an up of");
  const calls = { first: houses.scenes.first.calls, edited: houses.scenes.edited.calls };
  const round = roundOf(seed, calls);
  const { attempts, missed } = await play(round, houses);
  const text = [roundText(round), ...attempts.map((attempt) => `  ${attempt}`)].join("\n");
  note([`${missed.length === 0 ? "converged" : "MISSED"}: ${text}`, ...missed]);
  expect(missed, text).toEqual([]);
});

/** Keeps what became of a round where somebody asks for it. */
function note(lines: readonly string[]): void {
  const file = process.env.HOMELAB_KILLS_LOG;
  if (file !== undefined) appendFileSync(file, `${lines.join("\n")}\n`);
}
