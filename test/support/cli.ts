import type { PlannedResource, PolicyResult, Report, Resilience } from "../../cli/report/types";
import type { CapacitySummary } from "../../model/capacity/summary";
import { pageUrl } from "../../model/pages";
import type { FailureReport, Outcome } from "../../model/resilience/resilience";

/** An outcome with what a test does not care about filled in. */
export function outcome(status: Outcome["status"], more: Partial<Outcome> = {}): Outcome {
  return { status, rtoSec: [0, 0], rpoSec: 0, reason: "because", ...more };
}

/** What the loss of the named nodes does to the named services. */
export function loss(failed: string[], services: Record<string, Outcome> = {}): FailureReport {
  return { failed, corosyncQuorum: true, cephQuorum: null, guests: {}, services };
}

/** Three nodes; the loss of the last one moves an address, restarts one service and ends another. */
export function someResilience(): Resilience {
  return {
    nodes: ["a", "b", "c"],
    services: ["proxy", "netbox", "game"],
    guests: ["netbox", "game"],
    single: [
      loss(["a"]),
      loss(["b"]),
      {
        ...loss(["c"], {
          proxy: outcome("failover", { rtoSec: [2.6, 3.6] }),
          netbox: outcome("restarts", { rtoSec: [121, 241], rpoSec: 900 }),
          game: outcome("stopped", { rtoSec: null }),
        }),
        guests: {
          netbox: outcome("restarts", { rtoSec: [121, 241], rpoSec: 900, toNode: "a" }),
          game: outcome("stopped", { rtoSec: null }),
        },
      },
    ],
    double: [
      {
        ...loss(["a", "b"], { netbox: outcome("frozen", { rtoSec: null }) }),
        corosyncQuorum: false,
      },
      { ...loss(["a", "c"]), cephQuorum: false },
      loss(["b", "c"]),
    ],
    domains: [],
    planned: [],
    singlePoints: [{ kind: "node", name: "c", services: ["game"] }],
    capacity: { single: nothingStated(), double: nothingStated() },
  };
}

function nothingStated(): CapacitySummary {
  return {
    stated: { nodes: 0, ofNodes: 3, guests: 0, ofGuests: 2 },
    judged: 3,
    noRoom: [],
    overcommitted: [],
  };
}

const urn = (type: string, name: string) => `urn:pulumi:test::homelab-ha::${type}::${name}`;

/** A resource of a plan; the parent is named by its own type and name. */
export function planned(
  type: string,
  name: string,
  more: Partial<PlannedResource> & { under?: [type: string, name: string] } = {},
): PlannedResource {
  const { under, ...rest } = more;
  return {
    urn: urn(type, name),
    type,
    name,
    operation: "create",
    changedInputs: [],
    ...(under && { parent: urn(...under) }),
    ...rest,
  };
}

/** A rule that passes, unless told otherwise. */
export function ruled(name: string, more: Partial<PolicyResult> = {}): PolicyResult {
  return {
    name,
    description: `what ${name} demands`,
    docs: pageUrl(`policies/${name}.md`),
    enforcement: "mandatory",
    violations: [],
    unable: [],
    ...more,
  };
}

/** A whole report of which nothing stands in the way. */
export function someReport(): Report {
  const pair: [string, string] = ["homelab:components:TraefikHaPair", "traefik"];
  return {
    action: "preview",
    stack: "test",
    file: "Pulumi.test.yaml",
    ok: true,
    problems: [],
    notes: [],
    plan: {
      mode: { kind: "engine", detail: "3.230.0", against: "an empty cluster" },
      resources: [
        planned(...pair),
        planned("command:remote:Command", "traefik-one-conf", { under: pair }),
        planned("command:remote:Command", "traefik-two-conf", { under: pair }),
      ],
      policies: [ruled("vrrp-weight"), ruled("ha-passthrough")],
      diagnostics: [],
      completed: true,
    },
    virtualAddresses: [
      {
        section: "traefikPairs",
        name: "traefik",
        vip: "192.0.2.1/24",
        members: [
          { name: "one", node: "a", priority: 200 },
          { name: "two", node: "b", priority: 100 },
        ],
        budget: {
          detectionSec: 6,
          takeoverSec: 3.61,
          totalSec: 9.61,
          fastTotalSec: 7.61,
          crashSec: 3.61,
          recoverySec: 7.6,
        },
      },
    ],
    resilience: someResilience(),
  };
}
