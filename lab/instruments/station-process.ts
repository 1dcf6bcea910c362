import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { noteProcess } from "../machine/state";
import { AHEAD } from "./ahead";

/** Programs of the lab that run as processes of their own: their files below `lab/`, without `.ts`. */
export const STATION_PROGRAMS = [
  "api/client-process",
  "instruments/backend-process",
  "instruments/client-process",
  "instruments/connections-process",
  "instruments/scheduler-process",
] as const;

/** A program of the lab that runs beside it, and its end of the line. */
export interface StationProcess {
  /** Sends a message and waits for the next one. */
  ask<Answer>(message: unknown, deadlineSec?: number): Promise<Answer>;
  stop(): void;
}

/** How a program of the lab is started. */
export interface StationProcessOptions {
  /** Network namespace. @default the machine's own */
  namespace?: string;
  /** Whether it runs before everything else, as what would be another machine has to. @default false */
  ahead?: boolean;
}

/** The file of such a program. */
export function stationFile(program: (typeof STATION_PROGRAMS)[number]): string {
  return join(__dirname, "..", `${program}.ts`);
}

/** Starts such a program, and waits for its first message. */
export async function startProcess(
  program: (typeof STATION_PROGRAMS)[number],
  options: StationProcessOptions = {},
): Promise<StationProcess> {
  const { namespace, ahead = false } = options;
  const command = [
    ...(namespace === undefined ? [] : ["nsenter", `--net=/run/netns/${namespace}`]),
    ...(ahead ? AHEAD : []),
    ...[process.execPath, "--import", "tsx"],
    stationFile(program),
  ];
  const [first = "", ...rest] = command;
  // Programs between here and there hand the channel on, since it is an inherited descriptor.
  const child = spawn(first, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  if (child.pid !== undefined) noteProcess(child.pid, program);
  await answer(child, program, 60);
  return {
    ask: (message, deadlineSec = 60) => {
      const next = answer(child, program, deadlineSec);
      child.send(message as object);
      return next as Promise<never>;
    },
    stop: () => {
      child.removeAllListeners();
      child.kill("SIGKILL");
    },
  };
}

function answer(child: ChildProcess, program: string, deadlineSec: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const end = (error: Error | undefined, message?: unknown) => {
      clearTimeout(timer);
      child.off("message", onMessage);
      child.off("exit", onExit);
      child.off("error", end);
      if (error) reject(error);
      else resolve(message);
    };
    const onMessage = (message: unknown) => end(undefined, message);
    const onExit = (code: number | null) => end(new Error(`${program} ended with code ${code}`));
    const late = () => end(new Error(`${program} did not answer within ${deadlineSec} s`));
    const timer = setTimeout(late, deadlineSec * 1000);
    child.on("message", onMessage);
    child.on("exit", onExit);
    // Ctrl-C ends the programs before the lab: what is sent to one of them then is an error event,
    // which without a listener ends the lab before it has cleaned up.
    child.on("error", end);
  });
}
