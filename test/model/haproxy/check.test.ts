import { expect, test } from "vitest";
import { API_CHECKS, checkBudget, type HaproxyCheck } from "../../../model/haproxy/check";
import { ETCD_TIMERS, leaderlessSec } from "../../../model/kubernetes/etcd";
import { SHUTDOWN_DELAY_SEC } from "../../../templates/kubeadm/kubeadm";

const API_CHECK = API_CHECKS.compatible;

test("compatible: what refuses is down within 1.5 s, what is silent within 3.5 s", () => {
  expect(checkBudget(API_CHECK)).toEqual({
    refusedSec: 1.5,
    silentSec: 3.5,
    slowSec: 7.5,
    returnSec: 1.5,
  });
});

test("fast: a master that refuses, stands still or whose host is dead is down in less than a second", () => {
  const { refusedSec, silentSec, slowSec, returnSec } = checkBudget(API_CHECKS.fast);
  expect(refusedSec).toBeCloseTo(0.3);
  expect(silentSec).toBeCloseTo(0.9);
  expect(slowSec).toBeCloseTo(1.8);
  expect(returnSec).toBeCloseTo(0.25);
});

test("a connection has no longer than the interval, whatever timeout connect says", () => {
  const patient = { ...API_CHECK, connectSec: 10 };
  expect(checkBudget(patient).silentSec).toBe(checkBudget(API_CHECK).silentSec);
  expect(checkBudget({ ...API_CHECK, connectSec: 0.25 }).silentSec).toBe(2.75);
});

test("each further check of fall adds the fast interval and its own time", () => {
  const once = checkBudget({ ...API_CHECK, fall: 1 });
  const thrice = checkBudget({ ...API_CHECK, fall: 3 });
  expect([once.refusedSec, once.silentSec, once.slowSec]).toEqual([1, 2, 4]);
  expect([thrice.refusedSec, thrice.silentSec, thrice.slowSec]).toEqual([2, 5, 11]);
});

test("a check that was under way when its server fell silent has all of timeout check to go", () => {
  const long = { ...API_CHECK, checkSec: 10 };
  expect(checkBudget(long).silentSec).toBe(10 + 0.5 + 1);
});

test("a server is back after its first good check and rise - 1 fast ones", () => {
  expect(checkBudget({ ...API_CHECK, rise: 1 }).returnSec).toBe(1);
  expect(checkBudget({ ...API_CHECK, rise: 4 }).returnSec).toBe(2.5);
});

test.each(Object.values(API_CHECKS))(
  "a stopping API server serves on for longer than a load balancer needs to notice",
  (check) => {
    expect(SHUTDOWN_DELAY_SEC).toBeGreaterThanOrEqual(checkBudget(check).slowSec + 1);
  },
);

/**
 * Whether checks stand an etcd without leader: kube-apiserver lets two checks of its own ask it, each
 * once a second, and answers what is asked in between.
 */
function standsElection({ checkSec, fastinterSec, fall }: HaproxyCheck): boolean {
  const waiting = 2;
  const [, leaderless] = leaderlessSec(ETCD_TIMERS);
  const answeredBeforeNext = waiting * (fastinterSec + checkSec) < 1;
  return checkSec >= leaderless || (fall > waiting && answeredBeforeNext);
}

test.each(Object.entries(API_CHECKS))("%s: no master is down while etcd elects", (_, check) => {
  expect(standsElection(check)).toBe(true);
});

test("two short checks in a row would take every master out while etcd elects", () => {
  expect(standsElection({ ...API_CHECKS.fast, fall: 2 })).toBe(false);
  expect(standsElection({ ...API_CHECKS.fast, checkSec: 0.5 })).toBe(false);
});
