import { expect, test } from "vitest";
import { syntheticStack } from "../../../bench/synthetic";
import { wholeDoubles } from "../../../cli/report/resilience-doubles";
import { clusterResilience, touched } from "../../../cli/run/judgement";
import { clusterModel } from "../../../config/cluster-model";
import { allFailures, type FailureReport } from "../../../model/resilience/resilience";
import { stackData, stackOf } from "../../support/clusters/stacks";

/** What decides a cell of the report: kind, times, data. */
const fates = (report: FailureReport, kind: "guests" | "services") =>
  Object.fromEntries(
    Object.entries(report[kind])
      .map(([name, { status, rtoSec, rpoSec }]) => [name, [status, rtoSec, rpoSec]] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

test.each(["homelab", "matrix"])(
  "the double losses of %s are whole again when they are read",
  (name) => {
    const cluster = clusterModel(stackOf(stackData(name)));
    const whole = wholeDoubles(clusterResilience(cluster));
    const expected = allFailures(cluster, 2).map(touched);
    expect(whole.map(({ failed }) => failed)).toEqual(expected.map(({ failed }) => failed));
    for (const [index, report] of expected.entries()) {
      const found = whole[index] as FailureReport;
      expect(fates(found, "guests")).toEqual(fates(report, "guests"));
      expect(fates(found, "services")).toEqual(fates(report, "services"));
      expect(found.cephQuorum).toBe(report.cephQuorum);
    }
  },
);

test("1,000 guests on 50 nodes make a document of megabytes, not of tens of them", () => {
  const stack = stackOf(syntheticStack(1000, 50));
  const resilience = clusterResilience(clusterModel(stack));
  expect(resilience.double).toHaveLength(1225);
  expect(JSON.stringify(resilience, null, 2).length).toBeLessThan(4_000_000);
  // Two nodes of one group have nothing to do with each other, unless a pair sits on them.
  expect(resilience.double.flatMap(({ guests }) => Object.keys(guests))).toEqual([]);
});
