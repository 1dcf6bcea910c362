import { expect, test } from "vitest";
import type { Seen, Stream } from "../../lab/api/client";
import { statusIn } from "../../lab/api/etcd";
import { readClient, readRefusals } from "../../lab/api/reading";
import { serverChangeIn } from "../../lab/api/server-log";
import { serverStates } from "../../lab/api/stage";
import type { Request } from "../../model/drill/requests";

const row = (startMs: number, outcome = "ok", tookMs = 10): Request => ({
  startMs,
  endMs: startMs + tookMs,
  outcome,
});
const streams: Stream[] = [
  { number: 1, openMs: 0, master: "master-1", cutMs: 1200, why: "ECONNRESET" },
  { number: 1, openMs: 1400, master: "master-2" },
  { number: 2, openMs: 0, master: "master-2" },
];
const seen = (requests: Request[], watched: Stream[], stored: Partial<Seen> = {}): Seen => ({
  ...{ requests, streams: watched, reads: [], writes: [] },
  ...stored,
});
const allowed = { atMs: 1000, lostUntilMs: 2000, cutOf: ["master-1"], streams: 2 };

test("lost requests and cut streams of the dead master are allowed within the budget", () => {
  const requests = [row(500), row(1990, "ECONNRESET"), row(2100, "ok", 250)];
  expect(readClient(seen(requests, streams), allowed)).toEqual({
    note: "2 watch streams: 1 cut (master-1), the last one open again 0.40 s after the fault, slowest answer 0.25 s",
  });
});

test("a request that began beyond the budget may not be lost", () => {
  const { wrong } = readClient(
    seen([row(2010, "timeout"), row(2500, "timeout")], streams),
    allowed,
  );
  expect(wrong).toBe(
    "2 requests that began up to 1.50 s after the fault were lost, expected none from 1.00 s",
  );
});

test("what needs etcd may be lost for as long as it has no leader, and no longer", () => {
  const writes = [row(900), row(2500, "status 500"), row(3100)];
  const stored = { writes, reads: [row(900), row(1000, "ok", 1500)] };
  expect(readClient(seen([], streams, stored), { ...allowed, storeLostUntilMs: 3000 })).toEqual({
    note: "2 watch streams: 1 cut (master-1), the last one open again 0.40 s after the fault, slowest answer 0.00 s, reads of etcd: longest gap 1.59 s, lost 0 of 2, writes: longest gap 2.20 s, lost 1 of 3",
  });
  expect(readClient(seen([], streams, stored), allowed).wrong).toBe(
    "1 writes that began up to 1.50 s after the fault were lost, expected none from 1.00 s",
  );
});

test("etcd tells in numbers beyond those of JSON whom a member follows", () => {
  const header = { member_id: "17957230863421372934", revision: "3" };
  expect(statusIn(JSON.stringify({ header, leader: "17957230863421372934" }))).toEqual({
    member: "17957230863421372934",
    leader: "17957230863421372934",
  });
  expect(statusIn(JSON.stringify({ header })).leader).toBe("0");
});

test("a stream of a surviving master may not be cut, except where the address moves", () => {
  const cut: Stream[] = [
    { number: 1, openMs: 0, master: "master-3", cutMs: 1100, why: "closed" },
    { number: 1, openMs: 1300, master: "master-2" },
    { number: 2, openMs: 0, master: "master-2" },
  ];
  expect(readClient(seen([], cut), allowed).wrong).toBe(
    "1 watch streams of master-3 were cut, expected none",
  );
  const { cutOf: _, ...moved } = allowed;
  expect(readClient(seen([], cut), moved).wrong).toBeUndefined();
});

test("a cut before the fault does not count, and a stream that stays shut does", () => {
  const early: Stream[] = [{ number: 1, openMs: 0, master: "master-3", cutMs: 900, why: "closed" }];
  expect(readClient(seen([], early), allowed)).toEqual({
    note: "all 2 watch streams stayed open, slowest answer 0.00 s",
    wrong: "only 0 of 2 watch streams were open in the end",
  });
});

test("refusals have to come at once, and none at all is a mistake of the lab", () => {
  const requests = [row(100, "ECONNRESET", 900), row(2000, "ECONNRESET", 5)];
  expect(readRefusals(requests, 1500, 250)).toEqual({
    note: "1 requests refused, each within 5 ms",
  });
  expect(readRefusals(requests, 0, 250).wrong).toBe(
    "1 of 2 requests waited longer than 250 ms for a refusal, up to 900 ms",
  );
  expect(readRefusals(requests, 3000, 250).wrong).toBe(
    "no request was sent while every master was down",
  );
});

test("an answer during the outage is no refusal", () => {
  expect(readRefusals([row(2000), row(2100, "ECONNRESET")], 1500, 250).wrong).toBe(
    "1 of 2 requests were answered though every master was down",
  );
});

test("the journal tells when HAProxy noticed, in milliseconds of the machine's clock", () => {
  const line = (message: unknown) =>
    JSON.stringify({ MESSAGE: message, __MONOTONIC_TIMESTAMP: "1234500" });
  const text =
    "Server kubernetes-masters/master-1 is DOWN, reason: Layer4 connection problem, 2 active servers left.";
  expect(serverChangeIn(line(text))).toEqual({ atMs: 1234.5, server: "master-1", state: "DOWN" });
  expect(serverChangeIn(line("Server kubernetes-masters/m is UP, reason: ..."))?.state).toBe("UP");
  expect(serverChangeIn(line("Proxy kubernetes-api stopped"))).toBeUndefined();
  expect(serverChangeIn(line([83, 101]))).toBeUndefined();
});

test("the statistics tell the state of each server, and only of servers", () => {
  const csv = `# pxname,svname,qcur,status,
management,FRONTEND,,OPEN,
kubernetes-masters,master-1,0,UP,
kubernetes-masters,master-2,0,DOWN 1/2,
kubernetes-masters,BACKEND,0,UP,
`;
  expect([...serverStates(csv)]).toEqual([
    ["master-1", "UP"],
    ["master-2", "DOWN 1/2"],
  ]);
  expect(serverStates("").size).toBe(0);
});
