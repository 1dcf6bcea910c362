import { expect, test } from "vitest";
import {
  type ApiAnswer,
  judgeKubernetes,
  type KubernetesReading,
} from "../../../model/status/kubernetes-api";

const OPEN = { path: "/readyz", statuses: [200] };
const CLOSED = { path: "/readyz", statuses: [200, 401] };
const gone = { refused: "no connection within 5 s" };

function reading(
  shared: ApiAnswer | undefined,
  masters: readonly ApiAnswer[],
  check: KubernetesReading["check"] = OPEN,
): KubernetesReading {
  return {
    ...{ name: "home", announcedBy: "kube-vip", port: 6443, check },
    shared: shared ? [{ address: "10.0.20.50", answer: shared }] : [],
    masters: masters.map((answer, index) => ({
      name: `k3s-${index + 1}`,
      address: `10.0.20.${51 + index}`,
      answer,
    })),
  };
}

const ok = { status: 200 };
const told = (...given: Parameters<typeof reading>) =>
  judgeKubernetes(reading(...given)).map(({ level, text }) => `${level}: ${text}`);

test.each<[string, ApiAnswer, KubernetesReading["check"], string]>([
  ["ready", ok, OPEN, "ok: 10.0.20.50 (port 6443): /readyz answers 200"],
  [
    "alive, as k3s says it",
    { status: 401 },
    CLOSED,
    "ok: 10.0.20.50 (port 6443): /readyz answers 401",
  ],
  [
    "without anonymous access where it was expected",
    { status: 401 },
    OPEN,
    "unknown: 10.0.20.50 (port 6443): /readyz answers 401, so it wants a credential, and whether it is ready could not be judged",
  ],
  [
    "not ready",
    { status: 500 },
    CLOSED,
    "problem: the API does not answer at 10.0.20.50 (port 6443) from here, though k3s-1, k3s-2 and k3s-3 answer by themselves: /readyz answers 500, expected 200 or 401",
  ],
  [
    "silent",
    gone,
    OPEN,
    "problem: the API does not answer at 10.0.20.50 (port 6443) from here, though k3s-1, k3s-2 and k3s-3 answer by themselves: no connection within 5 s",
  ],
])("an address of the API that is %s", (_what, answer, check, expected) => {
  expect(told(answer, [ok, ok, ok], check)[0]).toBe(expected);
});

test.each<[ApiAnswer | undefined, readonly ApiAnswer[], string]>([
  [ok, [ok, ok, ok], "ok: 3 of 3 API servers answer as they should"],
  [undefined, [ok], "ok: 1 of 1 API server answer as they should"],
  [
    ok,
    [ok, ok, gone],
    "problem: 2 of 3 API servers answer as they should: k3s-3: no connection within 5 s; the loss of one more takes etcd's majority",
  ],
  [
    ok,
    [ok, ok, ok, ok, gone],
    "warning: 4 of 5 API servers answer as they should: k3s-5: no connection within 5 s",
  ],
  [
    undefined,
    [ok, gone, { status: 500 }],
    "problem: 1 of 3 API servers answer as they should: k3s-2: no connection within 5 s; k3s-3: /readyz answers 500, expected 200; etcd has no majority, if these do not run",
  ],
  // The masters' own network is not reached from here, the API's address is.
  [ok, [gone], "unknown: 0 of 1 API server answer as they should: k3s-1: no connection within 5 s"],
  [
    undefined,
    [{ status: 403 }],
    "unknown: 0 of 1 API server answer as they should: k3s-1: /readyz answers 403, so it wants a credential, and whether it is ready could not be judged",
  ],
])("an address that says %j, and API servers that say %j", (shared, masters, expected) => {
  expect(told(shared, masters).at(-1)).toBe(expected);
});

test("what is to be done depends on who announces the address", () => {
  const fixOf = (announcedBy: string) =>
    judgeKubernetes({ ...reading(gone, [gone]), announcedBy })[0]?.fix;
  expect(["kube-vip", "talos", "external"].map(fixOf)).toEqual([
    "look at kube-vip on k3s-1: crictl ps --name kube-vip, then crictl logs with its id",
    "see which master has the address: talosctl --nodes 10.0.20.51 get addresses",
    "look at what announces it; this stack does not know it",
  ]);
});

test("an API of both families is asked in each, and a family that is gone is named", () => {
  const both = { ...reading(ok, [ok, ok, ok]) };
  const six = { address: "fd00:20::50", answer: gone };
  const items = judgeKubernetes({ ...both, shared: [...both.shared, six] });
  expect(items.map(({ level, text }) => `${level}: ${text}`)).toEqual([
    "ok: 10.0.20.50 (port 6443): /readyz answers 200",
    "problem: the API does not answer at fd00:20::50 (port 6443) from here, though k3s-1, k3s-2 and k3s-3 answer by themselves: no connection within 5 s",
    "ok: 3 of 3 API servers answer as they should",
  ]);
});
