import { existsSync, readFileSync } from "node:fs";
import { stalledIn } from "./scheduler";

/** What something can wait for, as the kernel counts it (Documentation/accounting/psi.rst). */
const KINDS = ["cpu", "memory", "io"] as const;

/** Shares of the time in which something waited, 0 to 1. @default the kernel does not tell */
export type Pressure = Partial<Record<(typeof KINDS)[number], number>>;

const countersNow = () =>
  KINDS.map((kind) => {
    const file = `/proc/pressure/${kind}`;
    return existsSync(file) ? stalledIn(readFileSync(file, "utf8")) : undefined;
  });

/** Begins to look at what the machine waits for; the answer is what it waited for since. */
export function startPressure(): () => Pressure {
  const before = countersNow();
  const begin = performance.now();
  return () => {
    const micros = (performance.now() - begin) * 1000;
    const after = countersNow();
    const pressure: Pressure = {};
    for (const [index, kind] of KINDS.entries()) {
      const [from, to] = [before[index], after[index]];
      if (from !== undefined && to !== undefined)
        pressure[kind] = Math.min(1, (to - from) / micros);
    }
    return pressure;
  };
}
