import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect } from "vitest";
import { scratch } from "../support/clusters/homelab";
import { buildHouse, chartService, type House, NEW, OLD, until } from "../support/cutover/house";
import { engineTest, onlyNightly } from "../support/engine";

let home: ReturnType<typeof scratch>;
let house: House;
beforeEach(async () => {
  home = scratch();
  house = await buildHouse(home.dir);
}, 300_000);
afterEach(async () => {
  await house.stop();
  home.remove();
});

const phases = ["preflight", "service", "dns-ttl", "dns", "firewall", "tunnel", "verification"];

/** Runs a command until it has nothing more to ask, doing by hand what it asks for. */
async function step(word: "start" | "next" | "back"): Promise<string> {
  for (let round = 0; round < 6; round++) {
    const { code, stdout, stderr } = await house.cutover(word, "--yes", ...confirmed(round));
    if (code === 0) return stdout;
    if (code !== 3) throw new Error(`${word} ended with ${code}:\n${stdout}${stderr}`);
    const [, phase] = /^(\S+) is yours:$/m.exec(stdout) ?? [];
    if (phase !== undefined) house.byHand(phase, word === "back");
  }
  throw new Error(`${word} asks for ever`);
}

const confirmed = (round: number) => (round > 0 ? ["--confirm"] : []);

/** Kills a command, and all that it started, as soon as something is true; says whether it got that far. */
async function killWhen(word: "start" | "next" | "back", moment: () => boolean): Promise<boolean> {
  const { child, ended } = house.begin(word, "--yes", "--confirm");
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over && !moment()) await new Promise((resolve) => setTimeout(resolve, 5));
  if (over || child.pid === undefined) return false;
  process.kill(-child.pid, "SIGKILL");
  await ended;
  return true;
}

/** One step, killed when the journal changes and, where the platforms are changed, amid that too. */
async function killedStep(word: "start" | "next" | "back", phase: string): Promise<number> {
  let kills = 0;
  const before = JSON.stringify(house.journal());
  if (await killWhen(word, () => JSON.stringify(house.journal()) !== before)) kills++;
  // A phase that was just ended by the very write at which it was killed is not done again.
  const state = house.journal()?.phases[phase]?.state;
  if (state === (word === "back" ? "undone" : "done")) return kills;
  if (["service", "tunnel"].includes(phase)) {
    const changes = house.world().changes.length;
    if (await killWhen(word, () => house.world().changes.length > changes)) kills++;
  }
  const started = house.journal()?.phases.preflight?.state === "done";
  if (word !== "start" || !started) await step(word);
  return kills;
}

type Kill = "never" | "chosen" | "each";

/**
 * By day: the beginning, one step of the engine and one of a hand forward, and one of each back; the
 * other direction of each goes without a kill.
 */
const chosen = {
  forward: ["preflight", "service", "dns"],
  back: ["cleanup", "tunnel"],
};

const moves: { kill: Kill; name: string; nightly?: true }[] = [
  { kill: "chosen", name: "killed at chosen steps and resumed" },
  { kill: "never", name: "undisturbed", nightly: true },
  { kill: "each", name: "killed at each step and resumed", nightly: true },
];

engineTest.each(onlyNightly(moves))(
  "an additive move loses no request at any phase, forward and back: $name",
  async ({ kill }) => {
    let kills = 0;
    const isKilled = (phase: string, way: keyof typeof chosen) =>
      kill === "each" || (kill === "chosen" && chosen[way].includes(phase));
    for (const phase of [...phases, "cleanup"]) {
      const word = phase === "preflight" ? "start" : "next";
      house.client.during(phase);
      if (isKilled(phase, "forward")) kills += await killedStep(word, phase);
      else expect(await step(word)).toContain(`${phase} is done`);
      expect(house.journal()?.phases[phase]?.state).toBe("done");
      expect(house.client.tally.lost).toEqual([]);
    }
    expect(house.plane.listening()).toEqual([NEW]);
    expect((await house.cutover("next", "--yes")).stdout).toBe("everything is done\n");
    for (const phase of ["cleanup", ...phases.toReversed()]) {
      house.client.during(`${phase}, back`);
      if (isKilled(phase, "back")) kills += await killedStep("back", phase);
      else expect(await step("back")).toContain(`${phase} is taken back`);
      expect(house.journal()?.phases[phase]?.state ?? "undone").toBe("undone");
      expect(house.client.tally.lost).toEqual([]);
    }
    expect(house.plane.listening()).toEqual([OLD]);
    expect(house.journal()).toBeUndefined();
    expect(readFileSync(house.stackFile, "utf8")).toContain("phase: before");
    const { served, lost } = await house.client.stop();
    expect(lost).toEqual([]);
    for (const path of ["name", "alias", "tunnel"]) expect(served[path]).toBeGreaterThan(100);
    const least = { never: 0, chosen: 4, each: 2 * phases.length };
    expect(kills).toBeGreaterThanOrEqual(least[kill]);
  },
);

engineTest("the order of the first attempt loses requests on every path", async () => {
  house.edit(({ cloudflare }) => {
    for (const tunnel of Object.values(cloudflare.tunnels)) {
      tunnel.config = {
        ingresses: [{ hostname: "app.example.org", service: `https://${OLD}:443` }],
      };
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(house.client.tally.lost).toEqual([]);
  house.client.during("the Service moves first");
  house.edit((state) => {
    state.kubernetes["v1/Service/traefik/traefik"] = chartService("LoadBalancer", NEW);
  });
  await until(() => house.plane.listening().includes(NEW));
  await new Promise((resolve) => setTimeout(resolve, 500));
  house.client.during("DNS and firewall follow");
  house.byHand("dns");
  house.byHand("firewall");
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const { lost } = await house.client.stop();
  const paths = (during: string) =>
    [...new Set(lost.filter((one) => one.during === during).map(({ path }) => path))].sort();
  expect(paths("the Service moves first")).toEqual(["alias", "name", "tunnel"]);
  // Names are kept for the old TTL, and nothing tells the tunnel.
  expect(paths("DNS and firewall follow")).toEqual(["name", "tunnel"]);
});
