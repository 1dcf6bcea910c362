/** Exit code of a program that Ctrl-C ended, as shells know it. */
const interruptedCode = 130;

/** How long the engine may tidy up by itself before it is told a second time. */
const graceMs = 2000;

let exitCode = 0;
let output = "";

/** The end of the process: what it prints and with which code it leaves. */
export const finish = {
  print(text: string) {
    output += text;
  },
  code(code: number) {
    if (exitCode !== interruptedCode) exitCode = code;
  },
  /** Leaves once everything is written: servers and SDKs keep timers that would hold the process. */
  exit() {
    process.stdout.write(output, () => process.exit(exitCode));
  },
};

/**
 * Runs something that Ctrl-C may end. A terminal sends the signal to the engine as well, which
 * then stops by itself and gives its lock back; told twice it would drop everything. So it is told
 * again only when it is still there after a while, e.g. because the signal came from elsewhere.
 */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = () => {
    exitCode = interruptedCode;
    process.stderr.write("stopping; the engine finishes what it has begun\n");
    setTimeout(() => controller.abort(), graceMs).unref();
  };
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  try {
    return await run(controller.signal);
  } finally {
    process.removeListener("SIGINT", onSignal);
    process.removeListener("SIGTERM", onSignal);
  }
}
