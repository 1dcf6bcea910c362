import { expect, test } from "vitest";
import { ALERT_SCENARIOS } from "../../lab/monitoring/scenarios";
import { alertsOf } from "../../model/monitoring/alerts";
import { facts } from "../templates/monitoring/facts";

test("every scenario waits for alerts that exist, under a name of its own", () => {
  const known = new Set(alertsOf(facts).map(({ name }) => name));
  const waited = ALERT_SCENARIOS.flatMap(({ fires, may = [] }) => [...fires, ...may]);
  expect(waited.filter((name) => !known.has(name))).toEqual([]);
  const names = ALERT_SCENARIOS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test("every alert about an address and its members has a scenario, but those that take many failures or days", () => {
  const fired = new Set(ALERT_SCENARIOS.flatMap(({ fires }) => fires));
  const own = alertsOf(facts).filter(({ place }) => place === facts.addresses[0]?.place);
  const without = own.map(({ name }) => name).filter((name) => !fired.has(name));
  expect(without).toEqual(["AddressFlapping", "ReplicationLate", "CertificateNearEnd"]);
});
