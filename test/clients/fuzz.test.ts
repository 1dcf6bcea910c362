import fc from "fast-check";
import { expect, test } from "vitest";
import { startForge, subjects } from "../fuzz/subjects";

test("a short run of the fuzzer finds neither a crash nor a hang nor a message of two lines", async () => {
  const forge = await startForge();
  for (const { name, property } of subjects(forge)) {
    const result = await fc.check(property, {
      // Fixed, so that a failure can be repeated; `npm run fuzz` takes another one every time.
      seed: Number(process.env.FUZZ_SEED ?? 2026),
      numRuns: 10_000,
      interruptAfterTimeLimit: 2000,
      markInterruptAsFailure: false,
    });
    expect(result.failed, `${name}: ${fc.defaultReportMessage(result)}`).toBe(false);
    expect(result.numRuns, name).toBeGreaterThan(0);
  }
  forge.stop();
}, 180_000);
