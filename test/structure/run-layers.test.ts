import { getPriority } from "node:os";
import { expect, test } from "vitest";
import { processorSeconds, runTool } from "../support/layers/run";

test("what runs beside others keeps what it prints", async () => {
  const { ok, output } = await runTool("tsx", ["--eval", "console.log(6 * 7); console.error(1)"]);
  expect([ok, output.split("\n").sort()]).toEqual([true, ["", "1", "42"]]);
});

test("what leaves the processors to others says how it ended, too", async () => {
  const asked = "console.log(os.getPriority()); process.exitCode = 3";
  const { ok, output } = await runTool("tsx", ["--eval", asked], { yields: true });
  expect([ok, Number(output)]).toEqual([false, Math.min(19, getPriority() + 15)]);
});

test("a tool that is not there has failed, and is named", async () => {
  const { ok, output } = await runTool("no-such-tool", []);
  expect(ok).toBe(false);
  expect(output).toMatch(/^no-such-tool: .*ENOENT/);
});

test.runIf(process.platform === "linux")("processor time grows by what ended", async () => {
  const before = processorSeconds() ?? 0;
  const busy =
    "const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end);";
  await runTool("tsx", ["--eval", busy]);
  expect((processorSeconds() ?? 0) - before).toBeGreaterThanOrEqual(0.3);
});
