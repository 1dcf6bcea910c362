import { type ChildProcess, spawn } from "node:child_process";
import { noteProcess } from "./state";

/** Starts a program that reports line by line until it is stopped. */
export function follow(
  what: string,
  command: readonly string[],
  onLine: (line: string) => void,
): ChildProcess {
  const [first = "", ...rest] = command;
  const child = spawn(first, rest, { stdio: ["ignore", "pipe", "ignore"] });
  if (child.pid !== undefined) noteProcess(child.pid, what);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  return child;
}
