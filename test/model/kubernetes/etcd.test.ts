import { expect, test } from "vitest";
import { ETCD_TIMERS, leaderlessSec } from "../../../model/kubernetes/etcd";

test("etcd has a new leader after one to two election time-outs, less the last heartbeat", () => {
  expect(leaderlessSec(ETCD_TIMERS)).toEqual([0.9, 2]);
  expect(leaderlessSec({ heartbeatMs: 50, electionMs: 500 })).toEqual([0.45, 1]);
});
