import { expect, test } from "vitest";
import { planOf, urlOf } from "../../../../cli/commands/drill/question";
import type { Probe } from "../../../../templates/keepalived/probe";

const pair = (probe: Probe, place = "servicePairs.dns", vip = "10.0.0.53") => ({
  place,
  vip,
  service: { daemon: "dns", probe, port: 443, stopSec: 0 },
});

const dns: Probe = { kind: "dns", port: 53, name: "router.lan", type: "A", expected: "10.0.0.1" };
const script: Probe = { kind: "script", text: "#!/bin/sh\n" };
const page: Probe = { kind: "http", port: 8080, path: "/health" };

test.each<[Probe, string, object]>([
  [dns, "dns://10.0.0.53:53/router.lan?type=A", { expected: "10.0.0.1" }],
  [{ kind: "mqtt", port: 1883 }, "mqtt://10.0.0.53:1883", { kind: "mqtt" }],
  [{ kind: "tcp", port: 5432 }, "tcp://10.0.0.53:5432", { kind: "tcp" }],
  [page, "http://10.0.0.53:8080/health", { tls: false }],
])("a service pair is asked what its check asks: $kind", (probe, url, question) => {
  const plan = planOf(pair(probe), undefined);
  expect([plan.address, urlOf(plan)]).toEqual(["10.0.0.53", url]);
  expect(plan.question).toMatchObject(question);
});

test("other pairs are asked over HTTPS, whatever their members' check is", () => {
  const plan = planOf(pair(page, "traefikPairs.web", "2001:db8::53"), undefined);
  expect(urlOf(plan)).toBe("https://[2001:db8::53]:443/");
});

test.each([
  ["http://a.lan/x?y=1", "http://a.lan:80/x?y=1"],
  ["https://a.lan:8443/", "https://a.lan:8443/"],
  ["tcp://a.lan:5432", "tcp://10.0.0.53:5432"],
  ["tcp://[2001:db8::1]:53/", "tcp://10.0.0.53:53"],
])("--url %s is asked of the address of the pair", (url, asked) => {
  const plan = planOf(pair(script), url);
  expect([plan.address, urlOf(plan)]).toEqual(["10.0.0.53", asked]);
});

test("a check that is a script cannot be asked from here, and the message says what can be", () => {
  expect(() => planOf(pair(script), undefined)).toThrow(
    "the check of servicePairs.dns is a script of its members, which cannot be asked from here; name with --url what is served over HTTP on 10.0.0.53, or --url tcp://10.0.0.53:443 to measure whether connections are taken",
  );
});

test.each(["ftp://a.lan/", "tcp://a.lan", "tcp://a.lan:53/path", "https://me@a.lan/", "10.0.0.53"])(
  "--url %s is refused",
  (url) => {
    expect(() => planOf(pair(dns), url)).toThrow(
      `found --url "${url}", expected http:// or https:// with a host, e.g. https://10.0.0.53/, or a port, e.g. tcp://10.0.0.53:443`,
    );
  },
);
