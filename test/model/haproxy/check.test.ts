import { expect, test } from "vitest";
import { API_CHECK, checkBudget } from "../../../model/haproxy/check";
import { SHUTDOWN_DELAY_SEC } from "../../../templates/kubeadm/kubeadm";

test("the API's checks: what refuses is down within 1.5 s, what is silent within 3.5 s", () => {
  expect(checkBudget(API_CHECK)).toEqual({
    refusedSec: 1.5,
    silentSec: 3.5,
    slowSec: 7.5,
    returnSec: 1.5,
  });
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

test("a stopping API server serves on for longer than a load balancer needs to notice", () => {
  expect(SHUTDOWN_DELAY_SEC).toBeGreaterThanOrEqual(checkBudget(API_CHECK).slowSec + 1);
});
