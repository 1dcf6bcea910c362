import { expect, test } from "vitest";
import { problemText } from "../../../config/file/problem";
import { parseStack } from "../../../config/parse";
import { stackData } from "../../support/clusters/stacks";

const problemsOf = (monitoring: unknown) => {
  const parsed = parseStack({ ...stackData("two-nodes"), monitoring });
  return (parsed.stack ? [] : parsed.problems).map(problemText);
};

test.each([
  {},
  { status: { exporter: "control.lan:9100" } },
  { webhook: "http://10.0.0.5:8080/x" },
])("%j is sound", (monitoring) => {
  expect(problemsOf(monitoring)).toEqual([]);
});

test.each([
  [{ blackbox: "127.0.0.1" }, 'homelab:monitoring.blackbox: found "127.0.0.1", expected host:port'],
  [{ alertmanager: "host:0" }, "homelab:monitoring.alertmanager: found"],
  [{ status: {} }, "homelab:monitoring.status.exporter: missing"],
  [{ scrapeIntervalSec: 1 }, "expected seconds between two scrapes from 5 to 300"],
  [{ exporterPort: 70_000 }, "homelab:monitoring.exporterPort: found 70000, expected a port"],
  [{ thresholds: { certificateDay: 3 } }, 'did you mean "certificateDays"?'],
])("%j is refused with what to write", (monitoring, message) => {
  expect(problemsOf(monitoring)).toEqual([expect.stringContaining(message)]);
});
