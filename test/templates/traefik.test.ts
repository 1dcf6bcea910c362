import { expect, test } from "vitest";
import { parse } from "yaml";
import { traefikUnit } from "../../templates/host/systemd";
import { traefikDynamic, traefikStatic } from "../../templates/traefik/traefik";
import { routes, traefik } from "../support/template-data";

test("a stopping Traefik serves on, and answers /ping, for the grace time", () => {
  const { entryPoints, ping } = parse(traefikStatic(traefik));
  for (const name of ["web", "websecure", ping.entryPoint]) {
    expect(entryPoints[name].transport.lifeCycle.requestAcceptGraceTimeout).toBe("9s");
  }
});

test("systemd waits longer for the stop than Traefik takes", () => {
  expect(traefikUnit(9)).toContain("TimeoutStopSec=24\n");
});

test("systemd restarts a dead Traefik and claims no reload", () => {
  expect(traefikUnit(9)).toContain("Restart=always\n");
  expect(traefikUnit(9)).not.toContain("ExecReload");
});

test("only encrypted entry points get TLS, and a wildcard stands for one label", () => {
  const { http } = parse(traefikDynamic(routes));
  expect(http.routers).toEqual({
    apps: {
      entryPoints: ["web"],
      rule: "HostRegexp(`^[a-z0-9-]+\\.apps\\.example\\.org$`)",
      service: "apps",
    },
    grafana: {
      entryPoints: ["websecure"],
      rule: "Host(`grafana.internal.example.org`)",
      service: "grafana",
      tls: {},
    },
  });
});

test("the order in which routes are written does not change the file", () => {
  const { grafana, apps } = routes;
  expect(traefikDynamic({ grafana, apps })).toBe(traefikDynamic({ apps, grafana }));
});

test("no route is an empty document, since Traefik refuses an empty section", () => {
  expect(traefikDynamic({})).toBe("{}\n");
});

test("a hostile server stays one value", () => {
  const url = "http://a\nhttp:\n  routers: {x: {rule: Host(`y`)}}";
  const text = traefikDynamic({ a: { host: "a.example.org", servers: [url], entryPoint: "web" } });
  expect(parse(text).http.services.a.loadBalancer.servers).toEqual([{ url }]);
});

test("rejects a host that would end the rule", () => {
  const host = "a`) || Host(`b";
  expect(() =>
    traefikDynamic({ a: { host, servers: [], entryPoint: "web" } }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[Error: route host: found "a\`) || Host(\`b", expected a DNS host name]`,
  );
});
