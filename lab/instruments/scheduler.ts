import { existsSync, readFileSync } from "node:fs";
import { startProcess } from "./station-process";
import { quantile } from "./statistics";

/** How late the machine ran what was ready, in milliseconds, and how busy it was. */
export interface SchedulingDelay {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Share of the time in which something waited for a processor, 0 to 1. @default the kernel does not tell */
  pressure?: number;
}

/** Watches the scheduler while something else is measured. */
export interface Scheduler {
  start(): Promise<void>;
  stop(): Promise<SchedulingDelay>;
  end(): void;
}

/** Starts the sampling process; it is idle until it is told to start. */
export async function startScheduler(): Promise<Scheduler> {
  const station = await startProcess("instruments/scheduler-process");
  let begin = 0;
  let stalled: number | undefined;
  return {
    start: async () => {
      await station.ask({ start: true });
      begin = performance.now();
      stalled = stalledMicros();
    },
    stop: async () => {
      const { late } = await station.ask<{ late: number[] }>({ stop: true });
      const end = stalledMicros();
      const micros = (performance.now() - begin) * 1000;
      return {
        p50Ms: quantile(late, 0.5),
        p99Ms: quantile(late, 0.99),
        maxMs: quantile(late, 1),
        ...(stalled !== undefined &&
          end !== undefined && { pressure: Math.min(1, (end - stalled) / micros) }),
      };
    },
    end: () => station.stop(),
  };
}

const PRESSURE = "/proc/pressure/cpu";

function stalledMicros(): number | undefined {
  if (!existsSync(PRESSURE)) return undefined;
  return stalledIn(readFileSync(PRESSURE, "utf8"));
}

/** Microseconds since boot in which a task waited for a processor (Documentation/accounting/psi.rst). */
export function stalledIn(text: string): number | undefined {
  const total = /^some .*total=(\d+)$/m.exec(text)?.[1];
  return total === undefined ? undefined : Number(total);
}
