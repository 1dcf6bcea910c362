import { expect, test } from "vitest";
import type { Report, Resilience } from "../../../cli/report/types";
import { survivalText, verdictOf } from "../../../cli/report/verdict";
import type { SinglePoint } from "../../../model/resilience/single-points";
import { loss, outcome, ruled, someReport, someResilience } from "../../support/cli";

const point = (kind: SinglePoint["kind"], name: string, ...services: string[]): SinglePoint => ({
  kind,
  name,
  services,
});

const down = outcome("stopped", { rtoSec: null });
const restarts = outcome("restarts", { rtoSec: [121, 241], rpoSec: 900 });

function resilience(more: Partial<Resilience>): Resilience {
  return {
    ...someResilience(),
    services: ["dns", "web", "game", "db"],
    single: [],
    singlePoints: [],
    ...more,
  };
}

test.each<[string, Partial<Resilience>, string]>([
  ["nothing", {}, "all 4 services survive the loss of any one node"],
  [
    "failover alone, which needs no memory",
    { single: [loss(["a"], { dns: outcome("failover", { rtoSec: [1, 2] }) })] },
    "all 4 services survive the loss of any one node",
  ],
  [
    "a restart whose memory nobody stated",
    { single: [loss(["a"], { dns: restarts })] },
    "all 4 services survive the loss of any one node, if the others have room",
  ],
  [
    "domains that were looked at too",
    { domains: [loss(["rack-1"])] },
    "all 4 services survive the loss of any one node, failure domain or shared storage",
  ],
  [
    "one node that takes three down",
    { single: [loss(["pve1"])], singlePoints: [point("node", "pve1", "dns", "web", "game")] },
    "3 of 4 services do not survive the loss of pve1",
  ],
  [
    "two nodes, one service in common",
    { singlePoints: [point("node", "pve1", "dns", "web"), point("node", "pve2", "web")] },
    "2 of 4 services do not survive the loss of one node",
  ],
  [
    "a node and a storage",
    { singlePoints: [point("node", "pve1", "dns"), point("storage", "ceph", "web", "db")] },
    "1 of 4 services does not survive the loss of pve1; 2 do not survive the loss of storage ceph",
  ],
  [
    "guests that are alone, which HA starts elsewhere",
    { singlePoints: [point("guest", "db", "db")] },
    "all 4 services survive the loss of any one node",
  ],
  ["no service", { services: [] }, "the stack file declares no service"],
  ["one service", { services: ["dns"] }, "the only service survives the loss of any one node"],
])("what a loss does: %s", (_what, more, text) => {
  expect(survivalText(resilience(more))).toBe(text);
});

test.each<[string, Partial<Report>, string, string]>([
  [
    "all is well",
    { resilience: resilience({}) },
    "good",
    "no policy is violated; all 4 services survive the loss of any one node",
  ],
  [
    "a service that one loss ends is no success",
    { resilience: resilience({ singlePoints: [point("node", "pve1", "dns")] }) },
    "warn",
    "no policy is violated; 1 of 4 services does not survive the loss of pve1",
  ],
  [
    "a mistake in the file",
    {
      ok: false,
      plan: undefined,
      resilience: undefined,
      problems: [{ path: "homelab:dns", message: "bad", severity: "error" }],
    },
    "bad",
    "refused: 1 mistake in Pulumi.test.yaml; nothing was registered",
  ],
  [
    "less resilience than demanded",
    {
      ok: false,
      shortfalls: ["dns"],
      resilience: resilience({
        single: [loss(["pve1"], { dns: down })],
        singlePoints: [point("node", "pve1", "dns")],
      }),
    },
    "bad",
    "refused: less resilience than demanded; 1 of 4 services does not survive the loss of pve1",
  ],
  ["an update", { action: "up" }, "good", "done: the simulated platforms match the stack"],
])("the verdict: %s", (_what, more, tone, text) => {
  expect(verdictOf({ ...someReport(), ...more } as Report)).toEqual({ text, tone });
});

test("advice is told, and an advice is no violation of what is mandatory", () => {
  const report = someReport();
  const violations = [{ message: "prefer version 3", enforcement: "advisory" as const }];
  const policies = [ruled("vrrp-weight", { violations })];
  const verdict = verdictOf({
    ...report,
    plan: report.plan && { ...report.plan, policies },
    resilience: resilience({}),
  });
  expect(verdict).toMatchInlineSnapshot(`
    {
      "text": "no mandatory policy is violated, and 1 advice is given; all 4 services survive the loss of any one node",
      "tone": "warn",
    }
  `);
});
