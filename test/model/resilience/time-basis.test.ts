import { expect, test } from "vitest";
import { API_CHECKS } from "../../../model/haproxy/check";
import { nodeReturn } from "../../../model/planned/node-return";
import { planned } from "../../../model/planned/planned";
import type { Outcome } from "../../../model/resilience/resilience";
import { simulate } from "../../../model/resilience/resilience";
import { apiServerTime, weaker } from "../../../model/resilience/times";
import { cluster, guest, layer, outcomeOf, service } from "../../support/clusters/clusters";

const model = cluster({
  guests: [
    guest("moved", "n1", { sid: "ct:1" }),
    guest("home", "n1", { sid: "ct:2", ha: { nodes: { n1: 2, n2: 1 }, strict: true } }),
    guest("alone", "n1", { storage: "local", ha: undefined }),
    guest("waits", "n1", { ha: undefined }),
  ],
});

const worth = (outcome: Outcome | undefined) =>
  [outcome?.status, outcome?.rtoBasis ?? "-", outcome?.typicalSec?.join("-") ?? "-"].join(" ");

test("every time says whether it is a bound, typical or an estimate, and a bound what was seen", () => {
  const crash = simulate(model, ["n1"]).guests;
  expect(worth(crash.moved)).toBe("restarts bound 121-181");
  expect(worth(crash.waits)).toBe("stopped - -");
  expect(worth(simulate(model, ["disks:n1"]).guests.alone)).toBe("restore estimate -");
  expect(worth(simulate(model, ["moved"]).guests.moved)).toBe("restarts bound -");
  const stop = (kind: "reboot" | "shutdown" | "maintenance") =>
    worth(planned(model, { kind, node: "n1" }).report.guests.moved);
  // What a shutdown takes was seen, and has nothing of the crash.
  expect([stop("reboot"), stop("shutdown"), stop("maintenance")]).toEqual([
    "restarts estimate -",
    "restarts typical -",
    "restarts typical -",
  ]);
  expect(worth(nodeReturn(model, "n1").report.guests.home)).toBe("restarts typical -");
});

test("a service's time is worth no more than what it is made of", () => {
  const clients = service("dns", layer("any", ["n1", "n2"], { failoverBasis: "typical" }));
  const proxy = service("proxy", layer("address", ["n1", "n2"]));
  const both = { ...proxy, needs: ["dns"] };
  expect(worth(outcomeOf([clients], "dns", ["n1"]))).toBe("failover typical -");
  expect(worth(outcomeOf([proxy], "proxy", ["n1"]))).toBe("failover bound -");
  expect(outcomeOf([both, clients], "proxy", ["n1"]).status).toBe("failover");
  // A restarted holder waits for the silence of the others.
  const members = [{ name: "moved", node: "n1", guest: "moved" }];
  const address = service("address", { ...layer("address", []), members });
  expect(worth(outcomeOf([address], "address", ["n1"], { guests: model.guests }))).toBe(
    "restarts bound 121-185",
  );
  expect([weaker("bound", "typical"), weaker("estimate", "typical")]).toEqual([
    "typical",
    "estimate",
  ]);
});

test("an API server costs its load balancer's checks, or the election of etcd where that is longer", () => {
  expect(apiServerTime(API_CHECKS.compatible)).toEqual({ sec: [0, 3.5], basis: "bound" });
  expect(apiServerTime(API_CHECKS.fast)).toEqual({ sec: [0, 2], basis: "typical" });
});
