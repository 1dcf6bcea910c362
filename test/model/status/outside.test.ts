import { expect, test } from "vitest";
import { judgeIngress, judgeTunnel } from "../../../model/status/outside";

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
