import { expect, test } from "vitest";
import { reportMarkdown } from "../../../cli/report/markdown";
import { loss, outcome, planned, ruled, someReport } from "../../support/cli";

test("the comment of a change that may pass", () => {
  expect(`\n${reportMarkdown(someReport())}`).toMatchInlineSnapshot(`
    "
    <!-- homelab-report:test -->
    ## ⚠️ Stack \`test\`

    **no policy is violated; 1 of 3 services does not survive the loss of c**

    - changes: 3 to create; compared with an empty cluster
    - checked: no mistake in the stack file; 2 rules, all pass; Pulumi 3.230.0
    - c: takes down game
    - restarts: 1 of 3 services: each is away for at most 4 min and its boot, and loses at most 15 min of data
    - unchecked: the real Proxmox, hosts, Kubernetes and Cloudflare (simulated here) and whether the other nodes have the memory (see N+1 below)

    ### Policies: 2 rules, all pass

    <details><summary>every rule</summary>

    | rule |  | what must hold |
    | --- | --- | --- |
    | vrrp-weight | pass | what vrrp-weight demands |
    | ha-passthrough | pass | what ha-passthrough demands |

    </details>

    ### Resources: 3 to create

    Planned by Pulumi 3.230.0, compared with an empty cluster.

    <details><summary>the tree</summary>

    \`\`\`text
      + TraefikHaPair traefik  (2 resources)
          + 2 Command  one-conf, two-conf
    \`\`\`

    </details>

    ### Virtual addresses: worst-case outage

    | address | members by priority | service dies (detection + takeover) | node dies | back again |
    | --- | --- | --- | --- | --- |
    | traefikPairs.traefik 192.0.2.1/24 | one 200 on a, two 100 on b | 9.6 s (6 s + 3.6 s) | 3.6 s | 7.6 s |

    ### When a node dies

    |  | a | b | c |
    | --- | --- | --- | --- |
    | proxy | ok | ok | failover 2.6-3.6 s |
    | netbox | ok | ok | restarts 2-4 min (-15 min) |
    | game | ok | ok | down |

    <sub>ok: goes on without a break</sub><br>
    <sub>failover: another member takes over in that time</sub><br>
    <sub>restarts: HA or Kubernetes starts it elsewhere in that time, boot not included (RTO)</sub><br>
    <sub>down: off until its node, or the quorum, is back</sub><br>
    <sub>(-15 min): that much of the latest data may be lost (RPO)</sub><br>

    ### Single points of failure

    - node c takes down game
    - N+1: not judged, memoryGb is stated for 0 of 3 nodes, memoryMb for 0 of 2 guests

    <details><summary>two nodes at once</summary>

    | nodes | quorum | services |
    | --- | --- | --- |
    | a + b | lost | 1 of 3 services down: netbox |
    | a + c | kept | 1 of 3 services down: game |
    | b + c | kept | 1 of 3 services down: game |

    </details>
    <details><summary>reasons</summary>

    - c, proxy: failover 2.6-3.6 s: because
    - c, netbox: restarts 2-4 min (-15 min): because
    - c, game: down: because

    </details>
    "
  `);
});

test("the comment of a refused configuration lists every mistake", () => {
  const problems = [
    {
      path: "homelab:guests.a.vmid",
      line: 3,
      message: 'found "x|y", expected <n>',
      severity: "error" as const,
    },
  ];
  const {
    plan: _plan,
    resilience: _resilience,
    virtualAddresses: _addresses,
    ...report
  } = someReport();
  expect(`\n${reportMarkdown({ ...report, ok: false, problems })}`).toMatchInlineSnapshot(`
    "
    <!-- homelab-report:test -->
    ## ❌ Stack \`test\`

    **refused: 1 mistake in Pulumi.test.yaml; nothing was registered**


    | where | line | what |
    | --- | --- | --- |
    | homelab:guests.a.vmid | Pulumi.test.yaml:3 | found "x\\|y", expected &lt;n&gt; |
    "
  `);
});

test("what the change does to resilience stands above the plan, the bad news first", () => {
  const after = outcome("stopped", { rtoSec: null, reason: "both DNS servers are on c" });
  const text = reportMarkdown({
    ...someReport(),
    comparison: {
      changes: [
        {
          failed: ["c"],
          kind: "service",
          name: "dns",
          verdict: "worse",
          before: outcome("failover"),
          after,
        },
        {
          failed: ["c"],
          kind: "guest",
          name: "dns-2",
          verdict: "better",
          before: after,
          after: outcome("unaffected"),
        },
      ],
    },
  });
  const start = text.indexOf("### What this change");
  expect(text.slice(start, text.indexOf("### Policies"))).toMatchInlineSnapshot(`
    "### What this change does to resilience

    ⚠️ **Worse**

    - the loss of c takes dns from "failover" to "down" (both DNS servers are on c)

    <details><summary>1 differences for single guests</summary>

    - better: the loss of c takes dns-2 from "down" to "ok" (because)

    </details>

    "
  `);
});

test("names of a stack file cannot mention people or become HTML", () => {
  const violations = [{ message: "found <script>@everyone", enforcement: "mandatory" as const }];
  const report = someReport();
  const text = reportMarkdown({
    ...report,
    plan: report.plan && { ...report.plan, policies: [ruled("weak-password", { violations })] },
  });
  expect(text).not.toContain("<script>");
  expect(text).not.toContain("@everyone");
});

test("a report that is too long for a comment loses its details, never its verdict", () => {
  const report = someReport();
  const services = Array.from({ length: 30 }, (_, index) => `service-${index}`);
  const resources = Array.from({ length: 4000 }, (_, index) =>
    planned("a:b:C", `resource-${index}`),
  );
  const single = [
    loss(["a"], Object.fromEntries(services.map((name) => [name, outcome("frozen")]))),
  ];
  const text = reportMarkdown({
    ...report,
    plan: report.plan && { ...report.plan, resources },
    resilience: report.resilience && { ...report.resilience, services, single },
  });
  expect(text.length).toBeLessThan(60_000);
  expect(text).toContain("**no policy is violated; ");
  expect(text).toContain("too long for a comment");
  expect(text).toContain("| service-29 | frozen |");
});
