import fc from "fast-check";
import { startForge, subjects } from "./subjects";

/**
 * `npm run fuzz -- [--seconds 600] [--seed N]`: every kind of input in turn, in rounds of a few
 * seconds with a new seed each, until the time is over. Ends with 1 at the first failure, whose seed
 * makes it again.
 */
async function main(): Promise<void> {
  const option = (name: string, otherwise: number) => {
    const at = process.argv.indexOf(`--${name}`);
    const value = at < 0 ? otherwise : Number(process.argv[at + 1]);
    if (Number.isSafeInteger(value) && value > 0) return value;
    process.stderr.write(`found --${name} ${process.argv[at + 1]}, expected a whole number\n`);
    return process.exit(2);
  };
  const end = Date.now() + 1000 * option("seconds", 600);
  let seed = option("seed", (Date.now() % 1_000_000_000) + 1);
  const forge = await startForge();
  const runs = new Map<string, number>();
  let failed = false;
  while (Date.now() < end && !failed) {
    for (const { name, property } of subjects(forge)) {
      const left = end - Date.now();
      if (left <= 0) break;
      const result = await fc.check(property, {
        seed,
        numRuns: 1_000_000,
        interruptAfterTimeLimit: Math.min(5000, left),
        markInterruptAsFailure: false,
      });
      runs.set(name, (runs.get(name) ?? 0) + result.numRuns);
      process.stdout.write(`seed ${seed}  ${name}: ${result.numRuns} inputs\n`);
      if (!result.failed) continue;
      process.stdout.write(
        `${result.errorInstance instanceof Error ? result.errorInstance.stack : ""}\n`,
      );
      process.stdout.write(`${(fc.defaultReportMessage(result) ?? "").slice(0, 6000)}\n`);
      failed = true;
    }
    seed += 1;
  }
  forge.stop();
  for (const [name, count] of runs) process.stdout.write(`${name}: ${count} inputs in all\n`);
  process.exit(failed ? 1 : 0);
}

void main();
