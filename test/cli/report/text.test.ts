import { expect, test } from "vitest";
import { plain } from "../../../cli/report/paint";
import { downText } from "../../../cli/report/resilience";
import { reportText } from "../../../cli/report/text";
import { outcome, planned, ruled, someReport } from "../../support/cli";

const text = (report: Parameters<typeof reportText>[0]) =>
  `\n${reportText(report, { paint: plain, width: 100, all: false }).join("\n")}\n`;

test("a report in which all is well", () => {
  expect(text(someReport())).toMatchInlineSnapshot(`
    "
    test: no policy is violated; 1 of 3 services does not survive the loss of c
      changes    3 to create; compared with an empty cluster
      checked    no mistake in the stack file; 2 rules, all pass; Pulumi 3.230.0
      c          takes down game
      restarts   1 of 3 services: each is away for at most 4 min and its boot, and loses at most 15 min
                 of data
      unchecked  the real Proxmox, hosts, Kubernetes and Cloudflare (simulated here) and whether the
                 other nodes have the memory (see N+1 below)

    When a node dies: 3 services
              a   b   c
      proxy   ok  ok  failover 2.6-3.6 s
      netbox  ok  ok  restarts 2-4 min (-15 min)
      game    ok  ok  down

      ok         goes on without a break
      failover   another member takes over in that time
      restarts   HA or Kubernetes starts it elsewhere in that time, boot not included (RTO)
      down       off until its node, or the quorum, is back
      (-15 min)  that much of the latest data may be lost (RPO)

    Single points of failure
      node  c  takes down game
      N+1: not judged, memoryGb is stated for 0 of 3 nodes, memoryMb for 0 of 2 guests

    When two nodes die
      a + c  Ceph without quorum     1 of 3 services down: game
      b + c  quorum kept             1 of 3 services down: game
      a + b  Proxmox without quorum  1 of 3 services down: netbox

    Virtual addresses: worst-case outage
      traefikPairs.traefik 192.0.2.1/24
        members by priority: one 200 on a, two 100 on b; service dies (detection + takeover): 9.6 s (6 s
        + 3.6 s); node dies: 3.6 s; back again: 7.6 s

    Guests, by the node that dies
      a: no guest is affected
      b: no guest is affected
      c
        restarts 2-4 min (-15 min): netbox → a
        down: game

    Resources: 3 to create
      TraefikHaPair traefik: 3 to create

      names of resources, passing rules, every double loss and what times are worth: --all

    no policy is violated; 1 of 3 services does not survive the loss of c
    "
  `);
});

test("a refused configuration shows every mistake with its line, and no plan", () => {
  expect(
    text({
      action: "preview",
      stack: "test",
      file: "Pulumi.test.yaml",
      ok: false,
      notes: [],
      problems: [
        {
          path: "homelab:guests.traefik.vmid",
          line: 12,
          message: "found 99, expected a VMID from 100 to 999999999; use the id that Proxmox shows",
          severity: "error",
        },
        {
          path: "homelab:haGroups.dns",
          message: "groups do not separate guests",
          severity: "warning",
        },
      ],
    }),
  ).toMatchInlineSnapshot(`
    "
    test: refused: 1 mistake in Pulumi.test.yaml; nothing was registered
      Pulumi.test.yaml:12: homelab:guests.traefik.vmid: found 99, expected a VMID from 100 to 999999999; use the id that Proxmox shows
      Pulumi.test.yaml: homelab:haGroups.dns: warning: groups do not separate guests
    "
  `);
});

test("a violated rule, a rule that could not be evaluated and an error of the engine refuse the plan", () => {
  const report = someReport();
  const resource = planned("command:remote:Command", "traefik-one-conf").urn;
  const violations = [
    {
      resource,
      message: "priority 200 - 20 = 180 stays above 100",
      enforcement: "mandatory",
    } as const,
    { resource, message: "prefer VRRP version 3", enforcement: "advisory" } as const,
  ];
  const lines = text({
    ...report,
    ok: false,
    virtualAddresses: undefined,
    resilience: undefined,
    plan: report.plan && {
      ...report.plan,
      completed: false,
      policies: [
        ruled("vrrp-weight", { violations }),
        ruled("ha-passthrough", { unable: ["can't run policy during preview"] }),
      ],
      diagnostics: [{ severity: "error", resource, message: "connection refused" }],
    },
  });
  expect(lines).toMatchInlineSnapshot(`
    "
    test: refused: policies not met: vrrp-weight; 1 rule could not be evaluated; 1 error; the run did
      not finish
      changes    3 to create; compared with an empty cluster
      checked    no mistake in the stack file; 2 rules, 1 violation, 1 advisory, 1 rule could not be
                 evaluated; Pulumi 3.230.0
      unchecked  the real Proxmox, hosts, Kubernetes and Cloudflare (simulated here)

    Diagnostics
      error traefik-one-conf: connection refused

    Policies with findings
      FAIL    vrrp-weight     what vrrp-weight demands
        traefik-one-conf: priority 200 - 20 = 180 stays above 100
        advice: traefik-one-conf: prefer VRRP version 3
      UNABLE  ha-passthrough  what ha-passthrough demands
        could not be evaluated: can't run policy during preview

    Resources: 3 to create
      TraefikHaPair traefik: 3 to create

      names of resources, passing rules, every double loss and what times are worth: --all
    "
  `);
});

test("many services with the same fate are folded into one row", () => {
  const report = someReport();
  const services = Array.from({ length: 40 }, (_, index) => `service-${index}`);
  const lines = reportText(
    { ...report, resilience: report.resilience && { ...report.resilience, services } },
    { paint: plain, width: 100, all: false },
  );
  expect(lines.filter((line) => line.includes("service-"))).toMatchInlineSnapshot(`
    [
      "  service-0 and 39 more  ok  ok  ok",
    ]
  `);
});

test.each([
  [1, 1, "the only service is down"],
  [2, 2, "all 2 services down"],
  [1, 2, "1 of 2 services down: s0"],
  [0, 2, "no service is down"],
])("%i of %i services down reads as a sentence", (down, all, expected) => {
  const [report] = someReport().resilience?.double ?? [];
  if (!report) throw new Error("the report has no double loss");
  const off = outcome("stopped");
  const services = Object.fromEntries(Array.from({ length: down }, (_, i) => [`s${i}`, off]));
  expect(downText({ ...report, services }, all)).toBe(expected);
});
