import { expect, test } from "vitest";
import { judgeRequests, type Request } from "../../../model/drill/requests";

const answer = (startMs: number, member: string, tookMs = 2): Request => ({
  startMs,
  endMs: startMs + tookMs,
  outcome: "ok",
  member,
});
const lost = (startMs: number, outcome: string): Request => ({
  startMs,
  endMs: startMs + 1000,
  outcome,
});

test("counts what was lost, by what went wrong", () => {
  const requests = [
    answer(0, "a"),
    lost(10, "timeout"),
    lost(20, "timeout"),
    lost(30, "ECONNRESET"),
  ];
  const { requests: count, lost: losses, losses: by } = judgeRequests(requests, 5);
  expect([count, losses, by]).toEqual([4, 3, { timeout: 2, ECONNRESET: 1 }]);
});

test("the longest gap lies between two answers, whatever was asked in between", () => {
  const requests = [answer(0, "a"), answer(10, "a"), lost(20, "timeout"), answer(510, "b")];
  // The request that was lost ended at 1020, but somebody else had been answered at 512.
  expect(judgeRequests([...requests, answer(1010, "b")], 15).longestGapMs).toBe(500);
});

test("a service that never comes back has a gap until the last request was sent", () => {
  const requests = [answer(0, "a"), lost(10, "timeout"), lost(2000, "timeout")];
  expect(judgeRequests(requests, 5).longestGapMs).toBe(1998);
});

test("the change of the answering member counts from the fault", () => {
  const requests = [answer(0, "a"), answer(90, "a", 30), answer(300, "b"), answer(310, "b")];
  expect(judgeRequests(requests, 100).answeredElsewhereMs).toBe(202);
});

test("no change of the answering member when the same one goes on", () => {
  const requests = [answer(0, "a"), lost(10, "timeout"), answer(600, "a")];
  expect(judgeRequests(requests, 5).answeredElsewhereMs).toBeUndefined();
});
