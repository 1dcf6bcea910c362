import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect } from "vitest";
import { scratch } from "../support/clusters/homelab";
import { buildHouse, chartService, type House, NEW, OLD, until } from "../support/cutover/house";
import { engineTest } from "../support/engine";

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

engineTest("an additive move loses no request at any phase, forward and back", async () => {
  for (const phase of [...phases, "cleanup"]) {
    house.client.during(phase);
    expect(await step(phase === "preflight" ? "start" : "next")).toContain(`${phase} is done`);
    expect(house.client.tally.lost).toEqual([]);
  }
  expect(house.plane.listening()).toEqual([NEW]);
  expect((await house.cutover("next", "--yes")).stdout).toBe("everything is done\n");
  for (const phase of ["cleanup", ...phases.toReversed()]) {
    house.client.during(`${phase}, back`);
    expect(await step("back")).toContain(`${phase} is taken back`);
    expect(house.client.tally.lost).toEqual([]);
  }
  expect(house.plane.listening()).toEqual([OLD]);
  expect(house.journal()).toBeUndefined();
  const { served, lost } = await house.client.stop();
  expect(lost).toEqual([]);
  for (const path of ["name", "alias", "tunnel"]) expect(served[path]).toBeGreaterThan(100);
  expect(readFileSync(house.stackFile, "utf8")).toContain("phase: before");
});

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

engineTest("killed at each step and resumed, it loses no request, forward and back", async () => {
  let kills = 0;
  for (const phase of [...phases, "cleanup"]) {
    house.client.during(phase);
    kills += await killedStep(phase === "preflight" ? "start" : "next", phase);
    expect(house.journal()?.phases[phase]?.state).toBe("done");
    expect(house.client.tally.lost).toEqual([]);
  }
  for (const phase of ["cleanup", ...phases.toReversed()]) {
    house.client.during(`${phase}, back`);
    kills += await killedStep("back", phase);
    expect(house.journal()?.phases[phase]?.state ?? "undone").toBe("undone");
    expect(house.client.tally.lost).toEqual([]);
  }
  expect(house.plane.listening()).toEqual([OLD]);
  expect(kills).toBeGreaterThanOrEqual(2 * phases.length);
  const { lost } = await house.client.stop();
  expect(lost).toEqual([]);
});

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
