import { expect, test } from "vitest";
import { clusterModel } from "../../../config/cluster-model";
import { planned, plannedStop } from "../../../model/planned/planned";
import { plannedSteps } from "../../../model/planned/planned-steps";
import { saidOfSeveral } from "../../../model/resilience/plural";
import { explain } from "../../../model/resilience/resilience";
import { timeline } from "../../../model/resilience/timeline";
import { homelabStack } from "../../support/clusters/baseline-cluster";

test.each([
  [
    "it is stopped in order, and HA starts it on b, unless a is back within a minute",
    "they are stopped in order, and HA starts them on b, unless a is back within a minute",
  ],
  [
    "its only disk is on a, unharmed: off until a returns",
    "their only disks are on a, unharmed: off until a returns",
  ],
  ["its only disk was on a: its data is gone", "their only disks were on a: their data is gone"],
  ["every copy of its disk is on a and b", "every copy of their disks is on a and b"],
  ["it runs and does not answer", "they run and do not answer"],
  [
    "it runs on, but a is cut off: nobody reaches it",
    "they run on, but a is cut off: nobody reaches them",
  ],
  [
    "it runs on: only its side of the network reaches it",
    "they run on: only that side of the network reaches them",
  ],
  [
    "its disk on tank of a is gone, and HA does nothing",
    "their disks on tank of a are gone, and HA does nothing",
  ],
  ["it never moves (GPU): off until a returns", "they never move (GPU): off until a returns"],
  [
    "HA puts it on b, where its disk is not, so it does not start",
    "HA puts them on b, where their disks are not, so they do not start",
  ],
  ["it takes 512 MB and finds no room on b", "they take 512 MB and find no room on b"],
  [
    "it is off until a has booted, which starts it if it is set to",
    "they are off until a has booted, which starts them if they are set to",
  ],
  [
    "a carries HA guests and resets itself after 60 s",
    "a carries HA guests and resets itself after 60 s",
  ],
])("%s", (one, several) => {
  expect(saidOfSeveral(one)).toBe(several);
});

test("a step about several guests speaks of none as one, whatever fails or is stopped", () => {
  const cluster = clusterModel(homelabStack());
  const stops = cluster.nodes.flatMap((node) =>
    ["reboot", "shutdown", "maintenance"].map((kind) => `${kind}:${node}`),
  );
  const failures = cluster.nodes.flatMap((node) => [
    [node],
    [`disks:${node}`],
    [`partition:${node}`],
    ...cluster.nodes.filter((other) => other > node).map((other) => [node, other]),
  ]);
  const steps = [
    ...stops.flatMap((name) => {
      const stop = plannedStop(cluster, name);
      return stop ? plannedSteps(cluster, stop, planned(cluster, stop)) : [];
    }),
    ...[...failures, ["corosync"]].flatMap((names) => timeline(cluster, explain(cluster, names))),
  ];
  const names = new Set(cluster.guests.map(({ name }) => name));
  const ofSeveral = steps
    .map(({ text }) => text)
    .filter(
      (text) => names.has(/^(\S+?),? .*?: /.exec(text)?.[1] ?? "") && / and \S+: /.test(text),
    );
  expect(ofSeveral.length).toBeGreaterThan(10);
  expect(ofSeveral.filter((text) => /: (it|its) |\bHA \w+ it\b/.test(text))).toEqual([]);
});
