import { expect, test } from "vitest";
import { alertsOf } from "../../../model/monitoring/alerts";
import { ofStack } from "../../../model/monitoring/of-stack";
import { panelsOf } from "../../../templates/monitoring/grafana";
import { facts } from "../../templates/monitoring/facts";

test.each([
  ["up", 'up{stack="house"}'],
  ['up{job="homelab-members"} == 0', 'up{job="homelab-members",stack="house"} == 0'],
  [
    "homelab_cluster_votes_online - homelab_cluster_votes_needed < 1",
    'homelab_cluster_votes_online{stack="house"} - homelab_cluster_votes_needed{stack="house"} < 1',
  ],
  [
    'increase(homelab_keepalived_transitions_total{place="a.b"}[600s]) >= 8',
    'increase(homelab_keepalived_transitions_total{place="a.b",stack="house"}[600s]) >= 8',
  ],
  ['homelab_backup_failed{stack="house"} == 1', 'homelab_backup_failed{stack="house"} == 1'],
  ['sum by (place) (x{job="up"})', 'sum by (place) (x{job="up"})'],
])("a query of one stack: %s", (expr, expected) => {
  expect(ofStack(expr, "house")).toBe(expected);
});

test("no alert and no panel sees a pair of the same name in another stack or site", () => {
  const queries = [
    ...alertsOf({ ...facts, tunnels: [{ name: "a", hostnames: [], hosts: 2 }] }).map(
      ({ expr }) => expr,
    ),
    ...panelsOf(facts).flatMap(({ targets }) =>
      targets.map(({ expr }) => ofStack(expr, facts.stack)),
    ),
  ];
  expect(queries.length).toBeGreaterThan(30);
  for (const query of queries) {
    const selectors =
      query.match(/\b(homelab_\w+|probe_\w+|up|ALERTS|node_\w+)(\{[^}]*\})?/g) ?? [];
    expect(selectors.filter((selector) => !selector.includes('stack="house"'))).toEqual([]);
  }
});
