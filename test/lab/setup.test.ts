import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { plotOf } from "../../lab/instruments/plot";
import { IMAGE_RECIPE } from "../../lab/machine/image";
import { recipeKey } from "../../lab/machine/places";
import { machineProblems } from "../../lab/machine/requirements";
import { refuseSecondLab, startOf, stateOf } from "../../lab/machine/state";
import { HOSTS } from "../../lab/machine/world";
import {
  BASELINE_FIXED_WEIGHT,
  BASELINE_WEIGHT,
  baselineKeepalived,
  baselineSettings,
} from "../../lab/pair/baseline";
import { PAIR, pairSettings } from "../../lab/pair/pair";
import { releaseIn } from "../../lab/pair/release";
import { SCENARIOS } from "../../lab/scenarios/all";
import { groupMembers } from "../../model/vrrp/grouping";
import { budget, judgeVrrp, vrrpGroup } from "../../model/vrrp/vrrp";
import { membersIn } from "../support/keepalived";

const hosts = HOSTS.map((plan) => ({ ...plan, link: "", hostKey: "", root: "" }));

test("rehearses with the Traefik of the stack file", () => {
  const stackFile = readFileSync(join(__dirname, "../../Pulumi.homelab.yaml"), "utf8");
  expect(releaseIn(stackFile)).toEqual({ version: "3.5.0" });
});

test("rejects a stack file without a Traefik pair", () => {
  expect(() => releaseIn("config:\n  homelab:cluster: {}\n")).toThrowErrorMatchingInlineSnapshot(
    `[Error: found no Traefik pair with a release in the stack file; add one below homelab:traefikPairs]`,
  );
});

test("rejects a machine that cannot run it, in the user's words", () => {
  expect(machineProblems("darwin", 501)).toMatchInlineSnapshot(`
    [
      "found darwin, expected linux; run the lab on a Linux machine or in a Linux VM",
    ]
  `);
  expect(machineProblems("linux", 1000)).toMatchInlineSnapshot(`
    [
      "found user id 1000, expected root, who alone may mount and make network namespaces; run it as root, e.g. sudo make lab",
    ]
  `);
  expect(machineProblems("linux", 0)).toEqual([]);
});

test("a cached image is another one as soon as its recipe changes", () => {
  const more = { ...IMAGE_RECIPE, packages: [...IMAGE_RECIPE.packages, "vim"] };
  expect(recipeKey(more)).not.toBe(recipeKey(IMAGE_RECIPE));
  expect(recipeKey({ ...IMAGE_RECIPE })).toBe(recipeKey(IMAGE_RECIPE));
});

test("the lab's pair keeps what its profiles promise", () => {
  const fast = budget(vrrpGroup(PAIR, pairSettings("fast", HOSTS)));
  expect(Math.max(fast.crashSec, fast.totalSec)).toBeLessThan(1);
  expect(judgeVrrp(vrrpGroup(PAIR, pairSettings("compatible", HOSTS)))).toEqual([]);
});

test("the baseline's file says what the model is told about it", () => {
  const texts = (weight: number) =>
    hosts.map((host, index) => baselineKeepalived(host, index, weight));
  for (const weight of [BASELINE_WEIGHT, BASELINE_FIXED_WEIGHT]) {
    const [group] = groupMembers(texts(weight).flatMap((text) => membersIn(text)));
    if (!group) throw new Error("no group");
    const predicted = budget(vrrpGroup("baseline", baselineSettings(hosts, weight)));
    expect(budget(group)).toEqual(predicted);
    expect(Number.isFinite(predicted.totalSec)).toBe(weight === BASELINE_FIXED_WEIGHT);
  }
});

test("scenarios have names of their own", () => {
  const names = SCENARIOS.map(({ name }) => name);
  expect([...new Set(names)]).toEqual(names);
});

test("a plot shows answers, losses, the master and the fault", () => {
  const svg = plotOf("Traefik <dead>", {
    scenario: "x",
    atMs: 1000,
    moved: true,
    tookMs: 400,
    service: { requests: 3, lost: 1, losses: { timeout: 1 }, longestGapMs: 400 },
    arp: 1,
    masters: ["traefik-2"],
    scheduling: { p50Ms: 0, p99Ms: 0, maxMs: 0 },
    requests: [
      { startMs: 900, endMs: 910, outcome: "ok", member: "10.77.0.11" },
      { startMs: 1010, endMs: 2010, outcome: "timeout" },
      { startMs: 1410, endMs: 1415, outcome: "ok", member: "10.77.0.12" },
    ],
    changes: [
      { atMs: 1100, host: "traefik", owns: false },
      { atMs: 1400, host: "traefik-2", owns: true },
    ],
    announcements: [{ atMs: 1401, mac: "f6:47:5c:11:85:6e" }],
  });
  const colours = [...svg.matchAll(/<circle [^>]*fill="([^"]+)"/g)].map((match) => match[1]);
  expect(colours).toEqual(["#1b6ca8", "#c8352b", "#2a9d5c"]);
  expect(svg.match(/has the address<\/title>/g)?.length).toBe(2);
  expect(svg).toContain("<title>Traefik &lt;dead></title>");
});

test("rejects a second lab while the first one runs, and not after it ended", () => {
  const run = { pid: process.ppid, startTicks: startOf(process.ppid) ?? "", what: "the lab" };
  const notes = (owner: typeof run) => stateOf(JSON.stringify({ owner }), "state.json");
  expect(() => refuseSecondLab(notes(run))).toThrow(
    `another lab runs on this machine (process ${process.ppid}); wait until it ends`,
  );
  refuseSecondLab(notes({ ...run, startTicks: "1" }));
  refuseSecondLab(notes({ ...run, pid: process.pid }));
  refuseSecondLab(stateOf("{}", "state.json"));
});

test("rejects damaged notes of a run, by which root removes things", () => {
  const notes = { processes: [{ pid: 7, startTicks: "99", what: "sshd" }], namespaces: ["lab-a"] };
  expect(stateOf(JSON.stringify(notes), "state.json")).toEqual({
    ...notes,
    mounts: [],
    links: [],
    cgroups: [],
  });
  expect(() => stateOf('{"mounts": "/"}', "state.json")).toThrowErrorMatchingInlineSnapshot(
    `[Error: state.json: mounts: Invalid input: expected array, received string; it is damaged, or of another version]`,
  );
  expect(() => stateOf('{"mounts": ["/', "state.json")).toThrowErrorMatchingInlineSnapshot(
    `[Error: state.json: Invalid input: expected object, received undefined; it is damaged, or of another version]`,
  );
});
