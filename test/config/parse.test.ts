import { expect, test } from "vitest";
import { parseStack } from "../../config/parse";
import { problemText } from "../../config/problem";
import { put, stackData } from "../support/stacks";

/** Every problem of a damaged copy of the homelab stack, errors before warnings as they come. */
function problemsOf(damage: (data: Record<string, unknown>) => void, stack = "homelab"): string[] {
  const data = stackData(stack);
  damage(data);
  const parsed = parseStack(data);
  return (parsed.stack ? parsed.warnings : parsed.problems).map(problemText);
}

const errorsOf = (damage: (data: Record<string, unknown>) => void) => {
  const data = stackData("homelab");
  damage(data);
  const parsed = parseStack(data);
  return (parsed.stack ? [] : parsed.problems)
    .filter((problem) => problem.severity === "error")
    .map(problemText);
};

const PAIR = ["traefikPairs", "traefik"];

test.each(["homelab", "matrix"])("the %s stack is sound", (stack) => {
  const parsed = parseStack(stackData(stack));
  expect("problems" in parsed ? parsed.problems.map(problemText) : []).toEqual([]);
});

test("rejects eight different mistakes in one report, each at its place", () => {
  expect(
    errorsOf((data) => {
      put(data, ["guests", "netbox", "purpse"], "IPAM");
      put(data, ["guests", "adguard", "address"], "192.168.1.999");
      put(data, ["guests", "influxdb", "vmid"], 113);
      put(data, [...PAIR, "vip"], "10.0.20.205/22");
      put(data, ["haGroups", "databases", "guests"], ["influxdb", "postgres"]);
      put(data, [...PAIR, "members", 1, "priority"], 300);
      put(data, ["apiLoadBalancers", "k8s-api", "members"], []);
      put(data, ["kubernetesIngress", "traefik-lb", "replicas"], "three");
    }),
  ).toMatchInlineSnapshot();
});

test("rejects a misspelt section with the section it most likely meant", () => {
  expect(errorsOf((data) => put(data, ["hagroups"], {}))).toMatchInlineSnapshot();
});

test("rejects a weight that cannot move the address, naming numbers and fix", () => {
  expect(errorsOf((data) => put(data, [...PAIR, "check", "weight"], -20))).toMatchInlineSnapshot();
  expect(errorsOf((data) => put(data, [...PAIR, "check", "weight"], -100))).toMatchInlineSnapshot();
  expect(errorsOf((data) => put(data, [...PAIR, "check", "weight"], -120))).toEqual([]);
});

test("rejects both members on one node", () => {
  expect(
    errorsOf((data) => {
      put(data, ["guests", "traefik", "node"], "proxmox");
      put(data, ["guests", "traefik-2", "node"], "proxmox");
    }),
  ).toMatchInlineSnapshot();
});

test("judges the sound part of a file that has other mistakes", () => {
  expect(
    errorsOf((data) => {
      put(data, [...PAIR, "check", "weigth"], -120);
      put(data, [...PAIR, "check", "weight"], -20);
    }),
  ).toMatchInlineSnapshot();
});

test("rejects a member that is neither a guest nor a host, and facts stated twice", () => {
  expect(
    errorsOf((data) => {
      put(data, [...PAIR, "members", 0], { priority: 200 });
      put(data, [...PAIR, "members", 1, "address"], "192.168.1.103");
    }),
  ).toMatchInlineSnapshot();
});

test("rejects a member without a pinned host key", () => {
  expect(
    errorsOf((data) => {
      put(data, ["guests", "traefik", "hostKey"], undefined);
      put(data, ["apiLoadBalancers", "k8s-api", "members", 0, "hostKey"], undefined);
    }),
  ).toMatchInlineSnapshot();
});

test("rejects references that lead nowhere", () => {
  expect(
    errorsOf((data) => {
      put(data, ["guests", "netbox", "node"], "proxmox4");
      put(data, ["guests", "netbox", "storage"], "local-zsf");
      put(data, ["cluster", "controlNode"], "promox2");
      put(data, ["kubernetesIngress", "traefik-lb", "pool"], "services.metalb");
      put(data, ["tunnels", "viktorbarzin-me", "ingress", 0, "origin", "ingress"], "traefik");
      put(data, ["dns", "viktorbarzin.me", "to"], { traefikPair: "traefk" });
      put(data, ["haGroups", "reverse-proxy", "keepApart"], [["traefik", "traefik-3"]]);
      put(data, ["haGroups", "databases", "nodes", "proxmox9"], 1);
    }),
  ).toMatchInlineSnapshot();
});

test("rejects HA for a guest whose disk no other node has", () => {
  expect(
    errorsOf((data) => put(data, ["haGroups", "databases", "replication"], undefined)),
  ).toMatchInlineSnapshot();
});

test("rejects an even number of masters and a budget that blocks every drain", () => {
  expect(
    errorsOf((data) => {
      put(
        data,
        ["apiLoadBalancers", "k8s-api", "masters"],
        [
          { host: "master1", address: "192.168.56.10", node: "proxmox" },
          { host: "master2", address: "192.168.56.11", node: "proxmox2" },
        ],
      );
      put(data, ["kubernetesIngress", "traefik-lb", "minAvailable"], 3);
    }),
  ).toMatchInlineSnapshot();
});

test("rejects a tunnel host name outside its zone or stated twice", () => {
  expect(
    errorsOf((data) =>
      put(
        data,
        ["tunnels", "viktorbarzin-me", "ingress"],
        [
          { hostname: "a.viktorbarzin.me", origin: { ingress: "traefik-lb" } },
          { hostname: "a.viktorbarzin.me", origin: { ingress: "traefik-lb" } },
          { hostname: "viktorbarzin.me.example.org", origin: { ingress: "traefik-lb" } },
        ],
      ),
    ),
  ).toMatchInlineSnapshot();
});

test("rejects a tunnel origin that is an address", () => {
  expect(
    errorsOf((data) =>
      put(data, ["tunnels", "viktorbarzin-me", "ingress", 0, "origin"], "https://10.0.20.200:443"),
    ),
  ).toMatchInlineSnapshot();
});

test("warns of a check that keepalived of Debian 12 would run twice at once", () => {
  expect(
    problemsOf((data) => put(data, [...PAIR, "check", "timeoutSec"], 3)),
  ).toMatchInlineSnapshot();
});

test("rejects sub-second checks on Debian 12", () => {
  expect(
    errorsOf((data) =>
      put(data, [...PAIR, "check"], { weight: 0, intervalSec: 0.2, timeoutSec: 0.15 }),
    ),
  ).toMatchInlineSnapshot();
});

test.each([
  ["nothing", undefined],
  ["text", "homelab"],
  ["a list", []],
])("rejects %s instead of a configuration without falling over", (_what, data) => {
  const parsed = parseStack(data);
  expect("problems" in parsed && parsed.problems.length).toBeGreaterThan(0);
});

test("rejects any damaged leaf without falling over", () => {
  const damages: unknown[] = [null, -1, "x", [], {}, [[]], true];
  const walk = (
    value: unknown,
    path: (string | number)[],
    visit: (path: (string | number)[]) => void,
  ) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      const next = [...path, Array.isArray(value) ? Number(key) : key];
      visit(next);
      walk(child, next, visit);
    }
  };
  const paths: (string | number)[][] = [];
  walk(stackData("homelab"), [], (path) => paths.push(path));
  for (const [index, path] of paths.entries()) {
    const data = stackData("homelab");
    put(data, path, damages[index % damages.length]);
    const parsed = parseStack(data);
    expect(parsed.stack !== undefined || parsed.problems.length > 0).toBe(true);
  }
});
