import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Budget,
  budgets,
  type Exchange,
  nextDeadline,
  type Overrun,
  type OverrunError,
  within,
} from "../../clients/deadline";
import { pause, watch, watched } from "../../clients/watch";

const budget: Budget = {
  connectMs: 10,
  firstByteMs: 20,
  silenceMs: 5,
  totalMs: 100,
  maxBytes: 1000,
};

test.each<[Partial<Exchange>, number, Overrun]>([
  [{}, 10, "connect"],
  [{ connectedAt: 3 }, 23, "firstByte"],
  [{ connectedAt: 3, heardAt: 9 }, 14, "silence"],
  [{ connectedAt: 3, heardAt: 97 }, 100, "total"],
  [{ connectedAt: 95 }, 100, "total"],
  [{ connectedAt: 3, heardAt: 9, bytes: 1000 }, 14, "silence"],
  [{ connectedAt: 3, heardAt: 9, bytes: 1001 }, 0, "size"],
])("an exchange that is at %j is given up at %i for %s", (seen, at, kind) => {
  expect(nextDeadline(budget, { startedAt: 0, bytes: 0, ...seen })).toEqual({ at, kind });
});

test("whatever happens, an exchange never outlives its total", () => {
  const exchange = fc.record({
    startedAt: fc.nat(1000),
    connectedAt: fc.option(fc.nat(100_000), { nil: undefined }),
    heardAt: fc.option(fc.nat(100_000), { nil: undefined }),
    bytes: fc.nat(2000),
  });
  fc.assert(
    fc.property(exchange, ({ connectedAt, heardAt, ...rest }) => {
      const { at } = nextDeadline(budget, {
        ...rest,
        ...(connectedAt !== undefined && { connectedAt }),
        ...(heardAt !== undefined && { heardAt }),
      });
      return at <= rest.startedAt + budget.totalMs;
    }),
  );
});

test("each budget has its deadlines in order, and what is left of one bounds another", () => {
  for (const one of Object.values(budgets)) {
    expect(one.connectMs).toBeLessThanOrEqual(one.totalMs);
    expect(one.firstByteMs).toBeLessThanOrEqual(one.totalMs);
    expect(one.silenceMs).toBeLessThanOrEqual(one.totalMs);
    expect(one.maxBytes).toBeGreaterThan(0);
  }
  expect(within(budget, 7)).toEqual({
    connectMs: 7,
    firstByteMs: 7,
    silenceMs: 5,
    totalMs: 7,
    maxBytes: 1000,
  });
  expect(within(budget, -5).totalMs).toBe(1);
});

const silent = () => new Promise<never>(() => {});

test("gives up what never connects, never answers, falls silent, trickles or says too much", async () => {
  const told = (work: Parameters<typeof watched>[1], short: Partial<Budget> = {}) =>
    watched({ ...budget, ...short }, work, () => {}).catch((error: Error) => error.message);
  expect(await told(silent)).toBe("no connection within 0 s");
  expect(
    await told((guard) => {
      guard.connected();
      return silent();
    }),
  ).toBe("no answer within 0 s");
  expect(
    await told((guard) => {
      guard.heard(1);
      return silent();
    }),
  ).toBe("silent for 0 s in the middle of its answer");
  expect(
    await told(
      (guard) => {
        const timer = setInterval(() => guard.heard(1), 2);
        return silent().finally(() => clearInterval(timer));
      },
      { silenceMs: 90 },
    ),
  ).toBe("no complete answer within 0.1 s");
  expect(
    await told((guard) => {
      guard.heard(1001);
      return silent();
    }),
  ).toBe("the answer is longer than 1 KB");
});

test("an exchange that ends in time is left alone, and its result is handed on", async () => {
  let given = 0;
  const result = await watched(
    budget,
    async (guard) => {
      guard.heard(10);
      return "answer";
    },
    () => given++,
  );
  await pause(150);
  expect([result, given]).toEqual(["answer", 0]);
});

test("an abort gives everything up at once, also what begins after it", async () => {
  const controller = new AbortController();
  const patient = { ...budget, connectMs: 100_000, totalMs: 100_000 };
  const given: string[] = [];
  const note = (error: OverrunError) => given.push(error.kind);
  watch(patient, note, controller.signal);
  controller.abort();
  expect(given).toEqual(["stopped"]);
  await new Promise<void>((resolve) => {
    watch(
      patient,
      (error) => {
        note(error);
        resolve();
      },
      controller.signal,
    );
  });
  await pause(100_000, controller.signal);
  expect(given).toEqual(["stopped", "stopped"]);
});
