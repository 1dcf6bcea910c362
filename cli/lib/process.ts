/** Exit code of a program that Ctrl-C ended, as shells know it. */
const interruptedCode = 130;

/** How long the engine may tidy up by itself before it is told a second time. */
const graceMs = 2000;

let exitCode = 0;
let output = "";

/** The end of the process: what it prints and with which code it leaves. */
export const finish = {
  /** Keeps text for the end; a run that was stopped prints no report, for it would be half of one. */
  print(text: string) {
    if (exitCode !== interruptedCode) output += text;
  },
  code(code: number) {
    if (exitCode !== interruptedCode) exitCode = code;
  },
  /** Leaves once everything is written: servers and SDKs keep timers that would hold the process. */
  exit() {
    process.stdout.write(output, () => process.exit(exitCode));
  },
};

/** What a run is told when it is to end. */
export interface Stop {
  /** Whether somebody asked: begin nothing new. */
  asked(): boolean;
  /** Aborted when the engine must be told as well. */
  signal: AbortSignal;
}

/**
 * Runs something that Ctrl-C may end. A terminal sends the signal to the engine as well, which
 * then stops by itself and gives its lock back; told twice it would drop everything. So it is told
 * again only when it is still there after a while, e.g. because the signal came from elsewhere.
 */
export async function interruptible<T>(run: (stop: Stop) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = () => {
    // Whoever presses it twice does not want to wait.
    if (exitCode === interruptedCode) return controller.abort();
    exitCode = interruptedCode;
    process.stderr.write("stopping; the engine finishes what it has begun\n");
    setTimeout(() => controller.abort(), graceMs).unref();
  };
  // Not `once`: a library that finds no other listener left ends the process on the spot.
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    return await run({ asked: () => exitCode === interruptedCode, signal: controller.signal });
  } finally {
    process.removeListener("SIGINT", onSignal);
    process.removeListener("SIGTERM", onSignal);
  }
}
