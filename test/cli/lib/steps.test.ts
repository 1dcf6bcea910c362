import { expect, test, vi } from "vitest";
import { stepsOn } from "../../../cli/lib/self/steps";

function shown(screen: { isTTY?: boolean; columns?: number }, env: NodeJS.ProcessEnv = {}): string {
  vi.useFakeTimers();
  let text = "";
  const steps = stepsOn({ ...screen, write: (part) => (text += part) }, env);
  steps.begin("planning");
  vi.advanceTimersByTime(300);
  steps.begin("judging\u001b[2J what others named");
  steps.end();
  vi.advanceTimersByTime(1000);
  vi.useRealTimers();
  return text.replaceAll("\r\u001b[2K", "<");
}

test("on a terminal a wheel turns before the step under way, and a tick stands before those that are done", () => {
  expect(shown({ isTTY: true })).toBe(
    "<- planning<\\ planning<| planning<\u001b[32m✓\u001b[39m planning\n</ judging what others named<\u001b[32m✓\u001b[39m judging what others named\n",
  );
  expect(shown({ isTTY: true }, { NO_COLOR: "1" })).not.toContain("\u001b[32m");
  expect(shown({ isTTY: true, columns: 13 })).toContain(
    "<✓ judging wh\n".replace("✓", "\u001b[32m✓\u001b[39m"),
  );
});

test("a step that went wrong gets no tick", () => {
  let text = "";
  const steps = stepsOn({ isTTY: true, write: (part) => (text += part) }, {});
  steps.begin("planning");
  steps.end(false);
  expect(text.split("\u001b[2K").at(-1)).toBe("- planning\n");
});

test.each([
  ["a pipe", {}, {}],
  ["a terminal of CI", { isTTY: true }, { CI: "true" }],
  ["a terminal that can draw nothing", { isTTY: true }, { TERM: "dumb" }],
])("in %s each step is a plain line", (_where, screen, env) => {
  expect(shown(screen, env)).toBe("planning\njudging\u001b[2J what others named\n");
});
