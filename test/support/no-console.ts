import { afterEach, beforeEach, expect, vi } from "vitest";

// Output that nobody asked for hides a warning: a test that prints has to say so.
const spies = () =>
  (["log", "info", "warn", "error"] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation(() => {}),
  );

let active: ReturnType<typeof spies> = [];

beforeEach(() => {
  active = spies();
});

afterEach(() => {
  const printed = active.flatMap((spy) => spy.mock.calls.map((call) => call.join(" ")));
  for (const spy of active) spy.mockRestore();
  expect(printed, "console output").toEqual([]);
});
