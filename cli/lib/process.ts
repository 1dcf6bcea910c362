import { beginRun } from "../../clients/watch";
import { linesText, terminalText } from "../../model/foreign-text";
import { ledger } from "./ledger";
import { runnable } from "./self/command-name";
import { stepsOn } from "./self/steps";
import { writeOutput } from "./terminal/standard-output";
import { Failure } from "./usage";

/** Exit code of a program that Ctrl-C ended, as shells know it. */
const interruptedCode = 130;

/** How long the engine may tidy up by itself before it is told a second time. */
const graceMs = 700;

/** How long a stopped command may take until it is left as it is; together with leaving below 2 s. */
const lastMs = 1400;

/** How long output may take that nobody reads. */
const outputMs = 300;

let exitCode = 0;
let output = "";
let ofStack = (text: string) => text;

/** Whether it is seen to that a reader who went away ends nothing. */
let outliving = false;

/** Whether what was printed did not arrive, e.g. on a full disk. */
let lost = false;

/** Has everything that is said from now on read as is right for the stack and the site at hand. */
export function sayOfStack(change: (text: string) => string): void {
  ofStack = change;
}

const patientText =
  "stopping: pulumi ends what it has begun on the real platforms; a second Ctrl-C does not wait for it";

/** What has to be done when the process leaves while something is still under way. */
const cleanups = new Set<() => void>();

/** What the run that is under way does on a signal. @default there is none */
let listener: (() => void) | undefined;

function listenTo(next: (() => void) | undefined): void {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    if (listener) process.removeListener(name, listener);
    // Not `once`: a library that finds no other listener left ends the process on the spot.
    if (next) process.on(name, next);
  }
  listener = next;
}

/** Begins a command: nothing of one before in the same process is left. */
export function beginCommand(): void {
  exitCode = 0;
  output = "";
  lost = false;
  ofStack = (text) => text;
  cleanups.clear();
  ledger.clear();
  listenTo(undefined);
  beginRun();
}

/** The end of the process: what it prints and with which code it leaves. */
export const finish = {
  /**
   * Keeps text for the end; a run that was stopped prints no report, for it would be half of one.
   *
   * @param form `markdown` for what may be shown on a forge. @default text for people, or for programs
   */
  print(text: string, form: "text" | "markdown" = "text") {
    if (exitCode !== interruptedCode) output += forOutput(text, form === "markdown");
  },
  code(code: number) {
    if (exitCode !== interruptedCode) exitCode = code;
  },
  /** Leaves once everything is written: servers and SDKs keep timers that would hold the process. */
  exit() {
    steps.end(exitCode === 0);
    for (const clean of cleanups) clean();
    let late: NodeJS.Timeout | undefined;
    const leave = () => {
      clearTimeout(late);
      process.exit(exitCode || (lost ? 1 : 0));
    };
    // Whoever stopped it does not wait for a reader that is stuck.
    if (exitCode === interruptedCode) late = setTimeout(leave, outputMs);
    writeOutput(output, leave, tellLost);
  },
};

function tellLost(error: unknown): void {
  if (lost) return;
  lost = true;
  progress(`standard output: ${(error as Error).message}; not everything was written`);
}

const forOutput = (text: string, markdown = false) =>
  terminalText(runnable(ofStack(text)), process.stdout.isTTY === true, markdown);

/** Prints text at once, for a command that goes on after it; ends the process if nobody reads any more. */
export function printNow(text: string): void {
  const then = (error?: unknown) => {
    if (error !== undefined) finish.exit();
  };
  writeOutput(forOutput(text), then, tellLost);
}

/**
 * Has work go on where nobody reads what is said about it, as behind `2>&1 | head`: it may not be cut
 * off in the middle for that. Output that is lost for another reason is said, and makes the run fail.
 */
export function outliveReaders(): void {
  if (outliving) return;
  outliving = true;
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") tellLost(error);
  });
}

/** Whether somebody asked this process to end. */
export const isStopped = () => exitCode === interruptedCode;

/**
 * Notes what must be done if the process leaves before something has ended.
 *
 * @returns takes the note back
 */
export function onLeave(clean: () => void): () => void {
  cleanups.add(clean);
  return () => cleanups.delete(clean);
}

/** Prints a line; what is found out after Ctrl-C is no result any more, but a part of the account. */
export function printOrNote(line: string): void {
  if (isStopped()) ledger.note(line);
  else finish.print(linesText([line]));
}

const steps = stepsOn({
  isTTY: process.stderr.isTTY,
  columns: process.stderr.columns,
  write: (text) => process.stderr.write(text),
});

/** Says on standard error which step of long work begins; see `stepsOn`. */
export function step(line: string): void {
  steps.begin(terminalText(runnable(ofStack(line)), false));
}

/** Says on standard error what goes on. */
export function progress(line: string): void {
  // It may be why the step under way went wrong.
  steps.end(false);
  process.stderr.write(`${terminalText(runnable(ofStack(line)), false)}\n`);
}

/** What a run is told when it is to end. */
export interface Stop {
  /** Whether somebody asked: begin nothing new. */
  asked(): boolean;
  /** Aborted when the engine must be told as well. */
  signal: AbortSignal;
  /**
   * Does what may not be left in the middle: an engine that is left alone while it changes real
   * platforms may lose track of what it made. Its end is waited for, until a second signal.
   *
   * @param run gets what it calls once the engine says that it knows of the signal
   * @param says what a person is told who asks meanwhile. @default that of an engine
   */
  patiently<T>(run: (engineKnows: () => void) => Promise<T>, says?: string): Promise<T>;
}

/** A command that was stopped and did not end by itself. */
export class Interrupted extends Failure {}

/**
 * Runs something that Ctrl-C or SIGTERM may end: everything outside this process is given up at
 * once. A terminal sends the signal to the engine as well, which then stops by itself and gives its
 * lock back; told twice it would drop everything. So it is told again only when it is still there
 * after a while, e.g. because the signal came from elsewhere. What has not ended then is left.
 *
 * Load modules before: while one is loaded, no signal is heard once there is a listener for it.
 *
 * @throws Interrupted when the run did not end by itself
 */
export async function interruptible<T>(run: (stop: Stop) => Promise<T>): Promise<T> {
  const engine = new AbortController();
  const own = beginRun();
  // Who ended the command before this run did not want it either.
  if (isStopped()) own.interrupt();
  const told = { knows: false, patient: 0, says: patientText };
  let leave = () => {};
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(new Interrupted("it did not end by itself"));
  });
  left.catch(() => {});
  const onSignal = () => {
    // Whoever presses it twice does not want to wait.
    if (isStopped()) {
      engine.abort();
      return leave();
    }
    exitCode = interruptedCode;
    const patient = told.patient > 0;
    steps.end(false);
    process.stderr.write(`${patient ? told.says : "stopping"}\n`);
    own.interrupt();
    // A terminal told the engine as well, and a second time would end it in the middle.
    setTimeout(() => {
      if (!told.knows) engine.abort();
    }, graceMs).unref();
    if (!patient) setTimeout(leave, lastMs).unref();
  };
  const stop: Stop = {
    asked: isStopped,
    signal: engine.signal,
    async patiently(work, says = patientText) {
      told.patient++;
      told.says = says;
      try {
        return await work(() => {
          told.knows = true;
        });
      } finally {
        told.patient--;
      }
    },
  };
  listenTo(onSignal);
  try {
    return await Promise.race([run(stop), left]);
  } finally {
    // A second signal must not end it before it has said what was done.
    if (!isStopped()) listenTo(undefined);
  }
}

/** What a stopped command did and did not, a line each. */
export function stoppedLines(error?: unknown): string[] {
  const known = error instanceof Failure && !(error instanceof Interrupted) ? [error.message] : [];
  return [...known, ...ledger.lines()];
}
