import { expect, test } from "vitest";
import {
  connectorReading,
  judgeIngress,
  judgeTunnel,
  readyConnectors,
} from "../../../model/status/outside";

test.each([
  [3, "ok", "3 of 3 connectors, by Cloudflare"],
  [2, "warning", "2 of 3 connectors, by Cloudflare"],
  [1, "warning", "1 of 3 connectors, by Cloudflare: the loss of it takes the tunnel down"],
  [0, "problem", "down: 0 of 3 connectors, by Cloudflare"],
] as const)("a tunnel with %i of 3 connectors", (connectors, level, text) => {
  const item = judgeTunnel({ name: "house", wanted: 3, source: "Cloudflare", connectors });
  expect(item).toMatchObject({ level, text, subject: "tunnels.house" });
});

test("a tunnel that nobody could be asked about is not known", () => {
  expect(judgeTunnel({ name: "house", wanted: 2, unknown: "found no kubectl on PATH" })).toEqual({
    level: "unknown",
    subject: "tunnels.house",
    text: "connectors not asked: found no kubectl on PATH",
  });
});

test("an address of MetalLB answers on all ports, or is a problem with its ports", () => {
  const of = (...ports: { port: number; refused?: string }[]) =>
    judgeIngress({ name: "lb", address: "10.0.20.203", ports });
  expect(of({ port: 80 }, { port: 443 })).toMatchObject({
    level: "ok",
    text: "10.0.20.203 takes connections on 2 ports",
  });
  expect(of({ port: 80 }, { port: 443, refused: "no connection within 5 s" })).toMatchObject({
    level: "problem",
    text: "10.0.20.203 does not take connections from here: port 443: no connection within 5 s",
  });
});

test.each([
  ["unit active\nready 200\n", { ready: true }],
  ["unit active\nready 503\n", { ready: false, why: "cloudflared is not connected to Cloudflare" }],
  ["unit active\nready 000\n", { ready: false, why: "cloudflared does not answer" }],
  ["unit failed\nready 000\n", { ready: false, why: "its unit is failed" }],
  ["unit active\n", { why: "gave no whole answer" }],
  ["ready 200\nunit gone\u001b[2J\n", { why: "gave no whole answer" }],
])("a host whose connector says %j", (printed, expected) => {
  expect(connectorReading("edge-1", printed)).toEqual({ host: "edge-1", ...expected });
});

test("hosts that were not asked are no connectors, unless nobody knows of any", () => {
  const up = { host: "a", ready: true };
  const down = { host: "b", ready: false, why: "its unit is failed" };
  const silent = { host: "c", why: "cannot be asked: time-out" };
  expect(readyConnectors([up, { ...up, host: "d" }])).toBe(2);
  expect(readyConnectors([up, silent])).toBe(1);
  expect(readyConnectors([down, down])).toBe(0);
  expect(readyConnectors([down, silent])).toBeUndefined();
});

test("a tunnel on hosts says which of them is not connected", () => {
  const hosts = [
    { host: "edge-1", ready: true },
    { host: "edge-2", ready: false, why: "its unit is failed" },
  ];
  const reading = { name: "home", wanted: 2, source: "the hosts", connectors: 1, hosts };
  expect(judgeTunnel(reading)).toEqual({
    level: "warning",
    subject: "tunnels.home",
    text: "1 of 2 connectors, by the hosts; edge-2: its unit is failed: the loss of the other takes the tunnel down",
    fix: "journalctl -u cloudflared-home -n 50 on edge-1 and edge-2",
  });
  // Cloudflare counts a connector that was started elsewhere; the host is not well all the same.
  expect(judgeTunnel({ ...reading, connectors: 2, source: "Cloudflare" }).level).toBe("warning");
  const well = hosts.map(({ host }) => ({ host, ready: true }));
  expect(judgeTunnel({ ...reading, connectors: 2, hosts: well }).level).toBe("ok");
});
